"""Frames into history's tables, against one raw binary COPY of the same rows into the same table.

Frames with 200 and with 10,000 readings, of 10,000 points read every ten seconds. The reference has
the same key and the same partitions and does nothing but COPY, in transactions of the same size.
Measured are decoding, deciding what stands, rows, `latest`, the windows to roll up and the journal;
then the same again, when every row is there already; and the way from Kafka, with the broker on
the same two cores.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from aiokafka import AIOKafkaProducer

from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from services.demo.stack import Kafka, Postgres
from services.demo.stack.ports import free_port
from services.history import partitions
from services.history.bulk import copy_into
from services.history.domain.layout import READING
from services.history.domain.standing import Rows, concatenate
from services.history.messages import rows_of
from services.history.stream import ROWS_A_TRANSACTION
from services.runtime.clock import ParkClock
from services.runtime.consuming import consume_in_bulk
from services.runtime.database import Database, migrate
from services.runtime.frames import Frame, message_from
from services.runtime.progress import Stage
from services.runtime.publishing import DeadLetterOffice, Publisher
from services.runtime.received import Received
from services.runtime.topics import READINGS, create_missing
from tests.bench.measure import Result
from tests.support.history_service import a_writer
from tests.support.stack import a_state_folder, started

POINTS = 10_000
ROUNDS = 40  # 400,000 rows over some minutes
SIZES = (200, 10_000)
TURNS = 3
BATCH_MESSAGES = 500  # as many as history takes at once
BEGIN_US = int(datetime(2019, 6, 3, tzinfo=UTC).timestamp()) * 1_000_000
AGAINST = "one raw COPY into the same table"


def run() -> tuple[list[Result], str]:
    """Return rows a second: fresh, written again, and from Kafka."""
    with a_state_folder() as folder:
        postgres = Postgres(folder, port=free_port())
        kafka = Kafka(folder, port=free_port(), controller_port=free_port())
        with started(postgres):
            results = asyncio.run(_measured(postgres))
            with started(kafka):
                results += asyncio.run(_from_kafka(postgres, kafka, results[0].reference))
    return results, ""


async def _measured(postgres: Postgres) -> list[Result]:
    """Take the best of each by turns: whatever else the machine does, it does to all."""
    rows, taken_s = POINTS * ROUNDS, defaultdict[str, list[float]](list)
    for turn in range(TURNS):
        taken_s["raw"].append(await _raw_copy_s(postgres.create_database(f"raw_{turn}")))
        for size in SIZES:
            messages = [message.SerializeToString() for message in _messages(size)]
            async with _Opened(postgres.create_database(f"frames_{size}_{turn}")) as database:
                taken_s[f"fresh rows, frames of {size:,}"].append(
                    await _write_s(database, messages)
                )
                taken_s[f"the same again, frames of {size:,}"].append(
                    await _write_s(database, messages)
                )
    raw = rows / min(taken_s.pop("raw"))
    note = f"{rows:,} rows, best of {TURNS}"
    return [
        _result(f"history: {what}", rows / min(times), raw, note) for what, times in taken_s.items()
    ]


async def _from_kafka(postgres: Postgres, kafka: Kafka, raw: float) -> list[Result]:
    await create_missing(kafka.address)
    messages = [message.SerializeToString() for message in _messages(200)]
    await _publish(kafka.address, messages)
    async with _Opened(postgres.create_database("from_kafka")) as database:
        took_s = await _consume_s(database, kafka.address)
    return [_result("history: Kafka to rows, frames of 200", POINTS * ROUNDS / took_s, raw)]


def _result(what: str, measured: float, raw: float, note: str = "") -> Result:
    return Result(what, measured, raw, "rows/s", AGAINST, note)


class _Opened:
    """A database with history's schema."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __aenter__(self) -> Database:
        await migrate("history", self._url)
        self._database = Database("history", self._url)
        await self._database.start()
        return self._database

    async def __aexit__(self, *_: object) -> None:
        await self._database.stop()


async def _write_s(database: Database, messages: list[bytes]) -> float:
    """Let a writer that remembers nothing take the messages in batches."""
    writer = a_writer(database)
    began = time.perf_counter()
    for at in range(0, len(messages), BATCH_MESSAGES):
        await writer.write(
            [
                Received(ReadingFrame.FromString(message), READINGS.name, 0, 0, "")
                for message in messages[at : at + BATCH_MESSAGES]
            ]
        )
    return time.perf_counter() - began


async def _consume_s(database: Database, bootstrap: str) -> float:
    """Let history consume everything, and stop the clock at the first row and the last."""
    writer = a_writer(database)
    done = asyncio.Event()
    began = left = 0.0
    seen = 0

    async def handle(batch: list[Received[Any]]) -> None:
        nonlocal began, left, seen
        began = began or time.perf_counter()
        await writer.write(batch)
        seen += len(batch)
        left = time.perf_counter()
        if seen * 200 >= POINTS * ROUNDS:
            done.set()

    publisher = Publisher("bench", bootstrap, {})
    consuming = asyncio.create_task(
        consume_in_bulk(
            [READINGS],
            handle,
            service="bench",
            bootstrap=bootstrap,
            security={},
            dead_letters=DeadLetterOffice("history", publisher, ParkClock.wall()),
            stage=Stage("bench"),
        )
    )
    await asyncio.wait_for(done.wait(), 120)
    consuming.cancel()
    await asyncio.gather(consuming, return_exceptions=True)
    return left - began


async def _publish(bootstrap: str, messages: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=1 << 20)
    await producer.start()
    for number, message in enumerate(messages):
        await producer.send(READINGS.name, message, key=f"demo-park/source-{number % 50}".encode())
    await producer.stop()


async def _raw_copy_s(url: str) -> float:
    numbers = np.arange(1, POINTS + 1, dtype=np.int32)
    rounds = [rows_of([frame], [numbers], [1]) for frame in _frames(POINTS)]
    size = ROWS_A_TRANSACTION // POINTS
    parts = [concatenate(rounds[at : at + size]).by_key() for at in range(0, ROUNDS, size)]
    async with _Opened(url) as database:
        async with database.transaction() as connection:
            await partitions.ensure(connection, [partitions.READING], parts[0].event_time_us)
        return await _copied_s(database, parts)


async def _copied_s(database: Database, parts: list[Rows]) -> float:
    began = time.perf_counter()
    for rows in parts:
        async with database.transaction() as connection:
            await copy_into(connection, "reading", READING, rows.columns())
    return time.perf_counter() - began


def _messages(size: int) -> Iterator[ReadingFrame]:
    return (message_from(frame) for frame in _frames(size))


def _frames(size: int) -> Iterator[Frame]:
    """Yield the readings of all points every ten seconds, `size` of them a frame and source."""
    for number in range(ROUNDS):
        at_us = BEGIN_US + number * 10_000_000
        for first in range(0, POINTS, size):
            yield _frame(number, first, size, at_us)


def _frame(number: int, first: int, size: int, at_us: int) -> Frame:
    rng = np.random.default_rng(number)
    return Frame(
        park_id="demo-park",
        source_id=f"source-{first // size}",
        frame_id=f"bench/{first}/{number}",
        arrival_time=datetime.fromtimestamp(at_us / 1e6, UTC) + timedelta(seconds=1),
        point_ids=tuple(f"meter_{k:05}.active_power_w" for k in range(first, first + size)),
        point_index=np.arange(size, dtype=np.uint32),
        event_time_us=np.full(size, at_us, np.int64),
        value=rng.normal(1000, 100, size),
        verdict=np.ones(size, np.uint8),
        doubt=np.zeros(size, np.uint8),
    )
