"""Pushed readings of the past go in at a pace that leaves live ones undisturbed.

Everything behind Kafka takes frames in the order of the log: a day of backfill that came in at once
would stand before whatever comes live. So batches that are older than live ones can be wait here
for each other, in the order they came; their callers wait for the answer, nobody else does.
"""

import asyncio

from services.energy.time_grid import to_microseconds
from services.ingest.domain.batch import Batch
from services.runtime.clock import ParkClock

LIVE_WITHIN_US = 300_000_000
BACKFILL_PER_S = 10_000.0
"""Readings of the past a second of wall time: a tenth of what the whole path carries on two cores
(docs/performance.md, `pipeline.backfill`); a day of 10,000 points in quarter hours takes 96 s."""


class Pace:
    """Lets batches of the past in, `per_s` readings a second; live ones pass."""

    def __init__(self, clock: ParkClock, per_s: float = BACKFILL_PER_S) -> None:
        if per_s <= 0:
            raise ValueError(f"a pace of {per_s:g} readings a second lets nothing in; use more")
        self._clock, self._per_s = clock, per_s
        self._turn = asyncio.Lock()
        self._free_at = 0.0

    async def wait(self, batch: Batch) -> None:
        """Return when the batch may go in; a wait that is cancelled has cost nobody anything."""
        if not self.is_past(batch):
            return
        loop = asyncio.get_running_loop()
        async with self._turn:
            await asyncio.sleep(max(0.0, self._free_at - loop.time()))
            self._free_at = loop.time() + len(batch) / self._per_s

    def is_past(self, batch: Batch) -> bool:
        """Whether even the newest reading is too old to be a live one (park time)."""
        now_us = to_microseconds(self._clock.now())
        return int(batch.event_time_us.max()) < now_us - LIVE_WITHIN_US
