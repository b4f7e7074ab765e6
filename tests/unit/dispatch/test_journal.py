"""What is written behind the control cycle is written once, in order, as far as memory reaches."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.dispatch.journal import Journal


class Slow:
    """A database that lets a transaction begin when it is told to."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self.back = asyncio.Event()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[list[int]]:
        await self.back.wait()
        yield self.written


def a_write(number: int) -> Any:
    async def write(written: list[int]) -> None:
        written.append(number)

    return write


async def test_what_gives_way_to_newer_writes_takes_none_of_them_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.dispatch.journal.MOST_WAITING", 2)
    slow = Slow()
    database: Any = slow
    journal = Journal(database)
    journal.add(a_write(0))
    writing = asyncio.create_task(journal.flush())
    await asyncio.sleep(0)
    for number in (1, 2):
        journal.add(a_write(number))

    slow.back.set()
    await writing

    assert slow.written == [0, 1, 2]
