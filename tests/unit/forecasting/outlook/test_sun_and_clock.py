"""A plant's place follows from its light, and stamps' clock from what people do by it."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.forecasting.domain.outlook.clock import clock_of
from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.sun import Place, place_of
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats, Ints
from tests.support.outlooks import BERLIN, MONDAY, an_hourly_task

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_MINUTE = int(MONDAY.timestamp()) // 60


def minutes(days: int, step_min: int = 15) -> Ints:
    return FIRST_MINUTE + step_min * np.arange(days * 1440 // step_min)


@pytest.mark.parametrize(("latitude", "longitude"), [(35.0, 115.0), (52.0, 10.0), (-33.0, -60.0)])
def test_a_plant_is_found_by_its_own_light(latitude: float, longitude: float) -> None:
    minute = minutes(60)
    power = 0.8 * Place(latitude, longitude).clear_w_m2(minute, 15)

    found = place_of(power, Days.of(minute, SHANGHAI, None), 15)

    assert found is not None
    assert abs(found.latitude - latitude) <= 10.0
    assert abs(found.longitude - longitude) <= 4.0


def test_a_plant_that_never_produced_is_nowhere() -> None:
    assert place_of(np.zeros(960), Days.of(minutes(10), SHANGHAI, None), 15) is None


def test_the_sun_of_june_stands_high_at_noon_and_below_at_midnight() -> None:
    noon, midnight = Place(52.0, 0.0).elevation(FIRST_MINUTE + np.array([720, 0]), 1)

    assert 58.0 < noon < 62.0
    assert midnight < -10.0


def test_a_load_that_rests_on_local_weekends_tells_that_stamps_are_local() -> None:
    minute = minutes(60, 60)

    assert clock_of(_workdays(Days.of(minute, None, None)), minute, _task()) is None


def test_a_load_that_rests_on_weekends_over_there_tells_that_stamps_are_utc() -> None:
    minute = minutes(60, 60)

    assert clock_of(_workdays(Days.of(minute, SHANGHAI, None)), minute, _task()) == SHANGHAI


def test_a_plants_noon_tells_the_clock() -> None:
    minute = minutes(30, 60)
    task = an_hourly_task(zone=SHANGHAI, sun=True)
    in_local_time = Place(35.0, 0.0).clear_w_m2(minute, 60)
    in_utc = Place(35.0, 120.0).clear_w_m2(minute, 60)

    assert clock_of(in_local_time, minute, task) is None
    assert clock_of(in_utc, minute, task) == SHANGHAI


def test_without_a_past_stamps_are_utc() -> None:
    task = an_hourly_task(zone=BERLIN)

    assert clock_of(np.empty(0), np.empty(0, np.int64), task) == BERLIN


def _task() -> Task:
    return an_hourly_task(zone=SHANGHAI)


def _workdays(days: Days) -> Floats:
    return np.where(days.weekday < 5, 100.0, 20.0) + days.minute_of_day / 100.0
