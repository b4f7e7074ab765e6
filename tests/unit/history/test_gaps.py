"""What stands in for means that nobody measured."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.like_days import QUARTER_US
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
    Weeks,
    across,
    gaps_in,
    like_day_across,
)
from services.runtime.park_file import load_park
from tests.support.builders import DEMO_PARK_FILE

NAN = float("nan")
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


def test_without_a_like_day_a_gap_is_a_straight_line() -> None:
    mean, how = across(series(100, NAN, NAN, 400), Gap(0, 3), None, SHAPED)

    assert (mean.tolist(), how) == ([200, 300], Method.LINEAR)


def test_what_moves_up_and_down_is_shifted_to_meet_both_sides() -> None:
    like_day = series(10, 15, 25, 15, 10)

    mean, how = across(series(11, NAN, NAN, NAN, 11), Gap(0, 4), like_day, MOVED)

    assert (mean.tolist(), how) == ([16, 26, 16], Method.LIKE_DAY)


def test_what_flows_is_scaled_from_one_sides_factor_to_the_others() -> None:
    like_day = series(100, 200, 100, 0, 0)

    mean, _ = across(series(150, NAN, NAN, NAN, 0), Gap(0, 4), like_day, SHAPED)
    night, _ = across(series(0, NAN, NAN, NAN, 0), Gap(0, 4), series(0, 5, 9, 5, 0), SHAPED)

    assert mean.tolist() == [300, 150, 0]  # at rest tomorrow: yesterday's factor holds
    assert night.tolist() == [5, 9, 5]


def test_an_estimate_stays_in_the_points_range() -> None:
    bounded = Course(0, 20, Likeness.UPS_AND_DOWNS)

    mean, _ = across(series(1, NAN, NAN, 11), Gap(0, 3), series(10, 5, 60, 10), bounded)

    assert mean.tolist() == [0, 20]


def test_a_like_day_is_of_the_same_kind_and_local_time_of_the_four_weeks_before() -> None:
    monday = datetime(2019, 6, 3, 16, tzinfo=UTC)  # Tuesday 0:00 in Shanghai
    first = to_microseconds(monday - timedelta(days=28)) // QUARTER_US
    local = [
        (monday - timedelta(days=28) + number * timedelta(minutes=15)).astimezone(SHANGHAI)
        for number in range(28 * 96)
    ]
    past = np.array([100.0 * (at.weekday() >= 5) + at.hour for at in local])
    past[::2] = NAN

    gap_us = to_microseconds(monday + timedelta(hours=9))
    like_day = like_day_across(Weeks(first, past), gap_us, 4, SHANGHAI)
    nothing = like_day_across(Weeks(first, np.full(28 * 96, NAN)), gap_us, 4, SHANGHAI)

    assert like_day is not None
    # 8:45 to 10:00; quarter hours that were never seen lie between their neighbours
    assert like_day.tolist() == [8, 8.5, 9, 9, 9, 9.5]
    assert nothing is None


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
    assert courses["weather.temperature_c"].likeness is Likeness.UPS_AND_DOWNS
    assert not {"grid.import_energy_wh", "charger_01.connected"} & courses.keys()


@given(
    st.lists(st.one_of(st.just(NAN), st.floats(-1e6, 1e6)), min_size=1, max_size=40),
    st.sampled_from([SHAPED, MOVED]),
    st.lists(st.floats(-1e6, 1e6), min_size=40, max_size=40),
)
def test_measured_values_stay_and_estimates_stay_within_the_range(
    values: list[float], course: Course, usual: list[float]
) -> None:
    mean = series(*values)
    for gap in gaps_in(mean):
        like_day = series(*usual)[gap.before : gap.after + 1]
        for shape in (None, like_day):
            estimate, _ = across(mean, gap, shape, course)
            assert len(estimate) == gap.length
            assert ((estimate >= -1e6 - 1e-6) & (estimate <= 1e6 + 1e-6)).all()
    assert mean.tolist() == pytest.approx(values, nan_ok=True)
