"""History against a real Kafka and PostgreSQL: once each, whatever happens."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest

from services.energy.readings import Doubt
from services.energy.time_grid import to_microseconds
from services.history.domain.standing import REJECTED
from services.history.refreshing import Refresher
from services.history.stream import HistoryWriter
from services.runtime.database import Database, migrate
from services.runtime.frames import Frame, message_from
from services.runtime.received import Received
from services.runtime.topics import READINGS
from tests.support.history_service import a_writer
from tests.support.stack import frozen

START = datetime(2019, 6, 3, 22, 0, tzinfo=UTC)
POINTS = tuple(f"meter_{number}.active_power_w" for number in range(5))
KEPT = (
    "SELECT p.name, r.event_time, r.value, r.verdict FROM history.reading r"
    " JOIN history.point p USING (point_id) ORDER BY 1, 2"
)
LATEST = (
    "SELECT p.name, l.event_time, l.value FROM history.latest l"
    " JOIN history.point p USING (point_id) ORDER BY 1"
)


def a_frame(minute: int, *, value: float | None = None, arrival: int = 0) -> Frame:
    """One reading of each point at a minute of the story; values can be checked in the head."""
    size = len(POINTS)
    return Frame(
        park_id="demo-park",
        source_id="mqtt-site",
        frame_id=f"{minute}/{arrival}",
        arrival_time=START + timedelta(minutes=minute, seconds=1 + arrival),
        point_ids=POINTS,
        point_index=np.arange(size, dtype=np.uint32),
        event_time_us=np.full(
            size, to_microseconds(START + timedelta(minutes=minute)), dtype=np.int64
        ),
        value=np.full(size, float(minute if value is None else value)),
        verdict=np.ones(size, dtype=np.uint8),
        doubt=np.zeros(size, dtype=np.uint8),
    )


def received(frame: Frame) -> Received[Any]:
    return Received(message_from(frame), READINGS.name, 0, 0, "demo-park/mqtt-site")


@pytest.fixture
async def writer(fresh_database: str) -> AsyncIterator[HistoryWriter]:
    await migrate("history", fresh_database)
    database = Database("history", fresh_database)
    await database.start()
    yield a_writer(database)
    await database.stop()


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def do(url: str, command: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(command)  # type: ignore[arg-type]


async def test_any_permutation_and_duplication_of_a_days_frames_gives_the_same_rows(
    writer: HistoryWriter, fresh_database: str
) -> None:
    frames = [a_frame(minute) for minute in range(0, 24 * 60, 15)]
    frames += [a_frame(30, value=-1, arrival=60), a_frame(45, value=-2, arrival=90)]
    shuffled = [*frames, *frames]
    random.Random(1).shuffle(shuffled)

    for place in range(0, len(shuffled), 7):
        await writer.write([received(frame) for frame in shuffled[place : place + 7]])
    kept = rows(fresh_database, KEPT)

    assert len(kept) == 24 * 4 * len(POINTS)
    corrected = {30: -1.0, 45: -2.0}
    for _, event_time, value, _ in kept:
        minute = int((event_time - START).total_seconds() / 60)
        assert value == corrected.get(minute, float(minute))


async def test_the_latest_value_is_the_newest_event_not_the_last_arrival(
    writer: HistoryWriter, fresh_database: str
) -> None:
    await writer.write([received(a_frame(60))])
    await writer.write([received(a_frame(15, arrival=9999))])

    assert {value for _, _, value in rows(fresh_database, LATEST)} == {60.0}


async def test_a_frozen_database_is_waited_for_and_the_rows_come_once(
    writer: HistoryWriter, fresh_database: str, postgres: Any
) -> None:
    await writer.write([received(a_frame(0))])
    with frozen(postgres):
        writing = asyncio.create_task(_insist(writer, [received(a_frame(15))]))
        await asyncio.sleep(3)
        assert not writing.done()
    await writing

    assert len(rows(fresh_database, KEPT)) == 2 * len(POINTS)


async def test_points_first_met_in_a_transaction_that_failed_are_named_again(
    writer: HistoryWriter, fresh_database: str
) -> None:
    refusal = """
        CREATE FUNCTION history.refuse() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON history.latest
          FOR EACH STATEMENT EXECUTE FUNCTION history.refuse();
    """
    do(fresh_database, refusal)
    with pytest.raises(psycopg.errors.RaiseException):
        await writer.write([received(a_frame(0))])
    do(fresh_database, "DROP TRIGGER refuse ON history.latest")

    await writer.write([received(a_frame(0))])

    assert [name for name, *_ in rows(fresh_database, KEPT)] == sorted(POINTS)


async def _insist(writer: HistoryWriter, batch: list[Received[Any]]) -> None:
    from services.runtime.patience import patiently

    await patiently(lambda: writer.write(batch), "database")


async def test_a_new_week_gets_its_partition_by_itself(
    writer: HistoryWriter, fresh_database: str
) -> None:
    for week in range(4):
        await writer.write([received(a_frame(week * 7 * 24 * 60))])

    assert len(rows(fresh_database, KEPT)) == 4 * len(POINTS)


@pytest.mark.parametrize("doubt", [Doubt.IN_FUTURE, Doubt.UNKNOWN_POINT])
@pytest.mark.parametrize("year", [1, 1969, 2200, 9892, 9999])
async def test_a_reading_of_no_possible_instant_is_kept_without_a_partition_of_its_year(
    writer: HistoryWriter, fresh_database: str, year: int, doubt: Doubt
) -> None:
    good, stamp_us = a_frame(0), to_microseconds(datetime(year, 1, 1, tzinfo=UTC))
    absurd = dataclasses.replace(
        good,
        frame_id="absurd",
        event_time_us=np.full(len(POINTS), stamp_us, dtype=np.int64),
        verdict=np.full(len(POINTS), REJECTED, dtype=np.uint8),
        doubt=np.full(len(POINTS), doubt, dtype=np.uint8),
    )

    await writer.write([received(good), received(absurd)])
    await writer.write([received(absurd)])

    assert len(rows(fresh_database, KEPT)) == len(POINTS)
    aside = rows(fresh_database, "SELECT extract(year FROM event_time) FROM history.misstamped")
    assert [int(one) for (one,) in aside] == [year] * len(POINTS)
    partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'history.reading'::regclass"
    assert rows(fresh_database, partitions) == [(1,)]
    await roll_up(fresh_database)
    assert rows(fresh_database, "SELECT count(*) FROM history.rollup_quarter") == [(len(POINTS),)]


async def roll_up(url: str) -> None:
    """Roll up everything that waits."""
    database = Database("history", url)
    await database.start()
    try:
        await Refresher(database, ZoneInfo("Asia/Shanghai")).refresh_all()
    finally:
        await database.stop()


async def test_migrating_twice_changes_nothing(fresh_database: str) -> None:
    assert await migrate("history", fresh_database) != []
    assert await migrate("history", fresh_database) == []


def test_frames_are_built_as_described() -> None:
    assert dataclasses.asdict(a_frame(15))["frame_id"] == "15/0"
