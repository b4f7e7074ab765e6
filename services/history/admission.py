"""Who may ask the database, how many at once, and for how long: readers never starve the writers.

Readers have connections of their own; a question gets no longer than its caller waits; beyond a
line of a certain length questions are refused, not heaped up.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from services.runtime.database import Connection, Database
from services.runtime.refusals import Exhausted, TooLate

AT_ONCE = 4
IN_LINE = 32
EXPORTS = 2
WATCHES = 100
WATCHING_CONNECTIONS = 2
LONGEST_S = 60.0
READER_OPTIONS = "-c max_parallel_workers_per_gather=0 -c work_mem=32MB"
"""A greedy question may have one core of the server, no more."""
_TIMEOUT = "SELECT set_config('statement_timeout', %s, true)"


class Admission:
    """The readers' way to the database."""

    def __init__(self, readers: Database) -> None:
        self._readers = readers
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._open = {"export": 0, "watch": 0}

    @asynccontextmanager
    async def asking(self, context: Any) -> AsyncIterator[Connection]:
        """Give a connection for one question of a call, in a transaction, within its deadline."""
        left_s = seconds_left(context)
        await self._wait_for_turn(left_s)
        try:
            async with self._readers.transaction() as connection, asyncio.timeout(left_s):
                milliseconds = max(1, int(min(left_s, seconds_left(context)) * 1000))
                await connection.execute(_TIMEOUT, (str(milliseconds),))
                yield connection
        except (psycopg.errors.QueryCanceled, TimeoutError):
            raise TooLate(
                f"the answer takes longer than the {left_s:.1f} s of the call; "
                "ask for less, or give it longer"
            ) from None
        finally:
            self._free.release()

    @asynccontextmanager
    async def open(self, kind: str, limit: int) -> AsyncIterator[None]:
        """Count an export or a watch while it lasts; refuse one too many."""
        if self._open[kind] >= limit:
            raise Exhausted(f"{limit} calls of the kind {kind!r} are open, the most there may be")
        self._open[kind] += 1
        try:
            yield
        finally:
            self._open[kind] -= 1

    async def _wait_for_turn(self, left_s: float) -> None:
        if self._waiting >= IN_LINE:
            raise Exhausted(
                f"history answers {AT_ONCE} questions at once and {IN_LINE} wait already; "
                "ask again in a second, and for fewer points or a shorter time"
            )
        self._waiting += 1
        try:
            async with asyncio.timeout(left_s):
                await self._free.acquire()
        except TimeoutError:
            raise Exhausted(f"no turn within the {left_s:.1f} s of the call") from None
        finally:
            self._waiting -= 1


def seconds_left(context: Any) -> float:
    """Return how long the caller will wait, at most `LONGEST_S`."""
    remaining = context.time_remaining()
    return LONGEST_S if remaining is None else max(0.001, min(float(remaining), LONGEST_S))
