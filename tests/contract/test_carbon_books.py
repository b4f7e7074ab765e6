"""The fake books and the ones in PostgreSQL say the same, whatever is asked of them."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.carbon_accounting.bookkeeping import rebook, take
from services.carbon_accounting.domain.factors import FactorYear
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.store import open_books
from services.carbon_accounting.verify import compared
from services.runtime.database import Database, migrate
from tests.support.carbon import (
    CHOICES,
    GAS,
    GRID,
    NOON,
    POINTS,
    MemoryBooks,
    Reading,
    a_reading,
    a_sample,
    the_factors,
    the_rules,
)

CURRENT = (
    "SELECT ledger, activity, interval_start, energy_wh, emissions_mg, factor_id, quality, sources"
    " FROM current_entry ORDER BY 1, 2, 3"
)


@pytest.fixture
async def database(fresh_database: str) -> AsyncIterator[Database]:
    await migrate("carbon_accounting", fresh_database)
    found = Database("carbon_accounting", fresh_database)
    await found.start()
    yield found
    await found.stop()


async def take_both(database: Database, fake: MemoryBooks, readings: list[Reading]) -> None:
    known = await take(fake, readings, the_rules(), NOON)
    async with open_books(database, "park") as books:
        found = await take(books, readings, the_rules(), NOON)
    assert found == known


def a_history(seed: int) -> list[Reading]:
    """Six hours with gaps, late readings and corrections, in a muddled order."""
    chance = random.Random(seed)
    readings, wh = [], dict.fromkeys(POINTS, 0)
    for minute in range(0, 361, 5):
        for point in POINTS:
            wh[point] += chance.randrange(500)
            if chance.random() < 0.9:
                readings.append(a_reading(point, minute, wh[point]))
                if chance.random() < 0.02:
                    readings.append(a_reading(point, minute, wh[point] + 1, arrived=400))
    chance.shuffle(readings)
    return readings


@pytest.mark.parametrize("seed", [1, 2])
async def test_both_books_book_the_same(database: Database, seed: int) -> None:
    fake, readings = MemoryBooks(), a_history(seed)

    for first in range(0, len(readings), 97):
        await take_both(database, fake, readings[first : first + 97])

    rows = await database.rows(CURRENT)
    assert len(rows) == len(fake.picture())
    assert {(r[3], r[4]) for r in rows} == {(e[0], e[1]) for e in fake.picture().values()}
    async with open_books(database, "park") as books:
        verdict = await compared(books, the_rules())
    assert verdict.entries > 250
    assert verdict.differences == ()


async def test_both_books_withdraw_and_book_again(database: Database) -> None:
    fake = MemoryBooks()

    await take_both(database, fake, a_sample(0) + a_sample(15, boiler_gas=100))
    await take_both(database, fake, [a_reading(GAS, 0, 500, arrived=40)])
    withdrawn = await database.rows(CURRENT)
    await take_both(database, fake, [a_reading(GAS, 0, 50, arrived=50)])

    assert withdrawn == []
    rows = await database.rows("SELECT version, energy_wh FROM entry WHERE activity = 'gas:boiler'")
    assert sorted(rows) == [(1, 100)] * 3 + [(2, 0)] * 3 + [(3, 50)] * 3


async def test_both_books_rebook_under_a_new_factor(database: Database) -> None:
    fake = MemoryBooks()
    await take_both(database, fake, a_sample(0) + a_sample(15, grid_in=1000, load_used=1000))
    rules = the_rules(the_factors(CHOICES | {Ledger.PARK_ACCEPTANCE: FactorYear("CN", 2023)}))

    async with open_books(database, "park") as books:
        outdated = await books.outdated(rules.fingerprint)
        assert outdated == await fake.outdated(rules.fingerprint)
        found = await rebook(books, outdated, rules, NOON)

    assert found == await rebook(fake, outdated, rules, NOON)
    assert {p.version for p in found.postings} == {2}


async def test_verify_finds_an_entry_that_was_tampered_with(database: Database) -> None:
    async with open_books(database, "park") as books:
        await take(books, a_sample(0) + a_sample(15, grid_in=1000), the_rules(), NOON)
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE entry SET emissions_mg = emissions_mg + 1"
            " WHERE activity = 'grid-import' AND ledger = 1"
        )

    async with open_books(database, "park") as books:
        verdict = await compared(books, the_rules())

    assert len(verdict.differences) == 1
    assert "grid-import" in verdict.text


async def test_an_aborted_step_leaves_nothing(database: Database) -> None:
    async def fails() -> None:
        async with open_books(database, "park") as books:
            await take(books, a_sample(0) + a_sample(15), the_rules(), NOON)
            raise RuntimeError("killed here")

    with pytest.raises(RuntimeError, match="killed here"):
        await fails()

    counts: Any = [
        (await database.rows(f"SELECT count(*) FROM {table}"))[0][0]
        for table in ("register_edge", "entry", "outbox", "quarter", "watermark")
    ]
    assert counts == [0] * 5


async def test_two_writers_of_one_park_wait_for_each_other(database: Database) -> None:
    import asyncio

    async def write(minute: int) -> None:
        async with open_books(database, "park") as books:
            await take(books, a_sample(minute, grid_in=minute), the_rules(), NOON)

    await asyncio.gather(*(write(minute) for minute in (45, 0, 30, 15)))

    rows = await database.rows(
        "SELECT energy_wh FROM current_entry"
        " WHERE activity = 'grid-import' AND ledger = 'park_acceptance'"
    )
    assert rows == [(15,)] * 3


async def test_every_entry_is_in_the_outbox_once(database: Database) -> None:
    async with open_books(database, "park") as books:
        await take(books, a_sample(0) + a_sample(15), the_rules(), NOON)
        await take(books, [a_reading(GRID, 15, 7, arrived=40)], the_rules(), NOON)

    rows = await database.rows(
        "SELECT (SELECT count(*) FROM entry), count(*), count(DISTINCT entry_id) FROM outbox"
    )
    assert rows == [(21, 21, 21)]
