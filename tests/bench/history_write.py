"""Frames into history's tables, against one raw binary COPY of the same rows.

The reference has no key, no index and no `latest`: it is what the server needs to take the bytes.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from services.demo.stack import Postgres
from services.demo.stack.ports import free_port
from services.history.domain.layout import READING
from services.history.domain.standing import concatenate
from services.history.messages import rows_of
from services.history.store import ReadingStore
from services.history.stream import HistoryWriter
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from services.runtime.frames import Frame, message_from
from services.runtime.received import Received
from services.runtime.topics import READINGS
from tests.bench.measure import Result
from tests.support.stack import a_state_folder, started

POINTS = 200
FRAMES = 1_000  # one a minute: 200,000 rows over 17 hours
BATCH = 100
BEGIN_US = int(datetime(2019, 6, 3, tzinfo=UTC).timestamp()) * 1_000_000


def run() -> tuple[list[Result], str]:
    """Return rows a second, fresh and written again."""
    with a_state_folder() as folder:
        postgres = Postgres(folder, port=free_port())
        with started(postgres):
            return asyncio.run(_measured(postgres.create_database("bench"))), ""


async def _measured(url: str) -> list[Result]:
    await migrate("history", url)
    database = Database("history", url)
    await database.start()
    try:
        frames = [a_frame(number) for number in range(FRAMES)]
        batches = [_batch(frames[at : at + BATCH]) for at in range(0, FRAMES, BATCH)]
        writer = HistoryWriter(database, ReadingStore(database), ParkClock.wall())
        raw_s = await _raw_copy_s(database, frames)
        fresh_s = await _write_s(writer, batches)
        again_s = await _write_s(writer, batches)
    finally:
        await database.stop()
    rows = POINTS * FRAMES
    note = f"{rows:,} rows in batches of {BATCH * POINTS:,}; keys, latest and duplicates kept right"
    against = "one raw COPY"
    return [
        Result("history: fresh rows", rows / fresh_s, rows / raw_s, "rows/s", against, note),
        Result("history: the same again", rows / again_s, rows / raw_s, "rows/s", against),
    ]


async def _write_s(writer: HistoryWriter, batches: list[list[Received[Any]]]) -> float:
    began = time.perf_counter()
    for batch in batches:
        await writer.write(batch)
    return time.perf_counter() - began


async def _raw_copy_s(database: Database, frames: list[Frame]) -> float:
    numbers = np.arange(POINTS, dtype=np.int32)
    rows = concatenate([rows_of(frame, numbers, 1) for frame in frames])
    async with database.transaction() as connection:
        await connection.execute("CREATE TABLE raw_copy (LIKE latest)")
        began = time.perf_counter()
        async with (
            connection.cursor() as cursor,
            cursor.copy("COPY raw_copy FROM STDIN (FORMAT binary)") as copy,
        ):
            await copy.write(READING.copied(rows.columns()))
    return time.perf_counter() - began


def _batch(frames: list[Frame]) -> list[Received[Any]]:
    return [Received(message_from(frame), READINGS.name, 0, 0, "") for frame in frames]


def a_frame(minute: int) -> Frame:
    """Return one minute of POINTS points."""
    at_us = BEGIN_US + minute * 60_000_000
    rng = np.random.default_rng(minute)
    return Frame(
        park_id="demo-park",
        source_id="mqtt-site",
        frame_id=f"bench/{minute}",
        arrival_time=datetime.fromtimestamp(at_us / 1e6, UTC) + timedelta(seconds=1),
        point_ids=tuple(f"meter_{k:03}.active_power_w" for k in range(POINTS)),
        point_index=np.arange(POINTS, dtype=np.uint32),
        event_time_us=np.full(POINTS, at_us, np.int64),
        value=rng.normal(1000, 100, POINTS),
        verdict=np.ones(POINTS, np.uint8),
        doubt=np.zeros(POINTS, np.uint8),
    )
