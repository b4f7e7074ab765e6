"""Writing behind the control cycle: kept in order, however long the database is away."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from services.runtime.database import Connection, Database
from services.runtime.patience import patiently
from services.runtime.progress import Stage

Write = Callable[[Connection], Awaitable[None]]
AT_ONCE = 500
# At one cycle a second this is hours; beyond it the oldest writes would only fill the memory.
MOST_WAITING = 50_000


class Journal:
    """A queue of idempotent writes and the task that makes them."""

    def __init__(self, database: Database, stage: Stage | None = None) -> None:
        self._database = database
        self._stage = stage
        self._waiting: deque[Write] = deque(maxlen=MOST_WAITING)
        self._more = asyncio.Event()
        self._writing = asyncio.Lock()

    @property
    def waiting(self) -> int:
        """How many writes are still to be made."""
        return len(self._waiting)

    def add(self, write: Write) -> None:
        """Queue a write; returns at once."""
        self._waiting.append(write)
        self._more.set()

    async def run(self) -> None:
        """Write for ever, many in one transaction, waiting while the database is away."""
        while True:
            await self._more.wait()
            self._more.clear()
            await self.flush()

    async def flush(self) -> None:
        """Write what waits now."""
        async with self._writing:
            while self._waiting:
                batch = [self._waiting[k] for k in range(min(AT_ONCE, len(self._waiting)))]
                await patiently(lambda: self._write(batch), "database")  # noqa: B023
                for written in batch:  # those that had to give way to newer ones are gone already
                    if self._waiting and self._waiting[0] is written:
                        self._waiting.popleft()
                if self._stage is not None:
                    self._stage.move()

    async def _write(self, batch: list[Write]) -> None:
        async with self._database.transaction() as connection:
            for write in batch:
                await write(connection)
