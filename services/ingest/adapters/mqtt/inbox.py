"""Messages that wait for Kafka, given out in handfuls."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar

from services.ingest.adapters.mqtt.session import Received
from services.runtime import metrics
from services.runtime.telemetry import record

T = TypeVar("T")

GATHER_S = 0.05
FULL_BATCH = 20  # as many as mosquitto sends ahead of the first acknowledgement
LARGEST_BATCH, LARGEST_BATCH_BYTES = 500, 16 * 1024 * 1024
MOST_WAITING, MOST_WAITING_BYTES = 50_000, 64 * 1024 * 1024  # of what no broker keeps (QoS 0)


class Inbox(Generic[T]):
    """What came and is not acknowledged yet, in order of arrival.

    What a broker keeps (QoS 1) is bounded by the window it sends ahead of our acknowledgements.
    """

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id
        self._messages: deque[tuple[T, int]] = deque()
        self._more, self._full = asyncio.Event(), asyncio.Event()
        self._bytes = 0

    def refuses(self, message: Received) -> bool:
        """Whether there is no place for a message that nobody sends again; it counts as missing."""
        is_full = len(self._messages) >= MOST_WAITING or self._bytes >= MOST_WAITING_BYTES
        if message.is_kept or not is_full:
            return False
        record(metrics.RECORDS_MISSING, source=self._source_id)
        return True

    def put(self, message: T, size: int) -> None:
        """Take in a message of so many bytes."""
        self._messages.append((message, size))
        self._bytes += size
        self._note()

    async def gather(self) -> list[T]:
        """Return what arrives within `GATHER_S` of the next message."""
        await self._more.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_S):
                await self._full.wait()
        batch: list[T] = []
        size = 0
        while self._messages and len(batch) < LARGEST_BATCH and size < LARGEST_BATCH_BYTES:
            message, bytes_ = self._messages.popleft()
            batch.append(message)
            size += bytes_
        self._bytes -= size
        self._note()
        return batch

    def _note(self) -> None:
        """Set the events as the queue is."""
        for event, count in ((self._more, 1), (self._full, FULL_BATCH)):
            if len(self._messages) >= count:
                event.set()
            else:
                event.clear()
