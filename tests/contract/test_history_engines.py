"""History keeps the same promises on native partitions and on TimescaleDB."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from parkflow.history.v1 import history_service_pb2 as wire
from services.energy.time_grid import to_microseconds
from services.history.domain.windows import HOUR_US, Level, borders_of
from services.history.retention import Retention
from services.history.settings import Keeping
from services.runtime.clock import ParkClock
from services.runtime.database import migration_files
from tests.support.history import (
    BELIEVED,
    REJECTED,
    START,
    Reading,
    a_frame,
    by_definition,
    minutes,
)
from tests.support.history_service import (
    CALL_S,
    SHANGHAI,
    History,
    engine_url,
    history,
    interval,
    range_of,
    stamp,
)

__all__ = ["engine_url", "history"]
DAY_END = START + timedelta(days=1)
KEPT = "SELECT * FROM history.reading ORDER BY point_id, event_time"
VERSIONS = "SELECT * FROM history.reading_version ORDER BY point_id, event_time, arrival_time"
LATEST = "SELECT * FROM history.latest ORDER BY point_id"
PACKED = """
    SELECT bool_and(is_compressed) FROM timescaledb_information.chunks
     WHERE hypertable_schema = 'history' AND hypertable_name = 'reading'
"""
ROLLUP = (
    "SELECT believed, suspect, rejected, value_sum AS total, value_min AS least,"
    " value_max AS greatest, last_value AS last, integral, covered_us"
    " FROM history.rollup_{level} WHERE point_id = %s AND window_start = %s"
)


def a_day(seed: int = 1) -> list[Reading]:
    """Return a reading of two points every 4 minutes of a day; some rejected, some missing."""
    chance = random.Random(seed)
    return [
        Reading(
            point,
            minutes(number) + timedelta(seconds=chance.randrange(60)),
            float(chance.randrange(-50, 1000)),
            REJECTED if chance.random() < 0.05 else BELIEVED,
        )
        for point in (1, 2)
        for number in range(0, 24 * 60, 4)
        if chance.random() < 0.9
    ]


def frames_of(readings: list[Reading], size: int = 40) -> list[Any]:
    ordered = sorted(readings, key=lambda r: r.at)
    return [a_frame(ordered[at : at + size]) for at in range(0, len(ordered), size)]


def rollups_by_definition(
    readings: list[Reading], level: Level
) -> dict[datetime, dict[str, float] | None]:
    first, last = (to_microseconds(pick(r.at for r in readings)) for pick in (min, max))
    borders = [
        datetime.fromtimestamp(us / 1e6, START.tzinfo)
        for us in borders_of(level, SHANGHAI, first - HOUR_US, last + HOUR_US).tolist()
    ]
    return {start: by_definition(readings, start, end) for start, end in pairwise(borders)}


def assert_rolled_up(history: History, readings: list[Reading]) -> None:
    """Every rollup of every level equals its recomputation from what now stands."""
    numbers = dict(history.rows("SELECT name, point_id FROM history.point"))
    for level in Level:
        for point in {r.point for r in readings}:
            own = [r for r in readings if r.point == point]
            for start, expected in rollups_by_definition(own, level).items():
                names = "believed suspect rejected total least greatest last integral covered_us"
                found = history.rows(
                    ROLLUP.format(level=level.value), (numbers[f"point_{point}"], start)
                )
                rollup = dict(zip(names.split(), found[0], strict=True)) if found else None
                assert rollup == (
                    pytest.approx(expected, nan_ok=True, rel=1e-9, abs=1e-6) if expected else None
                ), (level, point, start)


async def test_rollups_equal_recomputation_after_late_rejected_and_restated_readings(
    history: History,
) -> None:
    day = a_day()
    late, early = day[::7], [r for k, r in enumerate(day) if k % 7]
    await history.write(*frames_of(early))
    await history.refresher.refresh_all()

    await history.write(*frames_of(late, size=25))
    arrival = DAY_END + timedelta(hours=1)
    restated = [
        Reading(r.point, r.at, r.value, REJECTED if r.verdict == BELIEVED else BELIEVED)
        for r in day[5:60:9]
    ]
    await history.write(a_frame(restated, arrival=arrival))
    await history.refresher.refresh_all()

    changed = {(r.point, r.at): r for r in restated}
    assert_rolled_up(history, [changed.get((r.point, r.at), r) for r in day])


async def test_a_window_whose_last_value_holds_longer_since_the_next_was_taken_back_is_refreshed(
    history: History,
) -> None:
    before, taken_back, after = (Reading(1, minutes(at), 10.0 + at) for at in (14, 15, 16))
    for said in (before, taken_back, replace(taken_back, verdict=REJECTED), after):
        await history.write(a_frame([said], arrival=DAY_END + timedelta(minutes=said.verdict)))
        await history.refresher.refresh_all()

    assert_rolled_up(history, [before, replace(taken_back, verdict=REJECTED), after])


async def test_any_permutation_duplication_and_share_of_work_gives_the_same_rows(
    history: History,
) -> None:
    day = a_day(2)[:200]
    corrected = [Reading(r.point, r.at, r.value + 1) for r in day[10:40]]
    doubted = [Reading(r.point, r.at, r.value, REJECTED) for r in day[30:60]]
    frames = [
        *frames_of(day, size=11),
        a_frame(corrected, arrival=DAY_END),
        a_frame(doubted, arrival=DAY_END + timedelta(hours=1)),
    ]
    await history.write(*frames)
    rows = {query: history.rows(query) for query in (KEPT, VERSIONS, LATEST)}
    for relation in ("reading", "reading_version", "latest"):
        history.rows(f"DELETE FROM history.{relation} RETURNING 1")

    shuffled = [*frames, *frames]
    random.Random(3).shuffle(shuffled)
    writers = [history.another_writer(), history.another_writer()]
    for place in range(0, len(shuffled), 5):
        history.writer = writers[place % 2]
        await history.write(*shuffled[place : place + 5])

    assert {query: history.rows(query) for query in rows} == rows


async def test_what_was_known_at_nine_is_answered_at_noon(history: History) -> None:
    at = minutes(0)
    nine = START + timedelta(hours=9)
    await history.write(a_frame([Reading(1, at, 10.0)], arrival=nine - timedelta(minutes=1)))
    await history.write(a_frame([Reading(1, at, 11.0)], arrival=nine + timedelta(minutes=1)))
    await history.write(
        a_frame([Reading(1, at, 11.0, REJECTED)], arrival=nine + timedelta(hours=1))
    )

    async def known(at_hour: datetime) -> list[float]:
        return [
            value
            for _, _, value in await range_of(
                history, ["point_1"], START, DAY_END, known_at=stamp(at_hour)
            )
        ]

    assert await known(nine - timedelta(hours=1)) == []
    assert await known(nine) == [10.0]
    assert await known(nine + timedelta(minutes=2)) == [11.0]
    assert await known(nine + timedelta(hours=3)) == []  # the last word is that 11 is wrong


async def test_what_was_known_does_not_depend_on_the_order_of_frames(history: History) -> None:
    chance = random.Random(5)
    frames = [
        a_frame(
            [
                Reading(1, minutes(chance.randrange(6)), float(chance.randrange(3)), verdict)
                for verdict in chance.sample([BELIEVED, REJECTED], 1)
            ],
            arrival=minutes(60 + number),
        )
        for number in range(40)
    ]

    async def known() -> list[Any]:
        return [
            await range_of(
                history, ["point_1"], START, DAY_END, known_at=stamp(minutes(60 + number))
            )
            for number in range(0, 40, 3)
        ]

    await history.write(*frames)
    in_order = await known()
    for relation in ("reading", "reading_version", "latest"):
        history.rows(f"DELETE FROM history.{relation} RETURNING 1")
    chance.shuffle(frames)
    history.writer = history.another_writer()
    for frame in frames:
        await history.write(frame)

    assert await known() == in_order


@pytest.mark.parametrize("known", [False, True])
async def test_pages_join_to_the_whole(history: History, known: bool) -> None:
    day = [r for r in a_day(4) if r.verdict != REJECTED]
    await history.write(*frames_of(day))
    more = {"known_at": stamp(DAY_END + timedelta(days=1))} if known else {}

    found = await range_of(history, ["point_2", "point_1"], START, DAY_END, page_size=17, **more)

    expected = {(f"point_{r.point}", r.at, r.value) for r in day}
    assert len(found) == len(expected)
    assert set(found) == expected


async def aggregate(
    history: History, how: Any, start: datetime, end: datetime, **more: Any
) -> wire.AggregateSeries:
    request = wire.GetAggregateRequest(
        park_id="demo-park",
        point_ids=["point_1"],
        interval=interval(start, end),
        aggregation=how,
        **more,
    )
    answer = await history.stub.GetAggregate(request, timeout=CALL_S)
    return answer.series[0]


def seconds(number: float) -> Any:
    return timedelta(seconds=number)


@pytest.mark.parametrize("step_s", [60, 900, 1800, 3600, 86400])
@pytest.mark.parametrize(
    ("how", "name"),
    [
        (wire.AGGREGATION_SUM, "total"),
        (wire.AGGREGATION_MIN, "least"),
        (wire.AGGREGATION_MAX, "greatest"),
        (wire.AGGREGATION_LAST, "last"),
        (wire.AGGREGATION_INTEGRAL, "integral"),
    ],
)
async def test_an_aggregate_of_any_step_is_what_the_readings_say(
    history: History, step_s: int, how: Any, name: str
) -> None:
    day = [r for r in a_day(6) if r.point == 1]
    await history.write(*frames_of(day))
    await history.refresher.refresh_all()
    start, end = minutes(7), minutes(700)  # neither on a border of any step above a minute

    series = await aggregate(history, how, start, end, step=seconds(step_s))

    step = timedelta(seconds=step_s)
    slot = series.start.ToDatetime(start.tzinfo)
    for value, rejected, covered_s in zip(
        series.value, series.rejected_count, series.covered_s, strict=True
    ):
        expected = by_definition(day, max(slot, start), min(slot + step, end)) or {}
        nothing = name == "integral" and not expected.get("covered_us")
        wanted = float("nan") if nothing else expected.get(name, float("nan"))
        counted = expected.get("believed", 0) or name == "integral"
        assert value == pytest.approx(wanted if counted else float("nan"), nan_ok=True, abs=1e-6)
        assert rejected == expected.get("rejected", 0)
        assert covered_s == pytest.approx(expected.get("covered_us", 0) / 1e6, abs=1e-6)
        slot += step
    assert slot >= end


async def test_local_days_are_the_parks_own(history: History) -> None:
    day = [Reading(1, minutes(10 * number), 600.0) for number in range(3 * 24 * 6)]
    await history.write(*frames_of(day, size=100))
    await history.refresher.refresh_all()

    series = await aggregate(
        history,
        wire.AGGREGATION_INTEGRAL,
        START,
        START + timedelta(days=2),
        calendar_step=wire.CALENDAR_STEP_DAY,
    )

    midnight = to_microseconds(datetime(2019, 6, 4, tzinfo=SHANGHAI))  # START is 06:00 there
    assert series.border_us[1] - series.border_us[0] == 24 * HOUR_US
    assert midnight in series.border_us
    assert list(series.value) == pytest.approx([18 * 600, 24 * 600, 6 * 600])


async def test_an_aggregate_as_of_then_ignores_what_came_later(history: History) -> None:
    await history.write(a_frame([Reading(1, minutes(1), 10.0)], arrival=minutes(2)))
    await history.write(a_frame([Reading(1, minutes(1), 90.0)], arrival=minutes(50)))
    await history.refresher.refresh_all()

    async def mean(**more: Any) -> float:
        series = await aggregate(
            history,
            wire.AGGREGATION_MEAN,
            START,
            minutes(15),
            step=seconds(900),
            **more,
        )
        return float(series.value[0])

    assert await mean() == 90.0
    assert await mean(known_at=stamp(minutes(49))) == 10.0


async def test_several_workers_refresh_each_window_once_and_lose_none(history: History) -> None:
    day = a_day(8)
    stop = asyncio.Event()

    async def work() -> int:
        total = 0
        while not stop.is_set() or await waiting(history):
            total += await history.refresher.refresh_some()
            await asyncio.sleep(0.01)
        return total

    workers = [asyncio.create_task(work()) for _ in range(3)]
    for frame in frames_of(day, size=15):
        await history.write(frame)
    stop.set()
    await asyncio.gather(*workers)

    assert_rolled_up(history, day)


async def test_readings_older_than_the_rollups_are_rolled_up_by_the_migration(
    history: History,
) -> None:
    day = a_day(12)
    await history.write(*frames_of(day))
    history.rows("DELETE FROM history.touched RETURNING 1")

    (upgrade,) = [file for file in migration_files("history") if file.name.startswith("0006")]
    async with history.database.transaction() as connection:
        await connection.execute(upgrade.read_bytes())
    await history.refresher.refresh_all()

    assert_rolled_up(history, day)


async def test_a_refresher_that_is_cut_off_anywhere_loses_nothing(history: History) -> None:
    day, chance = a_day(11), random.Random(11)

    for frame in frames_of(day, size=60):
        await history.write(frame)
        working = asyncio.create_task(history.refresher.refresh_some())
        await asyncio.sleep(chance.random() * 0.03)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    await history.refresher.refresh_all()

    assert_rolled_up(history, day)


async def waiting(history: History) -> bool:
    return bool(await history.database.rows("SELECT 1 FROM touched LIMIT 1"))


async def test_the_newest_reading_that_is_doubted_gives_way_to_the_one_before(
    history: History,
) -> None:
    await history.write(a_frame([Reading(1, minutes(1), 10.0), Reading(1, minutes(2), 99.0)]))
    await history.write(a_frame([Reading(1, minutes(2), 99.0, REJECTED)], arrival=minutes(5)))

    answer = await history.stub.GetLatest(
        wire.GetLatestRequest(park_id="demo-park"), timeout=CALL_S
    )

    assert [reading.value for reading in answer.readings] == [10.0]


WEEKS = 20


async def kept(history: History, now: datetime, **days: int) -> None:
    """Let history keep what the settings say, at a moment of the park's clock."""
    clock = ParkClock(now, time.time(), 1.0)
    await Retention(history.database, history.refresher, Keeping(**days), clock).apply()


async def test_rollups_outlive_the_readings_they_were_made_of(history: History) -> None:
    readings = [
        Reading(1, START + timedelta(weeks=week, minutes=number), 60.0)
        for week in range(WEEKS)
        for number in range(15)
    ]
    await history.write(a_frame(readings, arrival=START + timedelta(weeks=WEEKS)))

    await kept(history, START + timedelta(weeks=WEEKS), raw_days=28)

    ((oldest,),) = history.rows("SELECT min(event_time) FROM history.reading")
    assert START + timedelta(weeks=WEEKS - 6) < oldest <= START + timedelta(weeks=WEEKS - 4)
    ((quarters, total),) = history.rows(
        "SELECT count(*), sum(value_sum) FROM history.rollup_quarter WHERE believed > 0"
    )
    assert (quarters, total) == (WEEKS, WEEKS * 15 * 60.0)


async def test_a_late_reading_does_not_spoil_the_rollup_of_readings_that_are_gone(
    history: History,
) -> None:
    now = START + timedelta(weeks=WEEKS)
    await history.write(a_frame([Reading(1, minutes(k), float(k)) for k in range(15)], arrival=now))
    await kept(history, now, raw_days=28)

    await history.write(a_frame([Reading(1, minutes(3.5), 1e6)], arrival=now))
    await history.refresher.refresh_all()

    ((total,),) = history.rows("SELECT sum(value_sum) FROM history.rollup_quarter")
    assert total == sum(range(15))


async def test_readings_wait_for_their_rollups_before_they_go(history: History) -> None:
    now = START + timedelta(weeks=WEEKS)
    await history.write(a_frame([Reading(1, minutes(k), float(k)) for k in range(15)], arrival=now))
    async with history.database.transaction() as holding:
        await holding.execute("SELECT FROM history.rollup_shard FOR UPDATE")  # a worker hangs
        await kept(history, now, raw_days=28)

    assert history.rows("SELECT count(*) FROM history.reading") == [(15,)]


async def test_late_doubted_and_repeated_readings_find_their_way_into_packed_chunks(
    history: History,
) -> None:
    day, now = a_day(9), START + timedelta(days=60)
    late, early = day[::5], [r for k, r in enumerate(day) if k % 5]
    await history.write(*frames_of(early))
    await history.refresher.refresh_all()
    await kept(history, now, columnstore_days=14)

    doubted = [Reading(r.point, r.at, r.value, REJECTED) for r in day[20:60] if r.verdict < 3]
    await history.write(*frames_of(late), *frames_of(early), a_frame(doubted, arrival=now))
    await history.refresher.refresh_all()
    await kept(history, now, columnstore_days=14)

    changed = {(r.point, r.at): r for r in doubted}
    assert_rolled_up(history, [changed.get((r.point, r.at), r) for r in day])
    assert len(history.rows(KEPT)) == len(day)
    assert len(await range_of(history, ["point_1", "point_2"], START, DAY_END)) == sum(
        changed.get((r.point, r.at), r).verdict != REJECTED for r in day
    )
    if history.database.abilities.timescaledb:
        assert history.rows(PACKED) == [(True,)]
