"""The one way every reading takes: judged, published, and only then remembered and shown.

What `take` returned for is in Kafka, or on disk in front of it; a caller acknowledges to the field
only after that. Frames of one source follow each other; sources do not wait for one another.
"""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from datetime import datetime
from weakref import WeakValueDictionary

import numpy as np

from services.energy.readings import Doubt, Verdict
from services.energy.site import Park
from services.energy.time_grid import to_microseconds
from services.ingest.domain.batch import Batch
from services.ingest.domain.judging import Judgement, StampRules, judge, remember
from services.ingest.domain.memory import Memory
from services.ingest.domain.points import PointTable
from services.ingest.live import Live
from services.runtime import metrics
from services.runtime.clock import ParkClock
from services.runtime.frames import EARLIEST_US, LATEST_US, Frame, message_from
from services.runtime.publishing import Publishes
from services.runtime.telemetry import record
from services.runtime.topics import READINGS

MOST_ROWS = 10_000


class Intake:
    """Judges and publishes; the holder of the judging memory."""

    def __init__(self, park: Park, clock: ParkClock, publisher: Publishes, live: Live) -> None:
        self._park, self._clock = park, clock
        self._publisher, self._live = publisher, live
        self._points = PointTable.of(park.points)
        self._memory = Memory(len(self._points))
        self._rules = StampRules(
            int(park.telemetry.future_tolerance.total_seconds() * 1e6),
            int(park.telemetry.oldest.total_seconds() * 1e6),
        )
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(
        self, batch: Batch, key: str = "", through: Publishes | None = None
    ) -> list[Judgement]:
        """Judge `batch` and return the judgements once Kafka (or `through`) has the frames.

        `key` is the sender's idempotency key; without one the content is its own key.
        """
        publisher = through or self._publisher
        turn = self._turns.setdefault(batch.source_id, asyncio.Lock())
        async with turn:
            return [await self._take_part(*part, publisher) for part in _parts(batch, key)]

    async def _take_part(self, batch: Batch, frame_id: str, publisher: Publishes) -> Judgement:
        began, arrival = time.monotonic(), self._clock.now()
        judgement = judge(
            self._memory, batch, self._points, self._rules, now_us=to_microseconds(arrival)
        )
        frame = frame_of(self._park.id, judgement, frame_id, arrival)
        if len(frame):
            name = f"{self._park.id}/{batch.source_id}"
            await publisher.publish(READINGS, name, message_from(frame))
            record(metrics.STAGE_LATENCY, time.monotonic() - began, stage="published")
        remember(self._memory, judgement)
        self._live.show(frame)
        _count(judgement)
        return judgement

    def recall(self, frame: Frame) -> None:
        """Take in a frame of the log, so that a restart forgets nothing recent."""
        if frame.park_id != self._park.id:
            return
        rows = self._points.rows_of(frame.point_ids)[frame.point_index]
        mask = frame.believed & (rows >= 0)
        self._memory.remember(rows[mask], frame.event_time_us[mask], frame.value[mask])
        self._live.recall(frame)


def frame_of(park_id: str, judgement: Judgement, frame_id: str, arrival: datetime) -> Frame:
    """Return the frame of the rows that are kept."""
    batch, kept = judgement.batch, judgement.kept
    used, index = np.unique(batch.point_index[kept], return_inverse=True)
    value = batch.value[kept]
    return Frame(
        park_id=park_id,
        source_id=batch.source_id,
        frame_id=frame_id,
        arrival_time=arrival,
        point_ids=tuple(batch.point_ids[i] for i in used),
        point_index=index.astype(np.uint32),
        event_time_us=np.clip(batch.event_time_us[kept], EARLIEST_US, LATEST_US),
        value=np.where(np.isfinite(value), value, np.nan),
        verdict=judgement.verdict[kept],
        doubt=judgement.doubt[kept],
    )


def _parts(batch: Batch, key: str) -> Iterator[tuple[Batch, str]]:
    """Yield at most `MOST_ROWS` readings at a time with the id of their frame."""
    for start in range(0, len(batch), MOST_ROWS):
        part = batch.rows(start, start + MOST_ROWS)
        content = f"{key}|{start}".encode() if key else content_of(part)
        yield part, hashlib.sha256(f"{batch.source_id}|".encode() + content).hexdigest()[:32]


def content_of(batch: Batch) -> bytes:
    """Return bytes that are the same for the same readings in the same order."""
    columns = (batch.point_index, batch.event_time_us, batch.value)
    names = "\n".join(batch.point_ids).encode()
    return hashlib.sha256(names + b"".join(c.tobytes() for c in columns)).digest()


def _count(judgement: Judgement) -> None:
    pairs = judgement.verdict.astype(np.uint16) * 256 + judgement.doubt
    for pair, count in zip(*np.unique(pairs, return_counts=True), strict=True):
        verdict, doubt = Verdict(int(pair) >> 8), Doubt(int(pair) & 255)
        record(metrics.READINGS, int(count), verdict=verdict.name.lower(), doubt=doubt.name.lower())
