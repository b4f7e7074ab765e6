"""HistoryService beyond questions and answers: exports, watches, limits, what is kept how long."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parkflow.history.v1 import history_service_pb2 as wire
from services.history import journal
from services.history.admission import AT_ONCE, EXPORTS, IN_LINE
from tests.support.history import REJECTED, START, Reading, a_frame, minutes
from tests.support.history_service import (
    CALL_S,
    History,
    interval,
    range_of,
    running_history,
    stamp,
)

PARK = "demo-park"
ALWAYS = interval(START - timedelta(days=4000), START + timedelta(days=4000))


@pytest.fixture
async def history(fresh_database: str) -> AsyncIterator[History]:
    async with running_history(fresh_database) as running:
        yield running


def some_readings(count: int, point: int = 1) -> list[Reading]:
    return [Reading(point, minutes(number), float(number)) for number in range(count)]


async def exported(history: History, **more: Any) -> bytes:
    request = wire.ExportRequest(park_id=PARK, interval=ALWAYS, **more)
    chunks = [response.chunk async for response in history.stub.Export(request, timeout=CALL_S)]
    assert max(map(len, chunks)) <= 1 << 20
    return b"".join(chunks)


@pytest.mark.parametrize(
    ("form", "read"),
    [
        (wire.EXPORT_FORMAT_ARROW_STREAM, lambda content: pa.ipc.open_stream(content).read_all()),
        (wire.EXPORT_FORMAT_PARQUET, lambda content: pq.read_table(io.BytesIO(content))),
    ],
)
async def test_an_export_holds_every_reading_once_in_order(
    history: History, form: Any, read: Any
) -> None:
    readings = some_readings(60_000) + some_readings(500, point=2)  # more than one page
    await history.write(*(a_frame(readings[at : at + 9000]) for at in range(0, 60_500, 9000)))

    table = read(await exported(history, point_ids=["point_2", "point_1"], format=form))

    assert table.num_rows == 60_500
    assert table["value"].to_pylist() == [reading.value for reading in readings]
    assert table["point_id"].to_pylist() == [f"point_{reading.point}" for reading in readings]
    assert table["event_time"][3].as_py() == minutes(3)
    assert set(table["source_id"].to_pylist()) == {"mqtt-site"}


async def test_an_export_as_of_then_stays_the_same_after_a_correction(history: History) -> None:
    await history.write(a_frame(some_readings(100), arrival=minutes(200)))
    asked = {
        "point_ids": ["point_1"],
        "format": wire.EXPORT_FORMAT_ARROW_STREAM,
        "known_at": stamp(minutes(300)),
    }
    before = await exported(history, **asked)

    await history.write(a_frame([Reading(1, minutes(7), -1.0)], arrival=minutes(400)))

    assert await exported(history, **asked) == before


async def test_an_export_of_nothing_is_an_empty_table(history: History) -> None:
    await history.write(a_frame([Reading(1, minutes(0), 5.0, REJECTED)]))

    content = await exported(history, point_ids=["point_1"], format=wire.EXPORT_FORMAT_ARROW_STREAM)

    assert pa.ipc.open_stream(content).read_all().num_rows == 0


class Watcher:
    """Reads a watch until told otherwise and remembers the token."""

    def __init__(self, history: History, **more: Any) -> None:
        self._history = history
        self._more = more
        self.token = ""
        self.values: list[float] = []

    async def read(self, wanted: int) -> None:
        """Read on from the token until so many values have come; then hang up."""
        request = wire.WatchRequest(park_id=PARK, resume_token=self.token, **self._more)
        call = self._history.stub.Watch(request, timeout=CALL_S)
        async for response in call:
            self.values += [reading.value for reading in response.readings]
            self.token = response.resume_token
            if len(self.values) >= wanted:
                break
        call.cancel()


async def test_a_watch_that_is_cut_off_again_and_again_sees_every_reading_once_in_order(
    history: History,
) -> None:
    watcher = Watcher(history)
    await watcher.read(0)
    chance = random.Random(1)

    async def write() -> None:
        other = history.another_writer()
        for number in range(60):
            history.writer, other = other, history.writer
            await history.write(a_frame([Reading(1, minutes(number), float(number))]))
            await asyncio.sleep(chance.random() * 0.02)

    writing = asyncio.create_task(write())
    while len(watcher.values) < 60:
        await watcher.read(min(60, len(watcher.values) + chance.randint(1, 9)))
    await writing

    assert watcher.values == [float(number) for number in range(60)]


async def test_concurrent_writers_leave_no_hole_for_a_watcher(history: History) -> None:
    watcher = Watcher(history)
    await watcher.read(0)
    writers = [history.another_writer() for _ in range(3)]

    async def write(point: int) -> None:
        from tests.support.history import received

        for number in range(30):
            reading = Reading(point, minutes(number), float(100 * point + number))
            await writers[point].write([received(a_frame([reading], number=point))])

    async with asyncio.TaskGroup() as group:
        for point in range(3):
            group.create_task(write(point))
        group.create_task(watcher.read(90))

    assert sorted(watcher.values) == sorted(float(100 * p + n) for p in range(3) for n in range(30))


async def test_a_watch_tells_restatements_and_no_repetitions(history: History) -> None:
    watcher = Watcher(history, point_ids=["point_1"], include_rejected=True)
    await watcher.read(0)
    first = a_frame([Reading(1, minutes(0), 5.0), Reading(2, minutes(0), 6.0)])
    await history.write(first)
    await history.write(first)
    await history.write(a_frame([Reading(1, minutes(0), 5.0, REJECTED)], arrival=minutes(9)))
    await history.write(a_frame([Reading(1, minutes(1), 7.0)], arrival=minutes(10)))

    await watcher.read(3)

    assert watcher.values == [5.0, 5.0, 7.0]


async def test_a_heartbeat_comes_although_nothing_does(history: History) -> None:
    call = history.stub.Watch(wire.WatchRequest(park_id=PARK), timeout=CALL_S)

    first, second = [await call.read() for _ in range(2)]
    call.cancel()

    assert first.resume_token == second.resume_token != ""
    assert not second.readings


async def test_a_token_older_than_the_journal_is_refused_with_what_to_do(
    history: History,
) -> None:
    watcher = Watcher(history)
    await watcher.read(0)
    await history.write(a_frame([Reading(1, minutes(0), 1.0)]))
    async with history.database.transaction() as connection:
        await journal.forget_before(connection, datetime.now(UTC) + timedelta(minutes=1))
    await history.write(a_frame([Reading(1, minutes(1), 2.0)]))

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await watcher.read(1)

    assert refused.value.code() is grpc.StatusCode.OUT_OF_RANGE
    assert "GetRange" in refused.value.details()


async def test_a_token_of_another_database_is_refused(history: History) -> None:
    from services.history.messages import resume_token

    watcher = Watcher(history)
    watcher.token = resume_token(10_000, 0)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await watcher.read(1)

    assert refused.value.code() is grpc.StatusCode.OUT_OF_RANGE


async def test_greedy_questions_end_at_their_deadline_and_writing_goes_on(
    history: History,
) -> None:
    await history.write(a_frame(some_readings(3000)))
    lock = "LOCK TABLE history.latest IN ACCESS EXCLUSIVE MODE"
    async with history.database.transaction() as connection:
        await connection.execute(lock)  # whoever asks for the latest waits for this
        asked = wire.GetLatestRequest(park_id=PARK)
        results = await asyncio.gather(
            *(history.stub.GetLatest(asked, timeout=6.0) for _ in range(AT_ONCE + IN_LINE + 5)),
            return_exceptions=True,
        )
    codes = [result.code() for result in results if isinstance(result, grpc.aio.AioRpcError)]
    await history.write(a_frame([Reading(9, minutes(0), 1.0)]))
    answer = await history.stub.GetLatest(asked, timeout=CALL_S)

    assert len(codes) == len(results)
    assert codes.count(grpc.StatusCode.RESOURCE_EXHAUSTED) >= 5
    assert set(codes) <= {grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.DEADLINE_EXCEEDED}
    assert len(answer.readings) == 2


async def test_one_export_too_many_is_refused_and_a_place_is_free_again_afterwards(
    history: History,
) -> None:
    await history.write(a_frame(some_readings(9000)))
    request = wire.ExportRequest(
        park_id=PARK, point_ids=["point_1"], interval=ALWAYS, format=wire.EXPORT_FORMAT_PARQUET
    )
    async with history.database.transaction() as connection:
        await connection.execute("LOCK TABLE history.reading IN ACCESS EXCLUSIVE MODE")
        calls = [history.stub.Export(request, timeout=CALL_S) for _ in range(EXPORTS)]
        while waiting_for_locks(history) < EXPORTS:  # noqa: ASYNC110  another process
            await asyncio.sleep(0.05)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await history.stub.Export(request, timeout=CALL_S).read()
    for call in calls:
        assert (await call.read()).chunk

    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert f"{EXPORTS} calls of the kind 'export'" in refused.value.details()


def waiting_for_locks(history: History) -> int:
    """Return how many questions of this database wait for somebody else's lock."""
    query = """
        SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'
    """
    ((count,),) = history.rows(query)
    return int(count)


async def test_columns_say_the_same_as_messages(history: History) -> None:
    await history.write(a_frame([Reading(p, minutes(p), p + 0.5) for p in range(1, 30)]))

    plain, columns = [
        await history.stub.GetLatest(
            wire.GetLatestRequest(park_id=PARK, as_columns=as_columns), timeout=CALL_S
        )
        for as_columns in (False, True)
    ]

    packed = columns.columns
    index = np.frombuffer(packed.point_index, "<u4")
    assert [packed.point_ids[k] for k in index] == [r.point_id for r in plain.readings]
    assert np.frombuffer(packed.value, "<f8").tolist() == [r.value for r in plain.readings]
    assert np.frombuffer(packed.event_time_us, "<i8").tolist() == [
        r.event_time.ToMicroseconds() for r in plain.readings
    ]


async def test_a_point_named_twice_is_answered_twice_and_counted_once(history: History) -> None:
    await history.write(a_frame(some_readings(30)))
    await history.refresher.refresh_all()
    request = wire.GetAggregateRequest(
        park_id=PARK,
        point_ids=["point_1", "point_1"],
        interval=interval(START, minutes(30)),
        aggregation=wire.AGGREGATION_SUM,
    )
    request.step.FromTimedelta(timedelta(minutes=15))

    answer = await history.stub.GetAggregate(request, timeout=CALL_S)
    found = await range_of(history, ["point_1", "point_1"], START, minutes(30))

    assert [list(series.value) for series in answer.series] == [[105.0, 330.0]] * 2
    assert len(found) == 30


async def test_the_journal_is_cut_short_and_counts_on(history: History) -> None:
    for number in range(3):
        await history.write(a_frame([Reading(1, minutes(number), 1.0)]))
    async with history.database.transaction() as connection:
        await journal.forget_before(connection, datetime.now(UTC) + timedelta(minutes=1))
    await history.write(a_frame([Reading(1, minutes(3), 1.0)]))

    assert await journal.bounds(history.readers) == (4, 4)
    assert [entry.position for entry in await journal.entries_from(history.readers, 4, 9)] == [4]
