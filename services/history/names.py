"""Small integers for the names of points or sources, kept in memory and in their table."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from services.runtime.database import Connection, Database


class Names:
    """The numbers of one relation (`point` or `source`) that this process has met."""

    def __init__(self, relation: str, database: Database) -> None:
        self._database = database
        self._relation = sql.Identifier(relation)
        self._column = sql.Identifier(f"{relation}_id")
        self._numbers: dict[str, dict[str, int]] = {}

    async def numbers(self, park_id: str, names: Sequence[str]) -> NDArray[np.int32]:
        """Return the number of each name, shape `(names,)`; new names get one.

        In a transaction of its own: a number must not be remembered that was rolled back.
        """
        known = self._numbers.setdefault(park_id, {})
        try:
            return _looked_up(known, names)
        except KeyError:
            missing = sorted({name for name in names if name not in known})
            async with self._database.transaction() as connection:
                learned = await self._learn(connection, park_id, missing)
            known |= learned
            return _looked_up(known, names)

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


def _looked_up(known: dict[str, int], names: Sequence[str]) -> NDArray[np.int32]:
    return np.fromiter(map(known.__getitem__, names), dtype=np.int32, count=len(names))
