"""The job that keeps the rollups equal to the readings: touched windows, within seconds.

A round takes the windows of one shard off the queue, rolls them up anew from the readings and
writes them, in one transaction: cut off anywhere, it is as if it had not begun. Any number of
workers may run; each shard has one at a time.
"""

import asyncio
import time
from zoneinfo import ZoneInfo

from services.history import queue, rollups
from services.history.bulk import UNLIMITED
from services.history.domain.touched import Windows
from services.runtime import metrics
from services.runtime.database import Connection, Database
from services.runtime.patience import patiently, waits
from services.runtime.progress import Stage
from services.runtime.telemetry import record

IDLE_S = 0.5
REST = 2.0
"""A round is followed by twice its time: writers and readers get at least two thirds."""
_FINAL_BEFORE = "SELECT extract(epoch FROM raw_from)::float8 FROM horizon"


class Refresher:
    """Rolls up what the queue names."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database = database
        self._zone = zone

    async def keep_refreshing(self, stage: Stage) -> None:
        """Refresh for ever, as fast as touched windows come, at a third of the time at most."""
        waits.set(stage.move)
        while True:
            began = time.monotonic()
            count = await patiently(self.refresh_some, "database")
            stage.move()
            took_s = time.monotonic() - began
            await asyncio.sleep(took_s * REST if count else IDLE_S)

    async def refresh_all(self) -> int:
        """Refresh until nothing waits; return how many windows that were."""
        total = 0
        while count := await self.refresh_some():
            total += count
        return total

    async def refresh_some(self) -> int:
        """Refresh one round and return how many windows; 0 when nothing waits."""
        async with self._database.transaction() as connection:
            record(metrics.ROLLUP_LAG, await queue.lag_s(connection))
            shard = await queue.claim(connection)
            if shard is None:
                return 0
            windows = await queue.take(connection, shard)
            if len(open_ := await self._not_final(connection, windows)):
                if self._database.abilities.timescaledb is None:
                    await rollups.prepare(connection, open_)
                else:
                    await connection.execute(UNLIMITED)  # old windows lie in packed chunks
                await rollups.refresh(connection, open_, self._zone)
        record(metrics.WINDOWS_ROLLED_UP, len(open_))
        return len(windows)

    async def _not_final(self, connection: Connection, windows: Windows) -> Windows:
        """Return the windows whose readings are all still there."""
        cursor = await connection.execute(_FINAL_BEFORE)
        row = await cursor.fetchone()
        if row is None or row[0] == float("-inf"):
            return windows
        return windows.take(windows.start_us >= int(row[0] * 1_000_000))
