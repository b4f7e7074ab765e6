"""Rows into `reading` and `latest`, once each, set by set.

Write path (measured in docs/decisions): binary COPY into a session table, an upsert that touches
only rows whose standing improves, then `latest`, all in one transaction.
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np
from psycopg import sql

from services.energy.time_grid import from_microseconds
from services.history.domain.binary_copy import COLUMNS, as_binary_copy
from services.history.domain.standing import Rows, as_tuples, misstamped, standing
from services.history.partitions import Partitions
from services.runtime.database import Connection, Database

_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
_STAGING = "CREATE TEMP TABLE IF NOT EXISTS incoming (LIKE history.latest) ON COMMIT DELETE ROWS"
_COPY = sql.SQL("COPY incoming ({}) FROM STDIN (FORMAT binary)").format(_COLUMNS)

# A row is written when its key is new, or when it stands above the one that is there.
_STANDS = """({new}.verdict <> 3, {new}.arrival_time, {new}.frame_number)
           > ({old}.verdict <> 3, {old}.arrival_time, {old}.frame_number)"""
_UPSERT = sql.SQL(
    """
    INSERT INTO reading ({columns})
    SELECT {incoming} FROM incoming i
      LEFT JOIN reading r ON r.point_id = i.point_id AND r.event_time = i.event_time
           AND r.event_time >= {first} AND r.event_time <= {last}
     WHERE r.point_id IS NULL OR """
    + _STANDS.format(new="i", old="r")
    + """
     ORDER BY i.point_id, i.event_time
    ON CONFLICT (point_id, event_time) DO UPDATE SET
      (value, verdict, doubt, source_id, arrival_time, frame_number)
      = (excluded.value, excluded.verdict, excluded.doubt, excluded.source_id,
         excluded.arrival_time, excluded.frame_number)
    WHERE """
    + _STANDS.format(new="excluded", old="reading")
)
_LATEST = sql.SQL(
    """
    INSERT INTO latest ({columns})
    SELECT DISTINCT ON (i.point_id) {incoming} FROM incoming i
     WHERE i.verdict <> 3
     ORDER BY i.point_id, i.event_time DESC
    ON CONFLICT (point_id) DO UPDATE SET
      (event_time, value, verdict, doubt, source_id, arrival_time, frame_number)
      = (excluded.event_time, excluded.value, excluded.verdict, excluded.doubt,
         excluded.source_id, excluded.arrival_time, excluded.frame_number)
    WHERE (excluded.event_time, excluded.arrival_time, excluded.frame_number)
        > (latest.event_time, latest.arrival_time, latest.frame_number)
    """
)
_MISSTAMPED = """
    INSERT INTO misstamped (point_id, event_time, value, verdict, doubt, source_id, arrival_time,
                            frame_number)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (point_id, event_time) DO NOTHING
"""
_INCOMING = sql.SQL(", ").join(sql.Identifier("i", name) for name in COLUMNS)


class Names:
    """Small integers for the names of points or sources, kept in memory and in their table."""

    def __init__(self, relation: str) -> None:
        self._relation = sql.Identifier(relation)
        self._column = sql.Identifier(f"{relation}_id")
        self._numbers: dict[tuple[str, str], int] = {}

    def forget(self) -> None:
        """Ask the table again: a number of a transaction that was rolled back is nobody's."""
        self._numbers.clear()

    async def numbers(
        self, connection: Connection, park_id: str, names: Iterable[str]
    ) -> dict[str, int]:
        """Return the number of each name; new names get one."""
        wanted = set(names)
        missing = [name for name in wanted if (park_id, name) not in self._numbers]
        if missing:
            await self._learn(connection, park_id, sorted(missing))
        return {name: self._numbers[park_id, name] for name in wanted}

    async def _learn(self, connection: Connection, park_id: str, names: list[str]) -> None:
        await connection.execute(
            sql.SQL(
                "INSERT INTO {} (park_id, name) SELECT %s, unnest(%s::text[])"
                " ON CONFLICT (park_id, name) DO NOTHING"
            ).format(self._relation),
            (park_id, names),
        )
        cursor = await connection.execute(
            sql.SQL("SELECT name, {} FROM {} WHERE park_id = %s AND name = ANY(%s)").format(
                self._column, self._relation
            ),
            (park_id, names),
        )
        for name, number in await cursor.fetchall():
            self._numbers[park_id, name] = number


class ReadingStore:
    """Writes readings. Idempotency key: (point, event time) with `standing` as the order."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._partitions: Partitions | None = None
        self.points = Names("point")
        self.sources = Names("source")

    async def write(self, connection: Connection, rows: Rows) -> int:
        """Write rows inside the caller's transaction; return how many were new or changed.

        Rows refused for their stamp go to a table of their own: in `reading` each absurd year
        would make a partition.
        """
        aside = misstamped(rows)
        await self._write_aside(connection, rows.take(np.flatnonzero(aside)))
        placed = rows.take(np.flatnonzero(~aside))
        return await self._write_placed(connection, placed) if len(placed) else 0

    async def _write_aside(self, connection: Connection, rows: Rows) -> None:
        if len(rows):
            async with connection.cursor() as cursor:
                await cursor.executemany(_MISSTAMPED, as_tuples(rows))

    async def _write_placed(self, connection: Connection, rows: Rows) -> int:
        if self._needs_partitions:
            self._partitions = self._partitions or Partitions()
            await self._partitions.ensure(connection, rows.event_time_us)
        kept = standing(rows)
        await connection.execute(_STAGING)
        async with connection.cursor() as cursor:
            async with cursor.copy(_COPY) as copy:
                await copy.write(as_binary_copy(kept))
            await cursor.execute(self._upsert_between(kept))
            changed = cursor.rowcount
            await cursor.execute(_LATEST.format(columns=_COLUMNS, incoming=_INCOMING))
        return changed

    def rolled_back(self) -> None:
        """Say that the transaction of `write` was not committed."""
        self.points.forget()
        self.sources.forget()

    def committed(self, rows: Rows) -> None:
        """Say that the transaction of `write` was committed."""
        if self._partitions is not None:
            placed = rows.take(np.flatnonzero(~misstamped(rows)))
            self._partitions.remember(placed.event_time_us)

    @property
    def _needs_partitions(self) -> bool:
        return self._database.abilities.timescaledb is None

    def _upsert_between(self, rows: Rows) -> sql.Composed:
        first = from_microseconds(int(rows.event_time_us.min()))
        last = from_microseconds(int(rows.event_time_us.max()))
        return _UPSERT.format(
            columns=_COLUMNS,
            incoming=_INCOMING,
            first=_instant(first),
            last=_instant(last),
        )


def _instant(moment: datetime) -> sql.Composable:
    """Return a literal: the planner prunes partitions and chunks only by literals."""
    return sql.SQL("{}::timestamptz").format(sql.Literal(moment.isoformat()))
