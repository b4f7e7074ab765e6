"""Whatever order frames come in, no word on a reading is known before an earlier one (§11.8)."""

import random

import numpy as np
import pytest

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.validation.domain.partition import ParkRules, beginning, from_bytes, to_bytes
from services.validation.folding import Findings, entry_from, fold
from tests.support.builders import a_park
from tests.support.field_day import a_field_day
from tests.support.raw_day import raw_entries

RULES = ParkRules.of(a_park())
ENTRIES = [payload for _, payload in raw_entries(a_park().id, a_field_day(4, 60))]


def words_of(findings: Findings) -> list[tuple[str, int, float]]:
    return [
        (frame.point_ids[point], int(time_us), frame.arrival_time.timestamp())
        for frame in findings.readings
        for point, time_us in zip(frame.point_index, frame.event_time_us, strict=True)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_a_later_word_of_a_shuffled_log_is_known_later_over_restarts_too(seed: int) -> None:
    shuffled = random.Random(seed).sample(ENTRIES, len(ENTRIES))
    state, said, again = beginning(RULES), {}, 0
    for number, payload in enumerate(shuffled):
        if number % 10 == 9:
            state = from_bytes(to_bytes(state), RULES)
        state, findings = fold(
            state, entry_from(RawFrame.FromString(payload), RULES, number), RULES
        )
        for point, time_us, known in words_of(findings):
            again += (point, time_us) in said
            assert known > said.get((point, time_us), -np.inf), (point, time_us)
            said[point, time_us] = known

    assert again > 20


def test_a_checkpoint_of_another_layout_is_refused() -> None:
    with pytest.raises(ValueError, match="another layout"):
        from_bytes(b"\x00" * 100, RULES)


def test_in_order_of_arrival_every_word_is_known_at_its_frame() -> None:
    state = beginning(RULES)
    for number, payload in enumerate(ENTRIES):
        message = RawFrame.FromString(payload)
        state, findings = fold(state, entry_from(message, RULES, number), RULES)
        assert {frame.frame_id for frame in findings.readings} <= {message.frame_id}
