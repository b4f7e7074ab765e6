"""Batches of messages into the database: few transactions a batch, offsets afterwards."""

import time
from collections.abc import Iterator
from typing import Any

from services.history.domain.standing import Rows, concatenate
from services.history.messages import rows_of
from services.history.results import write_results
from services.history.store import ReadingStore
from services.runtime import metrics, spans
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.frames import Frame, frame_from
from services.runtime.received import Received
from services.runtime.telemetry import batch_span, record
from services.runtime.topics import READINGS

ROWS_A_TRANSACTION = 250_000
"""Several readings of each of 50,000 points, since `latest` is written once a point; little enough
for memory (some 100 MB) and for those who wait."""


class HistoryWriter:
    """Writes what the topics bring."""

    def __init__(self, database: Database, store: ReadingStore, clock: ParkClock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    async def write(self, batch: list[Received[Any]]) -> None:
        """Write one batch; returns when the database has it. Repeating it changes nothing."""
        readings = [received for received in batch if received.topic == READINGS.name]
        results = [received for received in batch if received.topic != READINGS.name]
        frames = [frame_from(received.message) for received in readings]
        contexts = [received.context for received in batch]
        with batch_span(spans.WRITE, contexts, messages=len(batch)):
            for part in _parts(frames):
                await self._write_frames(part)
            if results:
                async with self._database.transaction() as connection:
                    await write_results(connection, results)
        self._measure(frames)

    async def _write_frames(self, frames: list[Frame]) -> None:
        await self._store.learn(frames)
        rows = concatenate([await self._rows(frame) for frame in frames])
        if not len(rows):
            return
        async with self._database.transaction() as connection:
            changed = await self._store.write(connection, rows)
        self._store.committed(rows)
        record(metrics.ROWS_WRITTEN, changed, relation="reading")
        record(metrics.ROWS_REPEATED, len(rows) - changed, relation="reading")

    async def _rows(self, frame: Frame) -> Rows:
        points = await self._store.points.numbers(frame.park_id, frame.point_ids)
        (source,) = await self._store.sources.numbers(frame.park_id, [frame.source_id])
        return rows_of(frame, points, int(source))

    def _measure(self, frames: list[Frame]) -> None:
        """Observe the wall time from arrival at ingest to the committed row."""
        now = self._clock.at_wall(time.time())
        for frame in frames:
            wall = self._clock.wall_seconds(now - frame.arrival_time)
            record(metrics.STAGE_LATENCY, max(0.0, wall), stage="history")


def _parts(frames: list[Frame]) -> Iterator[list[Frame]]:
    """Yield the frames in order, as many at a time as make one transaction."""
    part: list[Frame] = []
    rows = 0
    for frame in frames:
        if part and rows + len(frame) > ROWS_A_TRANSACTION:
            yield part
            part, rows = [], 0
        part.append(frame)
        rows += len(frame)
    if part:
        yield part
