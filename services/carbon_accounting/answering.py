"""Answers beside the bookkeeper: connections of their own that only read, and an end to slow ones.

The bookkeeper writes through the service's own pool, which no answer takes a connection of. What a
call may not take longer is refused in words; calls that read whole spans leave two connections: one
for adding up months, one for pages, which so stay fast while books are compared or proved.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any

from psycopg.errors import QueryCanceled
from psycopg_pool import PoolTimeout

from services.carbon_accounting.rpc.access import STREAMS
from services.carbon_accounting.settings import Settings
from services.runtime.database import Database
from services.runtime.refusals import Exhausted, TooLate

LONG = frozenset(
    {
        "CompareVersions",
        "GetEnergyAudit",
        "GetResources",
        "GetTracing",
        "ListCosts",
        "ListRestatements",
        "ProposeExchanges",
        "VerifyBooks",
    }
)
"""Calls that read the postings or words of a span, however long it is."""
LEFT = 2
"""Connections that such calls leave."""
PATIENCE_S = 20.0
"""How long such a call waits until another one has ended."""


def reading_database(schema: str, settings: Settings) -> Database:
    """Return the pool that answers read from: its transactions cannot write."""
    options = (
        "-c default_transaction_read_only=on "
        f"-c statement_timeout={settings.answer_statement_s * 1000}"
    )
    return Database(schema, settings.database_url, settings.answering_connections, options)


class Answered:
    """A servicer whose calls end in words when reading takes too long or nothing is free."""

    def __init__(self, servicer: Any, settings: Settings, patience_s: float = PATIENCE_S) -> None:
        self._servicer, self._settings, self._patience_s = servicer, settings, patience_s
        self._long = asyncio.Semaphore(max(1, settings.answering_connections - LEFT))

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._servicer, name)
        return self._many(method, name) if name in STREAMS else self._one(method, name)

    def _one(self, method: Any, name: str) -> Any:
        @wraps(method)  # its marks go with it (`access.for_enterprises`)
        async def answered(request: Any, context: Any) -> Any:
            async with self._ended(name):
                return await method(request, context)

        return answered

    def _many(self, method: Any, name: str) -> Any:
        @wraps(method)
        async def answered(request: Any, context: Any) -> AsyncIterator[Any]:
            async with self._ended(name):
                async for answer in method(request, context):
                    yield answer

        return answered

    @asynccontextmanager
    async def _ended(self, name: str) -> AsyncIterator[None]:
        try:
            if name not in LONG:
                yield
            else:
                async with self._a_turn(name):
                    yield
        except QueryCanceled:
            longest = f"{self._settings.answer_statement_s} s for what reads"
            text = f"{name} was ended: one statement took longer than it may ({longest})"
            raise TooLate(f"{text}; ask for fewer days, one ledger or one enterprise") from None
        except PoolTimeout:
            raise self._full(name) from None

    @asynccontextmanager
    async def _a_turn(self, name: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._long.acquire()
        except TimeoutError:
            raise self._full(name) from None
        try:
            yield
        finally:
            self._long.release()

    def _full(self, name: str) -> Exhausted:
        count = self._settings.answering_connections
        text = f"{name} found none of the {count} connections free that answers read from"
        return Exhausted(f"{text}; ask again when other answers are done")
