"""What stands in the end depends on what was said and when it arrived, not on the frames' order.

The generated logs are full of contradictions, so that every rule speaks; they are compared with
the slow specification of `tests.support.validation`.
"""

import random
from collections import Counter

import pytest

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.energy.readings import Doubt
from services.runtime.raw_frames import raw_frame_from
from services.validation.domain.alone import doubts_alone, shown_values
from services.validation.domain.batch import Batch, batch_of
from services.validation.domain.partition import ParkRules
from services.validation.messages import batch_from
from tests.support.builders import a_park
from tests.support.contradictory_logs import POWER, RULES, START, a_contradictory_log
from tests.support.field_day import a_field_day
from tests.support.raw_day import raw_entries
from tests.support.validation import MINUTE_US, Key, Player, Stands, slowly

SEEDS = [range(first, first + 20) for first in range(0, 60, 20)]


def shuffled(frames: list[Batch], seed: int) -> list[Batch]:
    """Return the frames in another order, a third of them twice."""
    rng = random.Random(seed)
    return rng.sample(frames, len(frames)) + rng.sample(frames, len(frames) // 3)


@pytest.mark.parametrize("seeds", SEEDS)
def test_in_order_of_arrival_each_row_is_what_the_rules_say_slowly(seeds: range) -> None:
    for seed in seeds:
        frames = a_contradictory_log(seed)

        assert Player(RULES).takes(*frames).rows == slowly(frames, RULES), seed


@pytest.mark.parametrize("seeds", SEEDS)
def test_any_order_and_repetition_ends_in_the_same_rows_known_at_the_same_time(
    seeds: range,
) -> None:
    for seed in seeds:
        frames = a_contradictory_log(seed)

        played = Player(RULES).takes(*shuffled(frames, seed))

        assert played.rows == slowly(frames, RULES), seed


@pytest.mark.parametrize("seed", range(2))
def test_a_shuffled_morning_of_a_park_ends_in_the_same_rows_known_at_the_same_time(
    seed: int,
) -> None:
    rules = ParkRules.of(a_park()).readings
    log = [payload for _, payload in raw_entries(a_park().id, a_field_day(4, 300))]
    frames = [batch_from(raw_frame_from(RawFrame.FromString(payload))) for payload in log]

    in_order = Player(rules).takes(*frames)
    played = Player(rules).takes(*shuffled(frames, seed))

    assert placed(played) == placed(in_order)


def placed(player: Player) -> dict[Key, Stands]:
    """Return the rows that have a place among others: the rest is known with each frame anew."""
    apart = {Doubt.UNKNOWN_POINT, Doubt.IN_FUTURE, Doubt.TOO_OLD}
    return {key: row for key, row in player.rows.items() if row.doubt not in apart}


@pytest.mark.parametrize("seeds", SEEDS[:1])
def test_a_restart_from_the_checkpoint_before_every_frame_changes_nothing(seeds: range) -> None:
    for seed in seeds:
        frames = a_contradictory_log(seed)
        frames = frames if seed % 2 else shuffled(frames, seed)
        restarted, steady = Player(RULES, restart=True), Player(RULES)

        for frame in frames:
            assert restarted.takes(frame).rows == steady.takes(frame).rows, seed

        assert restarted.dropped == steady.dropped


@pytest.mark.parametrize("seeds", SEEDS)
def test_every_reading_has_its_row_repeats_another_or_is_one_of_several_of_its_time(
    seeds: range,
) -> None:
    for seed in seeds:
        frames = a_contradictory_log(seed)
        frames = frames if seed % 2 else shuffled(frames, seed)

        player = Player(RULES).takes(*frames)

        said = [saying for frame in frames for saying in sayings_of(frame)]
        distinct = set(said)
        assert player.dropped.get(Doubt.DUPLICATE, 0) == len(said) - len(distinct), seed
        assert {(point, at_us) for point, at_us, _, _ in distinct} == set(player.rows)
        assert player.shown == len(player.rows)
        for key, row in player.rows.items():
            assert (*key, row.value) in {saying[:3] for saying in distinct}


def sayings_of(frame: Batch) -> list[tuple[str, int, float | None, Doubt]]:
    """Return point, time, value and own doubt of each reading of a frame."""
    rows = RULES.rows_of(frame.point_ids)[frame.point_index]
    columns = (frame.event_time_us, shown_values(frame), doubts_alone(frame, rows, RULES))
    return [
        (frame.point_ids[point], at_us, value if value == value else None, Doubt(own))
        for point, at_us, value, own in zip(
            frame.point_index.tolist(), *(column.tolist() for column in columns), strict=True
        )
    ]


def test_the_generated_logs_make_every_rule_speak() -> None:
    heard = Counter(
        row.doubt
        for seed in range(250)
        for row in Player(RULES).takes(*a_contradictory_log(seed)).rows.values()
    )

    unheard = {doubt for doubt in Doubt if heard[doubt] < 5}
    assert unheard == {
        Doubt.IN_FUTURE,  # these two are about a stamp alone, and
        Doubt.TOO_OLD,
        Doubt.UNKNOWN_POINT,  # these have no row here
        Doubt.DUPLICATE,
        Doubt.EDITED,  # these say people
        Doubt.EDITED_OUT,
    }


@pytest.mark.parametrize("size", [1, 3, 50])
def test_how_readings_are_cut_into_frames_of_one_arrival_does_not_matter(size: int) -> None:
    readings = [(POWER, START - step * MINUTE_US, 500.0 + step) for step in range(50)]
    whole = batch_of(readings, arrival_us=START)
    parts = [
        batch_of(readings[at : at + size], arrival_us=START) for at in range(0, len(readings), size)
    ]

    assert Player(RULES).takes(*parts).rows == Player(RULES).takes(whole).rows
