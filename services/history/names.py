"""Small integers for the names of points or sources, kept in memory and in their table."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from services.energy.names import PerNames, same_names
from services.runtime.database import Connection, Database

Numbers = NDArray[np.int32]


class Names:
    """The numbers of one relation (`point` or `source`) that this process has met."""

    def __init__(self, relation: str, database: Database) -> None:
        self._database = database
        self._relation = sql.Identifier(relation)
        self._column = sql.Identifier(f"{relation}_id")
        self._known: dict[str, dict[str, int]] = {}
        self._numbers: dict[str, PerNames[Numbers]] = {}

    async def numbers(self, park_id: str, names: Sequence[str]) -> Numbers:
        """Return the number of each name, shape `(names,)`, not to be written to.

        New names get one, in a transaction of its own: a number must not be remembered that was
        rolled back.
        """
        numbers = self._of_park(park_id)
        asked = tuple(names)  # of a tuple that is the very tuple
        try:
            return numbers(asked)
        except KeyError:
            await self.learn(park_id, [asked])
            return numbers(asked)

    async def number(self, park_id: str, name: str) -> int:
        """Return the number of one name."""
        (number,) = await self.numbers(park_id, same_names((name,)))
        return int(number)

    async def learn(self, park_id: str, frames: Iterable[tuple[str, ...]]) -> None:
        """Give the new names of many frames their numbers, all at once."""
        numbers = self._of_park(park_id)
        missing: set[str] = set()
        for names in {id(names): names for names in frames}.values():
            try:
                numbers(names)
            except KeyError:
                missing |= set(names) - self._known[park_id].keys()
        if missing:
            async with self._database.transaction() as connection:
                learned = await self._learn(connection, park_id, sorted(missing))
            self._known[park_id] |= learned

    def _of_park(self, park_id: str) -> PerNames[Numbers]:
        if park_id not in self._numbers:
            known: dict[str, int] = {}
            self._known[park_id] = known
            self._numbers[park_id] = PerNames(lambda names: _looked_up(known, names))
        return self._numbers[park_id]

    async def _learn(
        self, connection: Connection, park_id: str, names: list[str]
    ) -> dict[str, int]:
        """Return the numbers of names; only those nobody has met yet use up a new one."""
        found = await self._found(connection, park_id, names)
        if missing := [name for name in names if name not in found]:
            await connection.execute(
                sql.SQL(
                    "INSERT INTO {} (park_id, name) SELECT %s, unnest(%s::text[])"
                    " ON CONFLICT (park_id, name) DO NOTHING"
                ).format(self._relation),
                (park_id, missing),
            )
            found |= await self._found(connection, park_id, missing)
        return found

    async def _found(
        self, connection: Connection, park_id: str, names: list[str]
    ) -> dict[str, int]:
        cursor = await connection.execute(
            sql.SQL("SELECT name, {} FROM {} WHERE park_id = %s AND name = ANY(%s)").format(
                self._column, self._relation
            ),
            (park_id, names),
        )
        return dict(await cursor.fetchall())


def _looked_up(known: dict[str, int], names: Sequence[str]) -> Numbers:
    return np.fromiter(map(known.__getitem__, names), dtype=np.int32, count=len(names))
