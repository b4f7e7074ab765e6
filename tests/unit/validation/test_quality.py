"""Fresh, complete, doubted: what a source's readings of the last day are like."""

from __future__ import annotations

import numpy as np

from services.energy.quantities import Quantity
from services.energy.readings import Doubt
from services.energy.site import Point
from services.energy.time_grid import to_microseconds
from services.validation.domain.advancing import advance
from services.validation.domain.batch import batch_of
from services.validation.domain.quality import (
    DAY_US,
    QUARTER_US,
    QUARTERS,
    SourceQuality,
    Sources,
    quality_of,
)
from services.validation.domain.rules import Rules
from services.validation.domain.state import State, new_state
from tests.support.builders import MORNING

ONE = Point("one.active_power_w", "one", Quantity.ACTIVE_POWER, 0.0, 1_000_000.0)
TWO = Point("two.active_power_w", "two", Quantity.ACTIVE_POWER, 0.0, 1_000_000.0)
RULES = Rules.of([ONE, TWO])
SOURCES = Sources(("near", "far"), np.array([0, 0]))
NOON = to_microseconds(MORNING)


def after_readings(*readings: tuple[str, float, float], depth: int | None = None) -> State:
    """Return the state after readings (point, quarter hour, value), each arriving at once."""
    state = new_state(RULES, depth)
    for point, quarter, value in readings:
        at_us = NOON + round(quarter * QUARTER_US)
        batch = batch_of([(point, at_us, value)], arrival_us=at_us)
        state, _ = advance(state, batch, RULES)
    return state


def strip(quality: SourceQuality, count: int) -> list[tuple[int, int]]:
    """Return the last quarter hours: how many points of how many."""
    return list(zip(quality.filled, quality.expected, strict=True))[-count:]


def test_a_source_that_tells_everything_is_complete_and_fresh() -> None:
    readings = [(point, k, 100.0 + k % 7) for k in range(8) for point in (ONE.id, TWO.id)]

    (quality,) = quality_of(after_readings(*readings), SOURCES)

    assert quality.source_id == "near"
    assert strip(quality, QUARTERS) == [(0, 0)] * 88 + [(2, 2)] * 8
    assert quality.newest_event_us == quality.newest_arrival_us == NOON + 7 * QUARTER_US
    assert quality.doubts == {Doubt.NONE: 16}


def test_what_is_absent_or_rejected_fills_no_quarter_hour() -> None:
    state = after_readings((ONE.id, 0, 100.0), (ONE.id, 1, -5.0), (ONE.id, 3, 101.0))

    (quality,) = quality_of(state, SOURCES)

    assert strip(quality, 4) == [(1, 1), (0, 1), (0, 1), (1, 1)]
    assert quality.unheard == 1  # TWO never said anything
    assert quality.doubts == {Doubt.NONE: 2, Doubt.OUT_OF_RANGE: 1}


def test_quarter_hours_are_those_of_the_clock_and_the_newest_arrival_lies_in_the_last() -> None:
    state = after_readings((ONE.id, 0.9, 100.0), (ONE.id, 1.1, 101.0), (ONE.id, 2.5, 102.0))

    (quality,) = quality_of(state, SOURCES)

    assert quality.as_of_us == NOON + round(2.5 * QUARTER_US)
    assert quality.first_us == NOON + (2 - 95) * QUARTER_US
    assert strip(quality, 4) == [(0, 0), (1, 1), (1, 1), (1, 1)]


def test_a_quarter_hour_without_a_reading_is_missing_once_it_is_over() -> None:
    silent = after_readings((ONE.id, 0, 100.0), (TWO.id, 0, 100.0), (ONE.id, 3.5, 101.0))

    (quality,) = quality_of(silent, SOURCES)

    assert strip(quality, 4) == [(2, 2), (0, 2), (0, 2), (1, 1)]


def test_a_point_is_expected_from_its_own_first_reading_on() -> None:
    readings = [(ONE.id, k, 100.0 + k % 7) for k in range(6)]

    (quality,) = quality_of(after_readings(*readings, (TWO.id, 3, 5.0), (ONE.id, 6, 9.0)), SOURCES)

    assert strip(quality, 7) == [(1, 1)] * 3 + [(2, 2), (1, 2), (1, 2), (1, 1)]


def test_a_point_that_was_heard_only_before_the_day_is_missing_all_of_it() -> None:
    before = (TWO.id, -2 * QUARTERS, 5.0)

    (quality,) = quality_of(after_readings(before, (ONE.id, 0, 1.0), (ONE.id, 1, 2.0)), SOURCES)

    assert strip(quality, 4) == [(0, 1), (0, 1), (1, 2), (1, 1)]


def test_what_memory_let_go_of_is_not_counted_as_missing() -> None:
    readings = [(ONE.id, k, 100.0 + k % 7) for k in range(20)]

    (quality,) = quality_of(after_readings((TWO.id, 0, 5.0), *readings, depth=16), SOURCES)

    assert strip(quality, 20)[:4] == [(1, 1), (0, 1), (0, 1), (0, 1)]  # only TWO should be there
    assert strip(quality, 20)[4:] == [(1, 2)] * 15 + [(1, 1)]


def test_only_the_last_day_counts() -> None:
    quarters = range(0, 2 * (DAY_US // QUARTER_US) + 1, 4)

    (quality,) = quality_of(after_readings(*[(ONE.id, k, 100.0 + k) for k in quarters]), SOURCES)

    assert quality.doubts == {Doubt.NONE: 24}


def test_a_source_that_never_said_anything_is_left_out() -> None:
    assert quality_of(new_state(RULES), SOURCES) == []
