"""The one way every reading takes: looked at, published as it is, acknowledged.

What `take` returned for is in Kafka, or on disk in front of it; a caller acknowledges to the field
only after that. Frames of one source follow each other; sources do not wait for one another.
"""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from services.energy.names import PerNames
from services.energy.site import Park
from services.energy.time_grid import to_microseconds
from services.ingest.domain.batch import Batch
from services.ingest.domain.first_look import Border
from services.runtime import metrics
from services.runtime.clock import ParkClock
from services.runtime.columns import EARLIEST_US, LATEST_US, named_rows
from services.runtime.publishing import Publishes
from services.runtime.raw_frames import RawFrame, raw_message_from
from services.runtime.telemetry import record
from services.runtime.topics import RAW

MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Readings that are in Kafka; `doubt` is what could be said of each at once."""

    batch: Batch
    doubt: npt.NDArray[np.uint8]


class Intake:
    """Publishes what the field sends; holds nothing."""

    def __init__(self, park: Park, clock: ParkClock, publisher: Publishes) -> None:
        self._park_id, self._clock = park.id, clock
        self._publisher = publisher
        self._border = Border.of(park.points, park.telemetry)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(
        self, batch: Batch, key: str = "", through: Publishes | None = None
    ) -> list[Taken]:
        """Publish `batch` and return, once Kafka (or `through`) has it, what can be told of it.

        `key` is the sender's idempotency key; without one the content is its own key.
        """
        publisher = through or self._publisher
        turn = self._turns.setdefault(batch.source_id, asyncio.Lock())
        async with turn:
            return [await self._take_part(*part, publisher) for part in _parts(batch, key)]

    async def _take_part(self, batch: Batch, frame_id: str, publisher: Publishes) -> Taken:
        began, arrival = time.monotonic(), self._clock.now()
        doubt = self._border.look(batch, now_us=to_microseconds(arrival))
        frame = raw_frame_of(self._park_id, batch, frame_id, arrival)
        key = f"{self._park_id}/{batch.source_id}"
        await publisher.publish(RAW, key, raw_message_from(frame))
        record(metrics.STAGE_LATENCY, time.monotonic() - began, stage="published")
        record(metrics.READINGS_TAKEN, len(batch))
        return Taken(batch, doubt)


def raw_frame_of(park_id: str, batch: Batch, frame_id: str, arrival: datetime) -> RawFrame:
    """Return the frame of a batch; a stamp beyond the calendar becomes its nearest end."""
    point_ids, point_index = named_rows(batch.point_ids, batch.point_index)
    return RawFrame(
        park_id=park_id,
        source_id=batch.source_id,
        frame_id=frame_id,
        arrival_time=arrival,
        point_ids=point_ids,
        point_index=point_index,
        event_time_us=np.clip(batch.event_time_us, EARLIEST_US, LATEST_US),
        value=batch.value,
        quality=batch.quality,
    )


def _parts(batch: Batch, key: str) -> Iterator[tuple[Batch, str]]:
    """Yield at most `MOST_ROWS` readings at a time with the id of their frame."""
    for start in range(0, len(batch), MOST_ROWS):
        part = batch.rows(start, start + MOST_ROWS)
        content = f"{key}|{start}".encode() if key else content_of(part)
        yield part, hashlib.sha256(f"{batch.source_id}|".encode() + content).hexdigest()[:32]


def content_of(batch: Batch) -> bytes:
    """Return bytes that are the same for the same readings in the same order."""
    columns = (batch.point_index, batch.event_time_us, batch.value, batch.quality)
    content = hashlib.sha256(_digest_of(batch.point_ids))
    for column in columns:
        content.update(column.tobytes())
    return content.digest()


_digest_of = PerNames(lambda names: hashlib.sha256("\n".join(names).encode()).digest())
