"""Publishes what the database has and Kafka has not, in the order it came about."""

import asyncio
import contextlib

from services.alerting.messages import message_from
from services.alerting.store import IncidentStore
from services.runtime.patience import patiently
from services.runtime.publishing import Publisher
from services.runtime.topics import INCIDENTS

LARGEST_BATCH = 200
LOOK_AGAIN_S = 5.0


class Outbox:
    """Drains unpublished revisions; a crash between Kafka and the mark publishes one twice."""

    def __init__(
        self, store: IncidentStore, publisher: Publisher, park_id: str, has_news: asyncio.Event
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._park_id = park_id
        self._has_news = has_news

    async def run(self) -> None:
        """Publish whenever there is news, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self._has_news.wait()
            self._has_news.clear()
            await patiently(self.drain, "database")

    async def drain(self) -> None:
        """Publish everything that is unpublished now."""
        while revisions := await self._store.unpublished(LARGEST_BATCH):
            await self._publisher.publish_all(
                INCIDENTS,
                [
                    (f"{self._park_id}/{incident.id}", message_from(incident, self._park_id))
                    for incident in revisions
                ],
            )
            await self._store.mark_published(revisions)
