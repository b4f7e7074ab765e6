"""Fresh, complete, doubted: what a source's readings of the last day are like."""

from __future__ import annotations

import numpy as np

from services.energy.quantities import Quantity
from services.energy.readings import Doubt
from services.energy.site import Point
from services.energy.time_grid import to_microseconds
from services.validation.domain.advancing import advance
from services.validation.domain.batch import batch_of
from services.validation.domain.quality import DAY_US, QUARTER_US, Sources, quality_of
from services.validation.domain.rules import Rules
from services.validation.domain.state import State, new_state
from tests.support.builders import MORNING

ONE = Point("one.active_power_w", "one", Quantity.ACTIVE_POWER, 0.0, 1_000_000.0)
TWO = Point("two.active_power_w", "two", Quantity.ACTIVE_POWER, 0.0, 1_000_000.0)
RULES = Rules.of([ONE, TWO])
SOURCES = Sources(("near", "far"), np.array([0, 0]))
NOON = to_microseconds(MORNING)


def after_readings(*readings: tuple[str, int, float]) -> State:
    """Return the state after readings (point, quarter hour, value), each arriving at once."""
    state = new_state(RULES)
    for point, quarter, value in readings:
        at_us = NOON + quarter * QUARTER_US
        batch = batch_of([(point, at_us, value)], arrival_us=at_us)
        state, _ = advance(state, batch, RULES)
    return state


def test_a_source_that_tells_everything_is_complete_and_fresh() -> None:
    readings = [(point, k, 100.0 + k % 7) for k in range(8) for point in (ONE.id, TWO.id)]

    (quality,) = quality_of(after_readings(*readings), SOURCES)

    assert (quality.source_id, quality.filled, quality.expected) == ("near", 16, 16)
    assert quality.newest_event_us == quality.newest_arrival_us == NOON + 7 * QUARTER_US
    assert quality.doubts == {Doubt.NONE: 16}


def test_what_is_absent_or_rejected_fills_no_quarter_hour() -> None:
    state = after_readings((ONE.id, 0, 100.0), (ONE.id, 1, -5.0), (ONE.id, 3, 101.0))

    (quality,) = quality_of(state, SOURCES)

    assert (quality.filled, quality.expected) == (2, 8)  # two points, four quarter hours
    assert quality.doubts == {Doubt.NONE: 2, Doubt.OUT_OF_RANGE: 1}


def test_only_the_last_day_counts() -> None:
    quarters = range(0, 2 * (DAY_US // QUARTER_US) + 1, 4)

    (quality,) = quality_of(after_readings(*[(ONE.id, k, 100.0 + k) for k in quarters]), SOURCES)

    assert quality.doubts == {Doubt.NONE: 24}


def test_a_source_that_never_said_anything_is_left_out() -> None:
    assert quality_of(new_state(RULES), SOURCES) == []
