"""A plant of which next to nothing is known is forecast by the sun over its time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.effort import PLAIN, Effort
from services.forecasting.domain.outlook.forecaster import learn, reckon
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.rolling import rolled
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats
from tests.support.outlooks import LITTLE, a_record, an_hourly_task, sunny_hours

DAY = 96
PEAK = 1_000.0
SHANGHAI, UTC_ZONE = ZoneInfo("Asia/Shanghai"), ZoneInfo("UTC")


def a_task(zone: ZoneInfo = UTC_ZONE) -> Task:
    return Task(15, tuple(range(1, 2 * DAY + 1)), 0.0, PEAK, sun=True, zone=zone, size=PEAK)


def clear_quarters(days: int) -> Floats:
    """Return quarters of a plant that gives 800 at noon and is lit from 5 to 19 o'clock."""
    hour = np.arange(days * DAY) % DAY / 4
    return np.maximum(800.0 * np.sin((hour - 5) / 14 * np.pi), 0.0)


def outlook_of(known: Floats, zone: ZoneInfo, began: datetime) -> Floats:
    task = a_task(zone)
    record = cleaned(a_record(known, task, began.astimezone(UTC)), task)
    return answer(record, learn(record, task, PLAIN, None)).quantiles


@pytest.mark.parametrize("zone", [UTC_ZONE, SHANGHAI, ZoneInfo("America/Los_Angeles")])
@pytest.mark.parametrize("month", [6, 12])
def test_an_hour_before_noon_tells_the_day_and_the_night_is_dark(
    zone: ZoneInfo, month: int
) -> None:
    began = datetime(2024, month, 10, 11, tzinfo=zone)

    p10, p50, p90 = outlook_of(clear_quarters(1)[44:48], zone, began)

    hour = (12 + np.arange(2 * DAY) / 4) % 24
    deep, noon, late = (hour >= 23) | (hour < 2), hour == 12, hour == 17
    assert not p90[deep].any()
    assert 600.0 < p50[noon].min() <= p50[noon].max() < 1_000.0
    assert (p10[noon] < p50[noon]).all()
    assert p50[late].max() < 0.6 * p50[noon].min()
    assert (p90[late] > p50[late]).all()


def test_where_the_clock_is_not_the_plants_its_light_tells_when_it_is_night() -> None:
    noon_in_china = datetime(2024, 6, 10, 3, tzinfo=UTC)  # 11:00 there, written by a UTC clock

    _, p50, p90 = outlook_of(clear_quarters(1)[44:52], UTC_ZONE, noon_in_china)

    hour = (13 + np.arange(2 * DAY) / 4) % 24  # in China
    assert not p90[hour == 0].any()
    assert p50[hour == 12].min() > 600.0


@pytest.mark.parametrize("known", [np.empty(0), np.zeros(12)])
def test_without_any_light_seen_a_plant_may_give_what_its_size_is_but_not_at_night(
    known: Floats,
) -> None:
    p10, p50, p90 = outlook_of(known, SHANGHAI, datetime(2024, 6, 10, tzinfo=SHANGHAI))

    hour = (len(known) / 4 + np.arange(2 * DAY) / 4) % 24
    deep, noon = (hour >= 23) | (hour < 2), hour == 12
    assert not p90[deep].any()
    assert (p10[noon] == 0.0).all()
    assert 0.0 < p50[noon].min() < p90[noon].min() <= PEAK


def test_what_comes_later_changes_nothing_that_was_said_of_a_young_or_a_dead_plant() -> None:
    task, power = a_task(), clear_quarters(9)
    power[DAY + 40 : 7 * DAY] = 0.0
    origins = [44, 48, 6 * DAY, 7 * DAY + 30]
    said = _rolled(power, task, origins)

    for number, origin in enumerate(origins):
        poisoned = power.copy()
        poisoned[origin:] = 990.0
        assert _rolled(poisoned, task, origins)[number] == said[number]


@pytest.mark.parametrize("dead_days", [8, 14, 20, 35])
@pytest.mark.parametrize("effort", [PLAIN, LITTLE])
def test_a_plant_that_comes_back_is_believed_within_the_hour(
    dead_days: int, effort: Effort
) -> None:
    task = an_hourly_task(sun=True, highest=PEAK)
    value = sunny_hours(40 + dead_days + 1)
    back = (40 + dead_days) * 24 + 10
    value[40 * 24 : back] = 0.0
    record = a_record(value[: back + 1], task)  # lit for the hour from 10:00 on
    dead = learn(record.until(back, task.reach), task, effort, None)

    p50 = answer(cleaned(record, task), dead).quantiles[1]

    came = value[back + 1 : back + 8]
    assert np.abs(p50[: len(came)] - came).mean() < 0.35 * came.mean()
    hour = (11 + np.arange(24)) % 24
    assert p50[hour == 12].min() > 100.0
    assert not p50[(hour >= 22) | (hour < 3)].any()


def test_a_plant_that_was_never_on_is_believed_once_it_is() -> None:
    task, value = a_task(), clear_quarters(9)
    on = 7 * DAY + 40
    value[:on] = 0.0
    still_off = _known(value, on, task)
    state = learn(still_off, task, PLAIN, None)

    two_hours, two_days = (_known(value, on + 8, task), _known(value, on + DAY, task))
    first = answer(two_hours, state).quantiles
    later = answer(two_days, reckon(two_days, state)).quantiles

    assert first[1, 0] == pytest.approx(value[on + 8], rel=0.15)
    assert first[0, 0] > 0.0
    assert later[1, 8] == pytest.approx(value[on + 8], rel=0.15)
    assert not later[:, DAY // 2 : DAY // 2 + 16].any()  # 22:00 to 2:00


def test_a_plant_that_is_dead_still_is_expected_to_stay_so() -> None:
    task = an_hourly_task(sun=True, highest=PEAK)
    value = sunny_hours(60)
    value[40 * 24 :] = 0.0
    record = cleaned(a_record(value, task), task)

    said = answer(record, learn(record, task, PLAIN, None)).quantiles

    assert said[1].max() < 0.02 * PEAK


def _known(value: Floats, origin: int, task: Task) -> Record:
    return cleaned(a_record(value, task).until(origin, task.reach), task)


def _rolled(value: Floats, task: Task, origins: list[int]) -> list[bytes]:
    outlooks = rolled(a_record(value, task), task, origins, PLAIN)
    return [outlook.quantiles.tobytes() for _, outlook in outlooks]
