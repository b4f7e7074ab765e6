"""Batches of messages into the database: few transactions a batch, offsets afterwards."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from services.history.energy_store import EnergyStore
from services.history.messages import rows_of, words_of
from services.history.results import write_results
from services.history.store import ReadingStore
from services.runtime import metrics, spans
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.frames import Frame, frame_from
from services.runtime.interval_frames import IntervalFrame, interval_frame_from
from services.runtime.received import Received
from services.runtime.telemetry import batch_span, record
from services.runtime.topics import INTERVALS, READINGS

ROWS_A_TRANSACTION = 250_000
"""Several readings of each of 50,000 points, since `latest` is written once a point; little enough
for memory (some 100 MB) and for those who wait."""
F = TypeVar("F", Frame, IntervalFrame)


class HistoryWriter:
    """Writes what the topics bring."""

    def __init__(
        self, database: Database, store: ReadingStore, energies: EnergyStore, clock: ParkClock
    ) -> None:
        self._database = database
        self._store = store
        self._energies = energies
        self._clock = clock

    async def write(self, batch: list[Received[Any]]) -> None:
        """Write one batch; returns when the database has it. Repeating it changes nothing."""
        frames = [frame_from(one.message) for one in batch if one.topic == READINGS.name]
        changed = [interval_frame_from(one.message) for one in batch if one.topic == INTERVALS.name]
        results = [one for one in batch if one.topic not in (READINGS.name, INTERVALS.name)]
        contexts = [received.context for received in batch]
        with batch_span(spans.WRITE, contexts, messages=len(batch)):
            for part in _parts(frames):
                await self._write_frames(part)
            for quarters in _parts(changed):
                await self._write_energies(quarters)
            if results:
                async with self._database.transaction() as connection:
                    await write_results(connection, results)
        self._measure(frames)

    async def _write_frames(self, frames: list[Frame]) -> None:
        await self._store.learn(frames)
        rows = rows_of(frames, *await self._store.numbers(frames))
        if not len(rows):
            return
        async with self._database.transaction() as connection:
            changed = await self._store.write(connection, rows)
        self._store.committed(rows)
        _count("reading", len(rows), changed)

    async def _write_energies(self, frames: list[IntervalFrame]) -> None:
        await self._store.learn(frames)
        words = words_of(frames, *await self._store.numbers(frames))
        if not len(words):
            return
        async with self._database.transaction() as connection:
            changed = await self._energies.write(connection, words)
        _count("energy", len(words), changed)

    def _measure(self, frames: list[Frame]) -> None:
        """Observe the wall time from arrival at ingest to the committed row."""
        now = self._clock.at_wall(time.time())
        for frame in frames:
            wall = self._clock.wall_seconds(now - frame.arrival_time)
            record(metrics.STAGE_LATENCY, max(0.0, wall), stage="history")


def _count(relation: str, rows: int, changed: int) -> None:
    record(metrics.ROWS_WRITTEN, changed, relation=relation)
    record(metrics.ROWS_REPEATED, rows - changed, relation=relation)


def _parts(frames: Sequence[F]) -> Iterator[list[F]]:
    """Yield the frames in order, as many at a time as make one transaction."""
    part: list[F] = []
    rows = 0
    for frame in frames:
        if part and rows + len(frame) > ROWS_A_TRANSACTION:
            yield part
            part, rows = [], 0
        part.append(frame)
        rows += len(frame)
    if part:
        yield part
