"""Entries on their way to the disk, and those who wait for them."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from services.ingest.spool.entry import Entry
from services.ingest.spool.log import Streams


@dataclass(frozen=True, slots=True, eq=False)
class Arriving:
    """An entry on its way to the disk; `durable` is set when it is there."""

    entry: Entry
    durable: "asyncio.Future[None]"


@dataclass(slots=True, eq=False)
class Group:
    """What is written together. `bypassed`: Kafka took it from memory, before the disk did.

    Its callers may have gone (cancelled); what they brought goes its way all the same.
    """

    arriving: list[Arriving]
    bypassed: bool = False

    @property
    def entries(self) -> list[Entry]:
        """Return them in the order in which they came."""
        return [one.entry for one in self.arriving]

    @property
    def streams(self) -> Streams:
        """Return how many there are of each topic and key."""
        return Counter(one.entry.stream for one in self.arriving)

    def acknowledge(self) -> None:
        """Answer the callers that still wait."""
        for one in self.arriving:
            if not one.durable.done():
                one.durable.set_result(None)
