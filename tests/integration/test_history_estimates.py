"""Gaps of what no register counts are estimated where asked, said to be, and never kept."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest

from parkflow.history.v1 import history_service_pb2 as wire
from services.runtime.frames import Frame
from tests.support.history import REJECTED, START, Reading, a_frame, minutes
from tests.support.history_energy import Word, frames_of_words, told
from tests.support.history_service import CALL_S, History, interval, running_history, stamp

GRID, SOC, TEMPERATURE = (
    "grid.active_power_w",
    "battery.state_of_charge_pct",
    "weather.temperature_c",
)
REGISTER, LIKE_DAY, LINEAR = (
    wire.GAP_METHOD_REGISTER,
    wire.GAP_METHOD_LIKE_DAY,
    wire.GAP_METHOD_LINEAR,
)
DAY_MIN = 24 * 60


@pytest.fixture
async def history(fresh_database: str) -> AsyncIterator[History]:
    async with running_history(fresh_database) as running:
        yield running


def of(point: str, readings: list[Reading], **more: Any) -> Frame:
    return replace(a_frame(readings, **more), point_ids=(point,))


def every_quarter(first: int, end: int, value: float = 0.0, slope: float = 0.0) -> list[Reading]:
    """Return a reading 5 min into each of some quarter hours after START."""
    return [Reading(1, minutes(15 * q + 5), value + slope * q) for q in range(first, end)]


async def asked(
    history: History, point: str, start: datetime, end: datetime, **more: Any
) -> wire.AggregateSeries:
    request = wire.GetAggregateRequest(
        park_id="demo-park",
        point_ids=[point],
        interval=interval(start, end),
        aggregation=wire.AGGREGATION_MEAN,
        estimate_gaps=True,
        **({"step": timedelta(minutes=15)} | more),
    )
    answer: wire.GetAggregateResponse = await history.stub.GetAggregate(request, timeout=CALL_S)
    return answer.series[0]


async def test_what_the_registers_counted_meanwhile_is_the_mean_power(history: History) -> None:
    await history.write(of(GRID, every_quarter(0, 4, 1000.0)))
    counted = [Word(0, q, (300, 0, 0, 0)) for q in range(4)]
    counted += [Word(0, 4, (100, 50, 0, 0)), Word(0, 5, (50, 0, 400, 0))]
    for frame in frames_of_words(counted):
        grid = tuple(name.replace("meter_0", "grid") for name in frame.point_ids)
        await history.writer.write([told(replace(frame, point_ids=grid))])
        exported = replace(
            frame,
            point_ids=("grid.export_energy_wh",),
            frame_id="export/0",
            believed_wh=frame.believed_wh // 2,
            estimated_wh=0 * frame.estimated_wh,
        )
        await history.writer.write([told(exported)])
    await history.write(of(GRID, every_quarter(8, 9, 400.0), number=1))
    await history.refresher.refresh_all()

    series = await asked(history, GRID, START, minutes(9 * 15))

    # 150 - 50 Wh; of quarter 5 some is set aside, so the rest is a line from quarter 4 to 8
    assert list(series.value) == [1000, 1000, 1000, 1000, 400, 400, 400, 400, 400]
    assert list(series.gap_methods) == [0, 0, 0, 0, REGISTER, *[LINEAR] * 3, 0]
    assert list(series.estimated_s) == [0, 0, 0, 0, 900, 900, 900, 900, 0]
    assert sum(series.estimated_count) == 0


async def test_the_real_value_takes_the_estimates_place_and_known_at_has_it_back(
    history: History,
) -> None:
    await history.write(of(SOC, every_quarter(0, 2, 50.0) + every_quarter(4, 5, 80.0)))
    await history.refresher.refresh_all()
    before = await asked(history, SOC, START, minutes(75))
    late = Reading(1, minutes(35), 44.0)
    wrong = Reading(1, minutes(50), 99.0, REJECTED)
    await history.write(of(SOC, [late, wrong], arrival=minutes(300)))
    await history.refresher.refresh_all()

    now = await asked(history, SOC, START, minutes(75))
    then = await asked(history, SOC, START, minutes(75), known_at=stamp(minutes(299)))

    assert list(before.value) == [50, 50, 60, 70, 80]
    assert list(now.value) == [50, 50, 44, 62, 80]
    assert list(now.gap_methods) == [0, 0, 0, LINEAR, 0]
    assert then == before


async def test_a_long_gap_follows_the_like_days_before_it(history: History) -> None:
    def temperature(quarter: int) -> float:
        return 10.0 + 5.0 * math.sin(2 * math.pi * quarter / 96)

    first, end = 29 * 96, 29 * 96 + 40  # of a Tuesday; two degrees warmer than ever before
    readings = [
        Reading(1, minutes(15 * q + 5), temperature(q) + 2.0 * (q >= first - 8))
        for q in [*range(first), *range(end, end + 8)]
    ]
    await history.write(of(TEMPERATURE, readings))
    await history.refresher.refresh_all()
    inside = (minutes(15 * (first + 4)), minutes(15 * (end - 4)))  # the ends are not asked for

    series = await asked(history, TEMPERATURE, *inside)
    then = await asked(history, TEMPERATURE, *inside, known_at=stamp(minutes(15 * (end + 8))))
    hours = await asked(history, TEMPERATURE, *inside, step=timedelta(hours=1))

    expected = [temperature(q) + 2.0 for q in range(first + 4, end - 4)]
    assert list(series.value) == pytest.approx(expected, abs=0.05)
    assert set(series.gap_methods) == {LIKE_DAY}
    assert list(then.value) == pytest.approx(list(series.value))
    assert list(hours.value) == pytest.approx(
        [sum(series.value[k : k + 4]) / 4 for k in range(0, len(expected), 4)]
    )
    assert set(hours.estimated_s) == {3600}


async def test_nothing_is_estimated_before_the_first_and_after_the_last_value(
    history: History,
) -> None:
    await history.write(of(SOC, every_quarter(4, 6, 50.0)))
    await history.refresher.refresh_all()

    series = await asked(history, SOC, START, minutes(10 * 15))
    day = await asked(
        history,
        SOC,
        START,
        START + timedelta(days=1),
        step=None,
        calendar_step=wire.CALENDAR_STEP_DAY,
    )

    assert [v for v in series.value if v == v] == [50, 50]
    assert sum(series.estimated_s) == sum(day.estimated_s) == 0


async def test_a_quarter_hour_has_the_same_estimate_whatever_interval_is_asked(
    history: History,
) -> None:
    """Readings end at quarter 4 and begin again at 40; registers know all but 20 to 23."""
    await history.write(of(GRID, every_quarter(0, 4, 100.0) + every_quarter(40, 44, 100.0)))
    known = [Word(0, q, (50, 0, 0, 0)) for q in range(4, 40) if not 20 <= q < 24]
    for frame in frames_of_words(known):
        for register, wh in (("import", frame.believed_wh), ("export", 0 * frame.believed_wh)):
            name = f"grid.{register}_energy_wh"
            told_of = replace(frame, point_ids=(name,), believed_wh=wh, frame_id=f"{register}/0")
            await history.writer.write([told(told_of)])
    await history.refresher.refresh_all()

    whole = await asked(history, GRID, START, minutes(44 * 15))
    for first, end in ((20, 24), (21, 23), (3, 22), (30, 44)):
        part = await asked(history, GRID, minutes(15 * first), minutes(15 * end))
        assert list(part.value) == list(whole.value)[first:end]
        assert list(part.gap_methods) == list(whole.gap_methods)[first:end]

    assert list(whole.gap_methods) == [
        *[0] * 4,
        *[REGISTER] * 16,
        *[LINEAR] * 4,
        *[REGISTER] * 16,
        *[0] * 4,
    ]
    assert set(whole.value[4:40]) == {200.0}


async def test_each_of_several_points_has_its_own_estimates(history: History) -> None:
    gappy = every_quarter(0, 2, 50.0) + every_quarter(4, 5, 80.0)
    await history.write(of("weather.irradiance_w_m2", every_quarter(0, 5, 7.0), number=1))
    await history.write(of(SOC, gappy, number=2))
    cooler = [replace(reading, value=reading.value - 40.0) for reading in gappy]
    await history.write(of(TEMPERATURE, cooler, number=3))
    await history.refresher.refresh_all()
    points = [TEMPERATURE, "weather.irradiance_w_m2", SOC, TEMPERATURE]
    request = wire.GetAggregateRequest(
        park_id="demo-park",
        point_ids=points,
        interval=interval(START, minutes(75)),
        aggregation=wire.AGGREGATION_MEAN,
        step=timedelta(minutes=15),
        estimate_gaps=True,
    )

    answer = await history.stub.GetAggregate(request, timeout=CALL_S)

    found = [(series.point_id, list(series.value)) for series in answer.series]
    assert found == [
        (TEMPERATURE, [10, 10, 20, 30, 40]),
        ("weather.irradiance_w_m2", [7] * 5),
        (SOC, [50, 50, 60, 70, 80]),
        (TEMPERATURE, [10, 10, 20, 30, 40]),
    ]


async def test_where_quarter_hours_are_gone_nothing_is_estimated(history: History) -> None:
    await history.write(of(SOC, every_quarter(0, 2, 50.0) + every_quarter(4, 5, 80.0)))
    await history.refresher.refresh_all()
    async with history.database.transaction() as connection:
        await connection.execute("UPDATE horizon SET raw_from = %s", (minutes(150),))

    now = await asked(history, SOC, START, minutes(75))
    then = await asked(history, SOC, START, minutes(75), known_at=stamp(minutes(500)))

    assert list(now.gap_methods) == [0, 0, LINEAR, LINEAR, 0]
    assert sum(then.estimated_s) == 0
    assert [v for v in then.value if v == v] == [50, 50, 80]


async def test_what_cannot_be_estimated_is_refused_with_every_mistake(history: History) -> None:
    request = wire.GetAggregateRequest(
        park_id="demo-park",
        point_ids=["grid.import_energy_wh", "charger_01.connected", GRID],
        interval=interval(minutes(1), minutes(60)),
        aggregation=wire.AGGREGATION_MAX,
        step=timedelta(minutes=10),
        estimate_gaps=True,
    )

    request_of_many = wire.GetAggregateRequest(estimate_gaps=True)
    request_of_many.MergeFrom(request)
    request_of_many.point_ids.extend([f"board_{number:04}.connected" for number in range(900)])

    for asked_for, words in (
        (request, ("GetEnergy", "charger_01.connected", "only means", "quarter hours")),
        (request_of_many, ("name up to 100", "and 89 more")),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await history.stub.GetAggregate(asked_for, timeout=CALL_S)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        for word in words:
            assert word in refused.value.details()
