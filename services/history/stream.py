"""Batches of messages into the database: one transaction a batch, offsets afterwards."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.history.domain.standing import concatenate
from services.history.messages import numbered, rows_of
from services.history.results import write_results
from services.history.store import ReadingStore
from services.runtime import metrics, spans
from services.runtime.clock import ParkClock
from services.runtime.database import Connection, Database
from services.runtime.frames import Frame, frame_from
from services.runtime.received import Received
from services.runtime.telemetry import batch_span, record
from services.runtime.topics import READINGS


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
        rows = None
        contexts = [received.context for received in batch]
        with batch_span(spans.WRITE, contexts, messages=len(batch)), self._names_that_stand():
            async with self._database.transaction() as connection:
                if frames:
                    rows = concatenate([await self._rows(connection, frame) for frame in frames])
                    changed = await self._store.write(connection, rows) if len(rows) else 0
                    _count(changed, len(rows))
                if results:
                    await write_results(connection, results)
        if rows is not None:
            self._store.committed(rows)
        self._measure(frames)

    @contextmanager
    def _names_that_stand(self) -> Iterator[None]:
        """Forget the numbers of names when the transaction that gave them does not end well."""
        try:
            yield
        except BaseException:
            self._store.rolled_back()
            raise

    async def _rows(self, connection: Connection, frame: Frame) -> Any:
        points = await self._store.points.numbers(connection, frame.park_id, frame.point_ids)
        sources = await self._store.sources.numbers(connection, frame.park_id, [frame.source_id])
        return rows_of(frame, numbered(frame.point_ids, points), sources[frame.source_id])

    def _measure(self, frames: list[Frame]) -> None:
        """Observe the wall time from arrival at ingest to the committed row."""
        now = self._clock.at_wall(time.time())
        for frame in frames:
            wall = self._clock.wall_seconds(now - frame.arrival_time)
            record(metrics.STAGE_LATENCY, max(0.0, wall), stage="history")


def _count(changed: int, total: int) -> None:
    record(metrics.ROWS_WRITTEN, changed, relation="reading")
    record(metrics.ROWS_REPEATED, total - changed, relation="reading")
