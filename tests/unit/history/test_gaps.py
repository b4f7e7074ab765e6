"""What stands in for means that nobody measured."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.like_days import QUARTER_US
from services.energy.site import ValidationRules
from services.energy.time_grid import to_microseconds
from services.history.domain.courses import courses_of
from services.history.domain.filling import filled, holes_in, weeks_of
from services.history.domain.gaps import (
    LONGEST,
    Course,
    Floats,
    Gap,
    Likeness,
    Method,
    across,
    gaps_in,
)
from services.history.domain.weeks import Weeks, like_day_across
from services.runtime.park_file import load_park
from tests.support.builders import DEMO_PARK_FILE

NAN = float("nan")
TUESDAY = datetime(2019, 6, 4, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
SHAPED = Course(-1e6, 1e6, Likeness.SHAPE)
MOVED = Course(-1e6, 1e6, Likeness.UPS_AND_DOWNS)


def series(*values: float) -> Floats:
    return np.array(values, np.float64)


def test_a_gap_lies_between_two_known_values_and_is_not_too_long() -> None:
    mean = series(NAN, 5, NAN, NAN, 5, *[NAN] * (LONGEST + 1), 5, *[NAN] * LONGEST, 5, NAN)

    assert [(gap.before, gap.after) for gap in gaps_in(mean)] == [
        (1, 4),
        (4 + LONGEST + 2, 4 + 2 * LONGEST + 3),
    ]


def across_ten(first: float, last: float, like_day: Floats | None, course: Course) -> Any:
    """Return the first three of the eight quarter hours and more that are missing, and how."""
    length = 9 if like_day is None else len(like_day) - 2
    gap = Gap(0, length + 1)
    mean, how = across(series(first, *[NAN] * length, last), gap, like_day, course)
    return [round(w, 6) for w in mean[:3].tolist()], how


def test_a_short_gap_is_a_straight_line_whatever_like_days_show() -> None:
    for course in (SHAPED, MOVED):
        mean, how = across(series(100, NAN, NAN, 400), Gap(0, 3), series(0, 9, 9, 0), course)

        assert (mean.tolist(), how) == ([200, 300], Method.LINEAR)


def test_a_longer_gap_without_a_like_day_stays_open_but_of_wind() -> None:
    mean = series(0, *[NAN] * 9, 100)

    nothing, how = across(mean, Gap(0, 10), None, SHAPED)
    wind, drawn = across(mean, Gap(0, 10), None, Course(-1e6, 1e6, Likeness.NOTHING))

    assert (np.isnan(nothing).all(), how) == (True, Method.NONE)
    assert (wind.tolist(), drawn) == ([10, 20, 30, 40, 50, 60, 70, 80, 90], Method.LINEAR)


def test_what_moves_up_and_down_is_shifted_to_meet_both_sides() -> None:
    like_day = series(10, 15, 25, 15, 10, 10, 10, 10, 10, 10, 10)

    assert across_ten(11, 11, like_day, MOVED) == ([16, 26, 16], Method.LIKE_DAY)


def test_what_flows_is_scaled_from_one_sides_factor_to_the_others() -> None:
    evening = series(100, 200, 100, 0, 0, 0, 0, 0, 0, 0, 0)
    night = series(0, 5, 9, 5, 0, 0, 0, 0, 0, 0, 0)

    # at rest tomorrow: yesterday's factor holds; at rest on both sides: as it was
    assert across_ten(150, 0, evening, SHAPED) == ([300, 150, 0], Method.LIKE_DAY)
    assert across_ten(0, 0, night, SHAPED) == ([5, 9, 5], Method.LIKE_DAY)


@pytest.mark.parametrize(
    ("first", "last", "like_day"),
    [
        (100, 100, [0.0] * 12),  # it stood still for four weeks
        (100, 100, [0.0, *[7.0] * 10, 0.0]),  # it never ran at these hours
        (-40, -40, [50.0] * 12),  # it flowed the other way
    ],
)
def test_where_today_does_not_fit_the_like_day_a_gap_is_a_line(
    first: float, last: float, like_day: list[float]
) -> None:
    assert across_ten(first, last, series(*like_day), SHAPED) == ([first] * 3, Method.LINEAR)


def test_an_estimate_stays_in_the_points_range() -> None:
    bounded = Course(0, 20, Likeness.UPS_AND_DOWNS)

    assert across_ten(10, 10, series(10, 5, -60, 60, *[10] * 7), bounded)[0] == [5, 0, 20]


def test_a_like_day_is_of_the_same_kind_and_local_time_of_the_four_weeks_before() -> None:
    monday = datetime(2019, 6, 3, 16, tzinfo=UTC)  # Tuesday 0:00 in Shanghai
    first = to_microseconds(monday - timedelta(days=28)) // QUARTER_US
    local = [
        (monday - timedelta(days=28) + number * timedelta(minutes=15)).astimezone(SHANGHAI)
        for number in range(28 * 96)
    ]
    past = np.array([100.0 * (at.weekday() >= 5) + at.hour for at in local])
    past[::2] = NAN
    hours = np.array([at.hour for at in local])

    gap_us = to_microseconds(monday + timedelta(hours=9))
    like_day = like_day_across(Weeks(first, past), gap_us, 4, SHANGHAI)
    evenings = np.where(hours >= 18, past, NAN)
    nothing = like_day_across(Weeks(first, evenings), gap_us, 4, SHANGHAI)
    weekends = np.where(past >= 100, past, NAN)
    of_others = like_day_across(Weeks(first, weekends), gap_us, 4, SHANGHAI)

    assert like_day is not None
    # 8:45 to 10:00; quarter hours that were never seen lie between their neighbours
    assert like_day.tolist() == [8, 8.5, 9, 9, 9, 9.5]
    assert nothing is None
    assert of_others is not None
    assert of_others.tolist() == [108, 108.5, 109, 109, 109, 109.5]


def test_only_what_reaches_into_the_question_is_filled() -> None:
    mean = np.array([[1.0, NAN, 3.0, NAN, 5.0, NAN, 7.0]])
    first_us = to_microseconds(datetime(2019, 6, 3, tzinfo=UTC))

    holes = holes_in(mean, first_us, slice(2, 5), [SHAPED])
    values, method = filled(mean, holes, None, [SHAPED], SHANGHAI)

    assert [hole.gap for hole in holes] == [Gap(2, 4)]
    assert values[0, 3] == 4.0
    assert method.tolist() == [[0, 0, 0, Method.LINEAR, 0, 0, 0]]
    assert weeks_of(holes, SHANGHAI) is None


def test_a_long_gap_of_wind_looks_at_no_other_day() -> None:
    mean = np.array([[1.0, *[NAN] * 20, 3.0]] * 2)
    wind = Course(-1e6, 1e6, Likeness.NOTHING)
    first_us = to_microseconds(datetime(2019, 6, 3, tzinfo=UTC))

    holes = holes_in(mean, first_us, slice(0, 22), [wind, SHAPED])

    assert [hole.looks_back for hole in holes] == [False, True]


def test_a_parks_powers_know_their_registers_and_registers_have_no_course() -> None:
    courses = courses_of(load_park(DEMO_PARK_FILE))

    assert courses["grid.active_power_w"].registers == (
        ("grid.import_energy_wh", 1),
        ("grid.export_energy_wh", -1),
    )
    assert courses["pv.active_power_w"].registers == (("pv.generation_energy_wh", -1),)
    assert courses["pv.available_power_w"].registers == ()
    assert courses["wind.active_power_w"].likeness is Likeness.NOTHING
    assert courses["grid.active_power_w"].likeness is Likeness.UPS_AND_DOWNS
    assert courses["weather.temperature_c"].likeness is Likeness.UPS_AND_DOWNS
    assert not {"grid.import_energy_wh", "charger_01.connected"} & courses.keys()


def test_a_point_that_tells_changes_only_has_no_course() -> None:
    park = load_park(DEMO_PARK_FILE)
    off = ValidationRules({"steel.active_power_w": {"period_s": math.inf}})

    assert "steel.active_power_w" in courses_of(park)
    assert "steel.active_power_w" not in courses_of(replace(park, validation=off))


@given(
    st.lists(st.one_of(st.just(NAN), st.floats(-1e6, 1e6)), min_size=1, max_size=40),
    st.sampled_from(Likeness),
    st.integers(0, 99),
)
def test_measured_values_stay_and_estimates_stay_within_the_range(
    values: list[float], likeness: Likeness, seed: int
) -> None:
    course, first_us = Course(-1e6, 1e6, likeness), to_microseconds(TUESDAY)
    mean = np.array([values])
    holes = holes_in(mean, first_us, slice(0, len(values)), [course])
    past = np.random.default_rng(seed).uniform(-1e6, 1e6, (1, 28 * 96))
    weeks = Weeks(first_us // QUARTER_US - 28 * 96, past)

    result, method = filled(mean, holes, weeks, [course], ZoneInfo("UTC"))

    measured = np.isfinite(mean)
    assert result[measured].tolist() == mean[measured].tolist()
    assert not method[measured].any()
    assert (np.isfinite(result) == (measured | (method > 0))).all()
    assert (np.abs(result[method > 0]) <= 1e6 + 1e-6).all()
