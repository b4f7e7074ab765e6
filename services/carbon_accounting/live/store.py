"""The live books in PostgreSQL. One writer at a time per park: its transaction holds a lock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.carbon_accounting.live.line_numbers import LineNumbers
from services.carbon_accounting.live.stored_periods import StoredPeriods
from services.carbon_accounting.live.stored_postings import StoredPostings
from services.carbon_accounting.live.stored_stores import StoredStores
from services.carbon_accounting.live.stored_words import StoredWords
from services.runtime.database import Connection, Database


class PostgresBooks(StoredWords, StoredPostings, StoredStores, StoredPeriods):
    """The books of one park inside one open transaction (`books.Books`)."""

    def __init__(self, connection: Connection, park_id: str, numbers: LineNumbers) -> None:
        self._connection = connection
        self._park_id = park_id
        self._numbers = numbers

    @property
    def connection(self) -> Connection:
        """The connection of the transaction."""
        return self._connection

    @property
    def park_id(self) -> str:
        """Whose books they are."""
        return self._park_id


@asynccontextmanager
async def open_books(
    database: Database, park_id: str, numbers: LineNumbers | None = None
) -> AsyncIterator[PostgresBooks]:
    """Open the park's books in one transaction; another writer waits until it ends.

    `numbers` remembers lines from one transaction to the next.
    """
    known = numbers if numbers is not None else LineNumbers()
    # within: numbers are forgotten before another writer gets the lock; around: a failed COMMIT
    async with known.kept(), database.transaction() as connection, known.kept():
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            (f"carbon_accounting/{park_id}",),
        )
        yield PostgresBooks(connection, park_id, known)
