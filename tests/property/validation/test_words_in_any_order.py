"""Whatever order the raw log has, the words on its quarter hours end in the same energies."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.energy.time_grid import to_microseconds
from services.ingest.domain.batch import batch_of
from services.ingest.intake import raw_frame_of
from services.runtime.interval_frames import IntervalFrame
from services.runtime.raw_frames import raw_message_from
from services.validation.domain.partition import ParkRules, beginning
from services.validation.folding import entry_from, fold
from tests.support.builders import a_park, after

METER = "steel.consumption_energy_wh"
RULES = ParkRules.of(a_park())
Said = dict[int, tuple[tuple[int, int], tuple[int, ...]]]


def raw_log() -> list[bytes]:
    """Return a register every 10 minutes of half a day; some readings are missing, some absurd."""
    frames = []
    for number in range(72):
        if number in (20, 21, 22, 50):
            continue
        at = after(minutes=10 * number)
        wh = 1.0 if number in (31, 55) else 50_000.0 * number + number % 7
        rows = [(METER, to_microseconds(at), wh)]
        arrival = at + timedelta(seconds=2 * (number // 2))  # two in a row arrive at one instant
        raw = raw_frame_of("demo-park", batch_of("mqtt-site", rows), f"f{number}", arrival)
        frames.append(bytes(raw_message_from(raw).SerializeToString()))
    return frames


def words(log: list[bytes]) -> list[IntervalFrame]:
    """Return what validation says of a raw log."""
    state, said = beginning(RULES), []
    for position, payload in enumerate(log):
        entry = entry_from(RawFrame.FromString(payload), RULES, position)
        state, findings = fold(state, entry, RULES)
        said += findings.intervals
    return said


def standing(frames: list[IntervalFrame]) -> dict[int, tuple[int, ...]]:
    """Return the energies of the word that stands on each quarter hour."""
    found: Said = {}
    for frame in frames:
        order = to_microseconds(frame.known_at), frame.log_position
        for row, start_us in enumerate(frame.start_us.tolist()):
            parts = (frame.believed_wh, frame.estimated_wh, frame.suspense_wh, frame.believed_us)
            word = order, tuple(int(column[row]) for column in parts)
            found[start_us] = max(found.get(start_us, word), word)
    return {start_us: parts for start_us, (_, parts) in found.items() if any(parts)}


@pytest.mark.parametrize("seed", range(6))
def test_a_raw_log_in_any_order_ends_in_the_same_energies(seed: int) -> None:
    log = raw_log()
    in_order = standing(words(log))

    shuffled = [*log, *log[::3]]
    random.Random(seed).shuffle(shuffled)

    assert standing(words(shuffled)) == in_order
    assert sum(parts[0] + parts[1] + parts[2] for parts in in_order.values()) > 3_400_000


def test_a_quarter_hour_is_known_since_all_it_follows_from() -> None:
    log = raw_log()
    early, late = log[:6], log[6]

    *_, last = words([*early[:3], late, *early[3:]])

    assert last.known_at == after(
        minutes=60, seconds=6
    )  # when `late` arrived, not the frame itself
