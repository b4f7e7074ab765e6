"""A bookkeeper that dies between two stretches, or in one, leaves books that come to the same."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from multiprocessing import get_context
from typing import Any

import pytest

from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.live import bookkeeping
from services.carbon_accounting.live.bookkeeping import Step, keep, next_waiting
from services.carbon_accounting.live.store import open_books
from services.carbon_accounting.verify import compared
from services.energy.time_grid import QUARTER
from services.runtime.database import Database, migrate
from tests.support.carbon import NOON, a_quarter, the_rules
from tests.support.carbon_books import MemoryBooks

DAY = 96
BEGIN = -37 * DAY
"""28 April: the books reach over two ends of months."""
RULES = the_rules(since=NOON + BEGIN * QUARTER)
WORDS: list[Word] = [
    word
    for number, wh in ((BEGIN, 1000), (-20 * DAY, 500), (-2 * DAY, 300), (0, 100))
    for word in a_quarter(number, pv_made=wh, bat_in=wh, boiler_gas=wh)
]
CHAINS = "SELECT ledger::int, start, number, because, place, link FROM posting ORDER BY 1, 2, 3"


@pytest.fixture
async def database(fresh_database: str) -> AsyncIterator[Database]:
    await migrate("carbon_accounting", fresh_database)
    found = Database("carbon_accounting", fresh_database)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture(autouse=True)
def one_chunk_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookkeeping, "LINES_AT_ONCE", 0)


async def told(database: Database, words: list[Word]) -> None:
    async with open_books(database, "park") as books:
        await keep(books, words, RULES)


async def a_step(database: Database) -> Step:
    async with open_books(database, "park") as books:
        return await next_waiting(books, RULES, NOON)


async def a_step_that_is_killed(database: Database) -> None:
    async with open_books(database, "park") as books:
        await next_waiting(books, RULES, NOON)
        raise RuntimeError("killed here")


async def all_steps(database: Database) -> int:
    """Book what waits; return in how many steps."""
    steps = 1
    while (await a_step(database)).left:
        steps += 1
    return steps


async def scratch() -> list[tuple[Any, ...]]:
    """The chains when nothing ever dies."""
    books = MemoryBooks()
    await keep(books, WORDS, RULES)
    while (await next_waiting(books, RULES, NOON)).left:
        pass
    return sorted(
        (int(p.ledger), p.start, p.number, p.because, p.place, p.link) for p in books.postings
    )


async def test_who_dies_within_a_stretch_leaves_what_was_before_it(database: Database) -> None:
    await told(database, WORDS)
    first = await a_step(database)
    before = await database.rows(CHAINS)

    with pytest.raises(RuntimeError, match="killed here"):
        await a_step_that_is_killed(database)

    assert first.left
    assert 0 < len(before) == len(await database.rows(CHAINS)) < len(await scratch())
    assert await all_steps(database) >= 2
    assert await database.rows(CHAINS) == await scratch()


async def test_verify_says_what_waits_and_proves_what_lies_before_it(database: Database) -> None:
    await told(database, WORDS)
    (begins, *_) = (await a_step(database)).left

    async with open_books(database, "park") as books:
        between = await compared(books, RULES)
    await all_steps(database)
    async with open_books(database, "park") as books:
        at_the_end = await compared(books, RULES)

    assert between.differences == at_the_end.differences == []
    assert f"quarters wait to be booked, nothing from {begins:%Y-%m-%dT%H:%M:%SZ}" in between.text
    assert "wait" not in at_the_end.text


def die_after(steps: int, url: str) -> None:
    """Take the words, book so many stretches, and die in the middle of the next."""

    async def life() -> None:
        bookkeeping.LINES_AT_ONCE = 0
        database = Database("carbon_accounting", url)
        await database.start()
        await told(database, WORDS)
        for _ in range(steps):
            await a_step(database)
        async with open_books(database, "park") as books:
            await next_waiting(books, RULES, NOON)
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(life())


@pytest.mark.parametrize("steps", [0, 2])
async def test_a_killed_process_leaves_books_that_come_to_the_same(
    database: Database, fresh_database: str, steps: int
) -> None:
    process = get_context("spawn").Process(target=die_after, args=(steps, fresh_database))
    process.start()
    await asyncio.to_thread(process.join)

    await told(database, WORDS)
    await all_steps(database)

    assert process.exitcode == -signal.SIGKILL
    assert await database.rows(CHAINS) == await scratch()
    async with open_books(database, "park") as books:
        assert (await compared(books, RULES)).differences == []
