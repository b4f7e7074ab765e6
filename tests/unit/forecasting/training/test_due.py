"""When a series is learnt anew: by the week, sooner while it is young, never twice for nothing."""

from datetime import timedelta

import pytest

from services.forecasting.domain.training.due import Attempt, Cause, cause_to_train
from tests.support.outlooks import MONDAY

DAY = 96


def days_ago(days: float, quarters: int | None = 300 * DAY, *weather: str) -> Attempt:
    return Attempt(MONDAY - timedelta(days=days), quarters, frozenset(weather))


def test_a_series_that_was_never_learnt_is_learnt_with_its_first_hour() -> None:
    assert cause_to_train(MONDAY, 3, None) is None
    assert cause_to_train(MONDAY, 4, None) is Cause.FIRST


def test_an_old_series_is_learnt_by_the_week() -> None:
    assert cause_to_train(MONDAY, 366 * DAY, days_ago(6.9)) is None
    assert cause_to_train(MONDAY, 366 * DAY, days_ago(7)) is Cause.SCHEDULE


def test_a_young_series_is_learnt_when_it_has_grown_by_half_but_not_within_a_day() -> None:
    assert cause_to_train(MONDAY, 14 * DAY, days_ago(4, 10 * DAY)) is None
    assert cause_to_train(MONDAY, 15 * DAY, days_ago(5, 10 * DAY)) is Cause.GROWN
    assert cause_to_train(MONDAY, 8, days_ago(0.9, 4)) is None


def test_a_backfill_of_a_series_that_knew_months_waits_for_its_week() -> None:
    assert cause_to_train(MONDAY, 366 * DAY, days_ago(2, 90 * DAY)) is None


@pytest.mark.parametrize("days", [0.5, 3, 6.9])
def test_after_a_roll_back_nothing_is_learnt_before_a_week_has_passed(days: float) -> None:
    assert cause_to_train(MONDAY, 300 * DAY, days_ago(days, None)) is None


def test_a_young_series_without_anything_to_learn_from_is_tried_again_by_the_hour() -> None:
    assert cause_to_train(MONDAY, 40, days_ago(0.9 / 24, 0)) is None
    assert cause_to_train(MONDAY, 40, days_ago(1 / 24, 0)) is Cause.FIRST


def test_a_meter_that_told_nothing_usable_for_a_day_is_tried_again_by_the_day() -> None:
    assert cause_to_train(MONDAY, 97, days_ago(0.9, 0)) is None
    assert cause_to_train(MONDAY, 366 * DAY, days_ago(1, 3)) is Cause.FIRST


def test_weather_that_can_be_learnt_from_now_is_learnt_from_but_not_within_a_day() -> None:
    year, sun_and_air = 366 * DAY, ("irradiance_w_m2", "temperature_c")

    assert cause_to_train(MONDAY, year, days_ago(1), sun_and_air) is Cause.WEATHER
    assert (
        cause_to_train(MONDAY, year, days_ago(1, year, "temperature_c"), sun_and_air)
        is Cause.WEATHER
    )
    assert cause_to_train(MONDAY, year, days_ago(0.9), sun_and_air) is None


def test_weather_that_was_learnt_from_or_is_gone_waits_for_its_week() -> None:
    learnt = days_ago(3, 366 * DAY, "irradiance_w_m2", "temperature_c")

    assert cause_to_train(MONDAY, 366 * DAY, learnt, ("temperature_c",)) is None
    assert cause_to_train(MONDAY, 366 * DAY, learnt, ()) is None


def test_after_a_roll_back_new_weather_waits_too() -> None:
    assert cause_to_train(MONDAY, 366 * DAY, days_ago(3, None), ("temperature_c",)) is None
