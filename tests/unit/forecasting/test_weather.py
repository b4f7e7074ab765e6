"""Weather on the steps of a record: what is known, how old it is, and what is missing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.forecasting.domain.weather import Run, Weather, WeatherValue, foreseen_from

NOW = 1_000_000 * 60  # minutes
TEMPERATURE, WIND = Weather.TEMPERATURE_C, Weather.WIND_SPEED_M_S
A_VALUE = WeatherValue(
    "park",
    TEMPERATURE,
    datetime(2024, 5, 1, tzinfo=UTC),
    datetime(2024, 5, 2, tzinfo=UTC),
    21.0,
    datetime(2024, 5, 1, 3, tzinfo=UTC),
)


def a_run(*hourly: float, first: int = NOW, issued: int = NOW - 120) -> Run:
    target = first + 60 * np.arange(len(hourly), dtype=np.int64)
    return Run(target, np.full(len(hourly), issued), np.array(hourly))


def test_between_two_values_weather_is_straight() -> None:
    steps = NOW + np.array([0, 15, 30, 60])

    found = foreseen_from({TEMPERATURE: a_run(10.0, 14.0)}, (TEMPERATURE,), steps, NOW)

    assert found.columns == ("temperature_c",)
    assert found.value[:, 0].tolist() == [10.0, 11.0, 12.0, 14.0]
    assert found.age_min[:, 0].tolist() == [120.0] * 4
    assert found.caveat == ""


def test_between_two_directions_the_wind_turns_the_shorter_way() -> None:
    direction = Weather.WIND_DIRECTION_DEG
    steps = NOW + np.array([0, 15, 30, 60, 90, 120])

    found = foreseen_from({direction: a_run(350.0, 10.0, 330.0)}, (direction,), steps, NOW)

    assert found.value[:, 0] == pytest.approx([350.0, 355.0, 0.0, 10.0, 350.0, 330.0])


def test_beyond_the_run_and_in_wide_holes_it_is_not_known() -> None:
    run = Run(
        NOW + np.array([0, 60, 600, 660]), np.full(4, NOW - 60), np.array([1.0, 2.0, 3.0, 4.0])
    )
    steps = NOW + np.array([-15, 30, 300, 630, 700])

    found = foreseen_from({TEMPERATURE: run}, (TEMPERATURE,), steps, NOW)

    assert np.isnan(found.value[:, 0]).tolist() == [True, False, True, False, True]
    assert found.caveat == "weather forecast for 50% of the time ahead"


def test_weather_that_is_away_is_unknown_and_said() -> None:
    steps = NOW + 15 * np.arange(8)

    found = foreseen_from({TEMPERATURE: a_run(1.0, 2.0, 3.0)}, (TEMPERATURE, WIND), steps, NOW)
    nothing = foreseen_from({}, (TEMPERATURE, WIND), steps, NOW)

    assert np.isnan(found.value[:, 1]).all()
    assert found.caveat == "no weather forecast of wind_speed_m_s"
    assert np.isnan(nothing.value).all()
    assert nothing.caveat == "no weather forecast of temperature_c, wind_speed_m_s"


def test_an_old_run_is_used_and_its_age_said() -> None:
    steps = NOW + 15 * np.arange(4)
    old = a_run(1.0, 2.0, issued=NOW - 30 * 60)

    found = foreseen_from({TEMPERATURE: old}, (TEMPERATURE,), steps, NOW)

    assert np.isfinite(found.value).all()
    assert found.caveat == "weather forecast 30 h old"


def test_what_was_missing_in_the_past_is_no_caveat_of_the_future() -> None:
    steps = NOW + 15 * np.arange(-8, 4)

    found = foreseen_from({TEMPERATURE: a_run(1.0, 2.0)}, (TEMPERATURE,), steps, NOW)

    assert np.isnan(found.value[:8]).all()
    assert found.caveat == ""


def test_columns_are_given_in_the_order_asked_for_and_unknown_where_they_are_not_there() -> None:
    steps = NOW + np.array([0, 60])
    runs = {TEMPERATURE: a_run(10.0, 14.0), WIND: a_run(3.0, 4.0)}

    found = foreseen_from(runs, (TEMPERATURE, WIND), steps, NOW)
    asked = found.of(("wind_speed_m_s", "cloud_cover_pct"))

    assert asked.value[:, 0].tolist() == [3.0, 4.0]
    assert np.isnan(asked.value[:, 1]).all()
    assert asked.caveat == "no weather forecast of cloud_cover_pct"
    assert found.of(()).value.shape == (2, 0)
    assert found.of(()).caveat == ""


def test_of_the_last_rows_before_the_issue_the_known_are_counted() -> None:
    steps = NOW + 60 * np.arange(-4, 3)
    run = a_run(*range(5), first=NOW - 120)

    found = foreseen_from({TEMPERATURE: run}, (TEMPERATURE,), steps, NOW)

    assert found.ahead == 4
    assert found.known_of_the_last(4) == {"temperature_c": 2}
    assert found.known_of_the_last(1) == {"temperature_c": 1}
    assert found.known_of_the_last(0) == {"temperature_c": 0}


def test_a_value_out_of_nature_names_itself_and_its_range() -> None:
    with pytest.raises(
        ValueError, match=r"temperature_c 294 is not in -70\.\.60: is its unit right"
    ):
        replace(A_VALUE, value=294.0)  # kelvin


def test_nothing_is_known_before_it_was_issued() -> None:
    with pytest.raises(ValueError, match="before it was issued"):
        replace(A_VALUE, known_at=A_VALUE.issue_time - timedelta(minutes=1))
