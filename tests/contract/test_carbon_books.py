"""The fake books and the ones in PostgreSQL say the same, whatever is asked of them."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.carbon_accounting.bookkeeping import rebook, take
from services.carbon_accounting.domain.factors import FactorYear
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.words import Method, Word
from services.carbon_accounting.queries import Queries
from services.carbon_accounting.store import open_books
from services.carbon_accounting.verify import compared
from services.energy.time_grid import QUARTER, Interval
from services.runtime.database import Database, migrate
from tests.support.carbon import (
    CHOICES,
    GAS,
    GRID,
    NOON,
    POINTS,
    MemoryBooks,
    a_quarter,
    a_word,
    an_estimate,
    nothing_known,
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


async def take_both(database: Database, fake: MemoryBooks, words: list[Word]) -> None:
    known = await take(fake, words, the_rules(), NOON)
    async with open_books(database, "park") as books:
        found = await take(books, words, the_rules(), NOON)
    assert found == known


def a_history(seed: int) -> list[Word]:
    """Six hours with gaps, estimates, withdrawals and corrections, in a muddled order."""
    chance = random.Random(seed)
    words: list[Word] = []
    for quarter in range(24):
        for point in POINTS:
            wh, known = chance.randrange(500), 400.0 + chance.randrange(3)
            if chance.random() < 0.99:
                words.append(a_word(point, quarter, wh, log_position=chance.randrange(2**40)))
            match chance.randrange(20):
                case 0:
                    words.append(an_estimate(point, quarter, wh + 1, Method.PROFILE, known=known))
                case 1:
                    words.append(nothing_known(point, quarter, known=known, aside=wh))
                case 2:
                    words.append(a_word(point, quarter, wh, known=500.0, written_off_wh=-3))
    chance.shuffle(words)
    return words


@pytest.mark.parametrize("seed", [1, 2])
async def test_both_books_book_the_same(database: Database, seed: int) -> None:
    fake, words = MemoryBooks(), a_history(seed)

    for first in range(0, len(words), 97):
        await take_both(database, fake, words[first : first + 97])

    rows = await database.rows(CURRENT)
    assert len(rows) == len(fake.picture())
    assert {(r[3], r[4]) for r in rows} == {(e[0], e[1]) for e in fake.picture().values()}
    async with open_books(database, "park") as books:
        kept = await books.words(POINTS, {start for _, start in fake.kept})
        verdict = await compared(books, the_rules())
    assert kept == fake.kept
    assert verdict.entries > 150
    assert verdict.differences == ()


async def test_both_books_withdraw_and_book_again(database: Database) -> None:
    fake = MemoryBooks()

    await take_both(database, fake, a_quarter(boiler_gas=100))
    await take_both(database, fake, [nothing_known(GAS, 0, known=40)])
    withdrawn = await database.rows(CURRENT)
    await take_both(database, fake, [a_word(GAS, 0, 50, known=50)])

    assert withdrawn == []
    rows = await database.rows("SELECT version, energy_wh FROM entry WHERE activity = 'gas:boiler'")
    assert sorted(rows) == [(1, 100)] * 3 + [(2, 0)] * 3 + [(3, 50)] * 3


async def test_both_books_rebook_under_a_new_factor(database: Database) -> None:
    fake = MemoryBooks()
    await take_both(database, fake, a_quarter(grid_in=1000, load_used=1000))
    rules = the_rules(the_factors(CHOICES | {Ledger.PARK_ACCEPTANCE: FactorYear("CN", 2023)}))

    async with open_books(database, "park") as books:
        outdated = await books.outdated(rules.fingerprint)
        assert outdated == await fake.outdated(rules.fingerprint)
        found = await rebook(books, outdated, rules, NOON)

    assert found == await rebook(fake, outdated, rules, NOON)
    assert {p.version for p in found.postings} == {2}


async def test_verify_finds_an_entry_that_was_tampered_with(database: Database) -> None:
    async with open_books(database, "park") as books:
        await take(books, a_quarter(grid_in=1000), the_rules(), NOON)
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
            await take(books, a_quarter(), the_rules(), NOON)
            raise RuntimeError("killed here")

    with pytest.raises(RuntimeError, match="killed here"):
        await fails()

    counts: Any = [
        (await database.rows(f"SELECT count(*) FROM {table}"))[0][0]
        for table in ("register_quarter", "entry", "outbox", "quarter")
    ]
    assert counts == [0] * 4


async def test_two_writers_of_one_park_wait_for_each_other(database: Database) -> None:
    import asyncio

    async def write(*words: Word) -> None:
        async with open_books(database, "park") as books:
            await take(books, words, the_rules(), NOON)

    await asyncio.gather(*(write(word) for word in a_quarter(grid_in=15, load_used=15)))

    rows = await database.rows(
        "SELECT energy_wh, version FROM entry WHERE activity = 'grid-import' AND ledger = 1"
    )
    assert rows == [(15, 1)]


async def test_every_entry_is_in_the_outbox_once(database: Database) -> None:
    async with open_books(database, "park") as books:
        await take(books, a_quarter(), the_rules(), NOON)
        await take(books, [a_word(GRID, 0, 7, known=40)], the_rules(), NOON)

    rows = await database.rows(
        "SELECT (SELECT count(*) FROM entry), count(*), count(DISTINCT entry_id) FROM outbox"
    )
    assert rows == [(21, 21, 21)]


async def test_open_items_are_what_waits_too_long_what_is_set_aside_and_what_does_not_close(
    database: Database,
) -> None:
    written = {"believed_us": 0, "estimated_wh": 300, "methods": int(Method.EDITED)}
    async with open_books(database, "park") as books:
        await take(books, a_quarter(0, grid_in=1000)[1:], the_rules(), NOON)
        await take(books, a_quarter(1), the_rules(), NOON)
        aside = a_word(GAS, 1, 0, known=40, suspense_wh=92_000, **written)
        await take(books, [*a_quarter(2, grid_in=1000), aside], the_rules(), NOON)
        await take(books, [nothing_known(GAS, 8, known=150, aside=5)], the_rules(), NOON)

    async def open_items() -> tuple[str, ...]:
        queries = Queries(database, "park", the_rules().late_after)
        return (await queries.sums(Interval(NOON, NOON + 24 * QUARTER))).open_items

    early = await open_items()
    async with open_books(database, "park") as books:
        await take(books, a_quarter(12), the_rules(), NOON)
    later = await open_items()

    assert early == (
        "2019-06-04T04:00Z waits for grid.in",  # for two hours by now
        "2019-06-04T04:15Z is booked without 92000 Wh of boiler.gas, which are set aside",
        "2019-06-04T04:30Z does not close: +1000 Wh came in without a metered consumer",
        "2019-06-04T06:00Z waits for boiler.gas (5 Wh set aside), grid.in, grid.out and 6 more",
    )
    assert later == (
        *early[:3],
        "2019-06-04T04:45Z waits for grid.in, grid.out, pv.made and 6 more",  # no word at all
        "2019-06-04T05:00Z waits for grid.in, grid.out, pv.made and 6 more",
        early[3],
    )
