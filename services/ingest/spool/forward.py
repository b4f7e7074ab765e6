"""Store and forward: what comes from the field is acknowledged once Kafka *or* the disk has it.

While Kafka answers in time nothing touches the disk. What it does not take in that time, and
whatever follows it under the same key, goes through the disk, so that order per key holds; keys
with nothing on disk go straight to Kafka beside the drain. A frame may reach Kafka twice (late by
the client's own retries and from the disk, or again after a crash), with the same frame id.
"""

import asyncio

from google.protobuf.message import Message

from services.ingest.spool.entry import Entry
from services.ingest.spool.shelf import Shelf
from services.runtime.publishing import Publisher, Sealed
from services.runtime.telemetry import log_for
from services.runtime.topics import Topic

log = log_for(__name__)


class StoreAndForward:
    """For field adapters, whose devices may not remember. Run `drain` beside it."""

    def __init__(self, publisher: Publisher, shelf: Shelf) -> None:
        self._publisher, self._shelf = publisher, shelf
        self._is_away = shelf.frames > 0

    async def publish(self, topic: Topic, key: str, message: Message) -> None:
        """Return once Kafka or the disk has the message; waits while neither can take it."""
        sealed = self._publisher.seal(topic, key, message)
        if self._goes_straight(topic, key) and await self._is_taken(sealed):
            return
        await self._shelf.put(sealed)

    def _goes_straight(self, topic: Topic, key: str) -> bool:
        return not self._is_away and not self._shelf.is_behind((topic.name, key))

    async def _is_taken(self, sealed: Sealed) -> bool:
        try:
            async with asyncio.timeout(self._shelf.rules.patience_s):
                await self._publisher.publish_sealed([sealed])
        except TimeoutError:
            if not self._is_away:
                log.warning("spool_fills", patience_s=self._shelf.rules.patience_s)
            self._is_away = True
            return False
        return True

    async def drain(self) -> None:
        """Hand over to Kafka what is on disk, oldest first, for ever.

        While Kafka is away a single entry is offered; its acceptance says that Kafka is back. What
        the disk would not take goes directly.
        """
        while True:
            await self._shelf.wait_for_any()
            if stuck := self._shelf.stuck:
                await self._publisher.publish_sealed([_sealed(entry) for entry in stuck.entries])
                await self._shelf.bypass(stuck)
            else:
                await self._drain_some()
            self._is_away = False

    async def _drain_some(self) -> None:
        batch = await (self._shelf.front(1) if self._is_away else self._shelf.front())
        await self._publisher.publish_sealed([_sealed(entry) for entry, _ in batch])
        await self._shelf.release(batch)
        if self._is_away:
            log.info("spool_drains", frames=self._shelf.frames, bytes=self._shelf.size_bytes)


class Straight:
    """For callers who repeat what was not answered (Push): only Kafka will do.

    What is on disk under the same key goes first.
    """

    def __init__(self, publisher: Publisher, shelf: Shelf) -> None:
        self._publisher, self._shelf = publisher, shelf

    async def publish(self, topic: Topic, key: str, message: Message) -> None:
        """Return once Kafka has the message."""
        await self._shelf.wait_until_through((topic.name, key))
        await self._publisher.publish(topic, key, message)


def _sealed(entry: Entry) -> Sealed:
    return Sealed(entry.topic, entry.key, entry.value, list(entry.headers))
