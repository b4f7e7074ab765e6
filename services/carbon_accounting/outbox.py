"""Entries that Kafka has not acknowledged yet, oldest first."""

from typing import Any

from services.carbon_accounting.queries import ENTRY_COLUMNS, as_dict
from services.runtime.database import Database

AT_ONCE = 2_000


async def unpublished(database: Database, park_id: str) -> list[tuple[int, dict[str, Any]]]:
    """Return (sequence, entry row) of the next portion."""
    rows = await database.rows(
        f"SELECT sequence, {ENTRY_COLUMNS} FROM outbox JOIN entry USING (entry_id)"  # noqa: S608
        " WHERE park_id = %s ORDER BY sequence LIMIT %s",
        (park_id, AT_ONCE),
    )
    return [(row[0], as_dict(row[1:])) for row in rows]


async def clear(database: Database, sequences: list[int]) -> None:
    """Forget what Kafka has acknowledged."""
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM outbox WHERE sequence = ANY(%s)", (sequences,))
