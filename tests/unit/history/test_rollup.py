"""What is kept of a window's readings: held to the definition, reading by reading."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given

from services.energy.time_grid import to_microseconds
from services.history.domain.rollup import combined, rolled_up
from services.history.domain.windows import HOUR_US, QUARTER_US, grid
from tests.support.history import (
    REJECTED,
    START,
    SUSPECT,
    Reading,
    as_dicts,
    by_definition,
    minutes,
    readings_of_two_hours,
    samples,
)

FIRST_US = to_microseconds(START)
BORDERS = grid(QUARTER_US, FIRST_US, to_microseconds(minutes(119)))
HOURS = grid(HOUR_US, FIRST_US, to_microseconds(minutes(119)))


def window(readings: list[Reading], number: int = 0) -> dict[str, float]:
    """Return the number-th quarter hour after START of point 1."""
    found = as_dicts(rolled_up(samples(readings), BORDERS))
    return found[1, FIRST_US + number * QUARTER_US]


def test_a_steady_kilowatt_for_a_quarter_hour_is_250_watt_hours() -> None:
    readings = [Reading(1, minutes(number), 1000.0) for number in range(16)]

    assert window(readings)["integral"] == pytest.approx(250.0)
    assert window(readings)["covered_us"] == QUARTER_US


def test_behind_the_newest_reading_nothing_is_guessed() -> None:
    readings = [Reading(1, minutes(0), 1000.0), Reading(1, minutes(6), 1000.0)]

    assert window(readings)["integral"] == pytest.approx(100.0)  # 6 of 15 minutes
    assert window(readings)["covered_us"] == 6 * 60 * 1_000_000


def test_a_gap_that_is_too_long_is_not_bridged() -> None:
    readings = [Reading(1, minutes(0), 1000.0), Reading(1, minutes(21), 1000.0)]

    assert window(readings)["integral"] == 0.0
    assert window(readings)["covered_us"] == 0


def test_time_between_two_readings_is_shared_out_at_the_border() -> None:
    readings = [Reading(1, minutes(10), 600.0), Reading(1, minutes(20), 0.0)]

    assert window(readings, 0)["integral"] == pytest.approx(50.0)  # 5 min of 600 W
    assert window(readings, 1)["integral"] == pytest.approx(50.0)


def test_a_rejected_reading_is_counted_and_never_used() -> None:
    readings = [
        Reading(1, minutes(0), 10.0),
        Reading(1, minutes(5), 9e9, REJECTED),
        Reading(1, minutes(10), 20.0, SUSPECT),
    ]
    rollup = window(readings)

    assert (rollup["believed"], rollup["suspect"], rollup["rejected"]) == (1, 1, 1)
    assert (rollup["total"], rollup["greatest"], rollup["last"]) == (30.0, 20.0, 20.0)


def test_a_window_of_rejected_readings_only_has_no_least_and_no_last() -> None:
    rollup = window([Reading(1, minutes(3), 5.0, REJECTED)])

    assert rollup["total"] == 0.0
    assert np.isnan([rollup["least"], rollup["greatest"], rollup["last"]]).all()


@given(readings_of_two_hours)
def test_every_window_is_what_the_definition_says(readings: list[Reading]) -> None:
    found = as_dicts(rolled_up(samples(readings), BORDERS))

    for point in (1, 2, 3):
        own = [r for r in readings if r.point == point]
        for number in range(8):
            start = minutes(15 * number)
            expected = by_definition(own, start, start + timedelta(minutes=15))
            rollup = found.pop((point, to_microseconds(start)), None)
            assert (rollup is None) == (expected is None)
            if rollup and expected:
                assert rollup == pytest.approx(expected, nan_ok=True, abs=1e-6)
    assert not found


@given(readings_of_two_hours)
def test_an_hour_made_of_quarters_is_the_hour_made_of_readings(readings: list[Reading]) -> None:
    direct = as_dicts(rolled_up(samples(readings), HOURS))
    stepwise = as_dicts(combined(rolled_up(samples(readings), BORDERS), HOURS))

    assert stepwise.keys() == direct.keys()
    for key, rollup in stepwise.items():
        assert rollup == pytest.approx(direct[key], nan_ok=True, abs=1e-6)
