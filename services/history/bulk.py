"""Columns in and out of PostgreSQL in bulk (layouts in `domain.layout`)."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from psycopg import sql

from services.energy.time_grid import from_microseconds
from services.history.domain.layout import Layout
from services.runtime.database import Connection

UNLIMITED = "SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction = 0"
"""Lets late rows into TimescaleDB's packed chunks, however many."""


async def copy_into(
    connection: Connection, relation: str, layout: Layout, columns: Sequence[NDArray[Any]]
) -> None:
    """Write columns of equal length by binary COPY."""
    names = sql.SQL(", ").join(map(sql.Identifier, layout.names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)")
    async with (
        connection.cursor() as cursor,
        cursor.copy(statement.format(sql.Identifier(relation), names)) as copy,
    ):
        await copy.write(layout.copied(columns))


async def stage(
    connection: Connection, relation: str, layout: Layout, columns: Sequence[NDArray[Any]]
) -> None:
    """Fill a session table of the layout; it is empty again after the transaction."""
    parts = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in layout.columns
    )
    table = sql.Identifier(relation)
    await connection.execute(
        sql.SQL("CREATE TEMP TABLE IF NOT EXISTS {} ({}) ON COMMIT DELETE ROWS").format(
            table, parts
        )
    )
    await connection.execute(sql.SQL("TRUNCATE {}").format(table))
    await copy_into(connection, relation, layout, columns)


async def packed(
    connection: Connection, query: sql.Composed, parameters: Any = None
) -> bytes | None:
    """Return the one packed value a query yields."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(query, parameters)
        row = await cursor.fetchone()
    return row[0] if row else None


def instant(microseconds: int) -> sql.Composable:
    """Return a literal: the planner prunes partitions and chunks only by literals."""
    text = from_microseconds(microseconds).isoformat()
    return sql.SQL("{}::timestamptz").format(sql.Literal(text))
