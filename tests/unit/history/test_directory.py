"""The names behind numbers, read by several at once."""

import asyncio
from typing import Any, cast

import numpy as np

from services.history.directory import Directory
from services.runtime.database import Connection


class Names:
    """A relation of names as a connection shows it; every answer takes a moment."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    async def execute(self, query: str, parameters: tuple[str, int] = ("", 0)) -> Any:
        await asyncio.sleep(0.001)
        rows: list[tuple[Any, ...]] = [(len(self.names),)]
        if "max" not in query:
            rows = [(n, name) for n, name in enumerate(self.names, 1) if n > parameters[1]]
        return Rows(rows)


class Rows:
    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    async def fetchall(self) -> list[tuple[Any, ...]]:
        await asyncio.sleep(0.001)
        return self._rows


async def test_two_who_ask_at_once_learn_every_name_once() -> None:
    relation = Names("p1", "p2", "p3")
    connection, directory = cast(Connection, relation), Directory("point", "demo-park")

    await asyncio.gather(*(directory.by_name(connection, ["p2", "never"]) for _ in range(2)))
    relation.names += ["p4", "p5"]

    assert await directory.by_name(connection, ["p4", "p1"]) == {"p4": 4, "p1": 1}
    names = await directory.names(connection, np.array([5, 1], np.int32))
    assert names.tolist() == ["p5", "p1"]
