"""The names behind the numbers of points and sources, as a reader remembers them."""

import asyncio

import numpy as np
from numpy.typing import NDArray

from services.runtime.database import Connection
from services.runtime.refusals import NotFound

_NAMED = "SELECT {0}_id, name FROM {0} WHERE park_id = %s AND {0}_id > %s"
_HIGHEST = "SELECT coalesce(max({0}_id), 0) FROM {0}"


class Directory:
    """Names of one relation (`point` or `source`) of one park."""

    def __init__(self, relation: str, park_id: str) -> None:
        self._relation = relation
        self._park_id = park_id
        self._names = np.array([""], dtype=object)
        self._numbers: dict[str, int] = {}
        self._reading = asyncio.Lock()

    async def names(
        self, connection: Connection, numbers: NDArray[np.int32]
    ) -> NDArray[np.object_]:
        """Return the name of each number; empty where it is of another park."""
        if int(numbers.max(initial=0)) >= len(self._names):
            await self._read_on(connection)
        found: NDArray[np.object_] = self._names[numbers]
        return found

    async def numbers(self, connection: Connection, names: list[str]) -> list[int]:
        """Return the number of each name; NotFound names the first that was never seen."""
        seen = await self.seen(connection, names)
        for name in names if len(seen) < len(names) else []:
            if name not in self._numbers:
                raise NotFound(self._relation, name)
        return seen

    async def seen(self, connection: Connection, names: list[str]) -> list[int]:
        """Return the numbers of those names that were ever seen."""
        known = await self.by_name(connection, names)
        return [known[name] for name in names if name in known]

    async def by_name(self, connection: Connection, names: list[str]) -> dict[str, int]:
        """Return the number of each name that was ever seen."""
        if any(name not in self._numbers for name in names):
            await self._read_on(connection)
        return {name: self._numbers[name] for name in names if name in self._numbers}

    async def _read_on(self, connection: Connection) -> None:
        """Read what has been added since, one reader at a time; numbers only grow."""
        async with self._reading:
            await self._append(connection, len(self._names) - 1)

    async def _append(self, connection: Connection, known: int) -> None:
        cursor = await connection.execute(_HIGHEST.format(self._relation))
        ((highest,),) = await cursor.fetchall()
        cursor = await connection.execute(_NAMED.format(self._relation), (self._park_id, known))
        more = np.full(max(0, highest - known), "", dtype=object)
        for number, name in await cursor.fetchall():
            if number <= highest:
                more[number - known - 1] = name
                self._numbers[name] = number
        self._names = np.append(self._names, more)
