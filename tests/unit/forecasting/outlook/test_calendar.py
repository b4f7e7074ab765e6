"""Days as people live them: local time, holidays, make-up workdays, days of 23 and 25 hours."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.holiday_kinds import (
    HOLIDAY,
    WORKDAY,
    UnknownCountry,
    holiday_calendar,
    kinds_of,
)
from services.forecasting.domain.outlook.look_back import days_earlier
from services.forecasting.domain.series import Ints
from tests.support.outlooks import BERLIN


def kind_on(year: int, month: int, day: int, country: str | None) -> int:
    number = (datetime(year, month, day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    return int(kinds_of(number, 1, country)[0])


def hours_from(year: int, month: int, day: int, hours: int) -> Ints:
    first = int(datetime(year, month, day, tzinfo=UTC).timestamp()) // 60
    return first + 60 * np.arange(hours)


def test_spring_festival_is_a_holiday_in_china_only() -> None:
    assert kind_on(2019, 2, 5, "CN") == HOLIDAY
    assert kind_on(2019, 2, 5, None) == WORKDAY


def test_a_make_up_workday_of_china_is_a_workday_though_it_is_a_sunday() -> None:
    assert kind_on(2024, 2, 4, "CN") == WORKDAY
    assert kind_on(2024, 2, 4, "DE") != WORKDAY


@pytest.mark.parametrize(
    ("country", "week"),
    [("SA", [0, 0, 0, 0, 2, 1, 0]), ("IR", [0, 0, 0, 0, 2, 0, 0]), ("DE", [0, 0, 0, 0, 0, 1, 2])],
)
def test_days_of_rest_are_the_country_s(country: str, week: list[int]) -> None:
    assert [kind_on(2024, 7, day, country) for day in range(22, 29)] == week  # from a Monday


def test_a_country_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownCountry, match="Atlantis"):
        holiday_calendar("Atlantis")


def test_days_follow_the_local_clock() -> None:
    days = Days.of(hours_from(2019, 6, 2, 24), ZoneInfo("Asia/Shanghai"), None)

    assert days.minute_of_day[0] == 8 * 60
    assert days.weekday[15] == 6  # 23:00 on Sunday there
    assert days.weekday[16] == 0


def test_after_the_clocks_change_yesterday_is_the_same_local_hour() -> None:
    days = Days.of(hours_from(2019, 3, 29, 96), BERLIN, None)  # 31 March has 23 hours
    by_local_hour = days.minute_of_day / 60.0

    yesterday = days_earlier(by_local_hour, days, 24, 1)

    known = np.isfinite(yesterday)
    same = yesterday[known] == by_local_hour[known]
    assert same.mean() > 0.98  # the hour that yesterday did not have is the exception
