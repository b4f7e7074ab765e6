"""Messages that wait for Kafka, given out in handfuls."""

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")

GATHER_S = 0.05
FULL_BATCH = 20  # as many as mosquitto sends ahead of the first acknowledgement
LARGEST_BATCH = 500
MOST_WAITING = 50_000  # of messages that no broker keeps (QoS 0)


class Inbox(Generic[T]):
    """What came and is not acknowledged yet, in order of arrival."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[T] = asyncio.Queue()

    @property
    def is_full(self) -> bool:
        """Whether a message that its sender does not send again has no place any more."""
        return self._messages.qsize() >= MOST_WAITING

    def put(self, message: T) -> None:
        """Take in a message."""
        self._messages.put_nowait(message)

    async def gather(self) -> list[T]:
        """Return what arrives within `GATHER_S` of the next message."""
        batch = [await self._messages.get()]
        try:
            async with asyncio.timeout(GATHER_S):
                while len(batch) < FULL_BATCH:
                    batch.append(await self._messages.get())
        except TimeoutError:
            pass
        while len(batch) < LARGEST_BATCH and not self._messages.empty():
            batch.append(self._messages.get_nowait())
        return batch
