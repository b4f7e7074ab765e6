"""Small integers for the names of points or sources, kept in memory and in their table."""

from collections.abc import Iterable

from psycopg import sql

from services.runtime.database import Connection, Database


class Names:
    """The numbers of one relation (`point` or `source`) that this process has met."""

    def __init__(self, relation: str, database: Database) -> None:
        self._database = database
        self._relation = sql.Identifier(relation)
        self._column = sql.Identifier(f"{relation}_id")
        self._numbers: dict[tuple[str, str], int] = {}

    async def numbers(self, park_id: str, names: Iterable[str]) -> dict[str, int]:
        """Return the number of each name; new names get one.

        In a transaction of its own: a number must not be remembered that was rolled back.
        """
        wanted = set(names)
        missing = sorted(name for name in wanted if (park_id, name) not in self._numbers)
        if missing:
            async with self._database.transaction() as connection:
                learned = await self._learn(connection, park_id, missing)
            self._numbers |= {(park_id, name): number for name, number in learned.items()}
        return {name: self._numbers[park_id, name] for name in wanted}

    async def _learn(
        self, connection: Connection, park_id: str, names: list[str]
    ) -> dict[str, int]:
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
        return dict(await cursor.fetchall())
