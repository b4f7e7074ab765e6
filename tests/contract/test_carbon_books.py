"""The fake books and the ones in PostgreSQL say the same, whatever is asked of them."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.carbon_accounting.domain.words import Method, Word
from services.carbon_accounting.live.bookkeeping import Step, take
from services.carbon_accounting.live.catching_up import next_portion
from services.carbon_accounting.live.line_numbers import LineNumbers
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.periods import approve, close
from services.carbon_accounting.live.store import open_books
from services.carbon_accounting.queries import Queries
from services.carbon_accounting.verify import compared
from services.energy.time_grid import QUARTER, Interval
from services.runtime.database import Database, migrate
from tests.support.carbon import (
    GAS,
    LOAD,
    NOON,
    POINTS,
    ZONE,
    a_quarter,
    a_word,
    an_estimate,
    nothing_known,
    the_rules,
    the_site,
)
from tests.support.carbon_books import MemoryBooks

CURRENT = """
SELECT interval_start, ledger, meter, enterprise, activity, origin, factors, amount, emissions_ng,
       quality = 'measured' FROM current_entry
"""
LAST_OF_MAY = -4 * 96
"""Quarters after noon on 4 June."""


@pytest.fixture
async def database(fresh_database: str) -> AsyncIterator[Database]:
    await migrate("carbon_accounting", fresh_database)
    found = Database("carbon_accounting", fresh_database)
    await found.start()
    yield found
    await found.stop()


def told(step: Step) -> list[tuple[object, ...]]:
    """What a step did, without numbers of the database."""
    return [
        (p.id_in("park"), p.because, p.basis, p.place, p.link, len(p.reversed))
        for p in step.postings
    ]


async def take_both(database: Database, fake: MemoryBooks, words: list[Word]) -> Step:
    known = await take(fake, words, the_rules(), NOON)
    async with open_books(database, "park") as books:
        found = await take(books, words, the_rules(), NOON)
    assert told(found) == told(known)
    assert (found.quarters, found.suspended) == (known.quarters, known.suspended)
    return found


async def current(database: Database) -> set[tuple[Any, ...]]:
    rows = await database.rows(CURRENT)
    assert len({*rows}) == len(rows)
    return {*rows}


def shown(fake: MemoryBooks) -> set[tuple[Any, ...]]:
    return {
        (
            *(start, line.ledger.key, line.account.meter, line.account.enterprise),
            *(line.account.activity, line.account.origin, line.stamp.factors, *said),
        )
        for (start, line), said in fake.picture().items()
    }


async def verdict(database: Database, rules: LiveRules | None = None) -> Any:
    async with open_books(database, "park") as books:
        return await compared(books, rules or the_rules())


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

    for first in range(0, len(words), 37):
        await take_both(database, fake, words[first : first + 37])

    assert await current(database) == shown(fake)
    found = await verdict(database)
    assert found.entries > 150
    assert found.postings == len(fake.postings)
    assert found.differences == []


async def test_both_books_leave_out_what_is_unknown_and_book_it_again(database: Database) -> None:
    fake = MemoryBooks()

    await take_both(database, fake, a_quarter(boiler_gas=100) + a_quarter(1))
    await take_both(database, fake, [nothing_known(GAS, 0, known=40)])
    without = await current(database)
    await take_both(database, fake, [a_word(GAS, 0, 50, known=50)])

    assert without == set()
    rows = await database.rows(
        "SELECT number, because, amounts FROM posting WHERE ledger = 1 ORDER BY number"
    )
    assert rows == [
        (1, "", [100]),
        (2, "boiler.gas: 100 Wh became unknown", []),
        (3, "boiler.gas: unknown became 50 Wh", [50]),
    ]


async def test_both_books_rebook_under_a_new_factor_and_say_which(database: Database) -> None:
    fake = MemoryBooks()
    await take_both(database, fake, a_quarter(grid_in=1000, load_used=1000, boiler_gas=5))
    rules = the_rules(the_site(acceptance_year=2021))

    async with open_books(database, "park") as books:
        found, left = await next_portion(books, rules, NOON)
    known, _ = await next_portion(fake, rules, NOON)

    assert (told(found), left) == (told(known), 0)
    assert [(p.number, p.ledger.key, p.because) for p in found.postings] == [
        (
            2,
            "park_acceptance",
            "factor park_acceptance/fossil-power/CN/2022 v1 became "
            "park_acceptance/fossil-power/CN/2021 v1",
        )
    ]
    assert (await verdict(database, rules)).differences == []


async def test_verify_finds_an_entry_that_was_tampered_with(database: Database) -> None:
    async with open_books(database, "park") as books:
        await take(books, a_quarter(grid_in=1000, load_used=1000), the_rules(), NOON)
    async with database.transaction() as connection:
        await connection.execute("ALTER TABLE posting DISABLE TRIGGER posting_only_added")
        await connection.execute("UPDATE posting SET emissions_ng[1] = 1 WHERE ledger = 1")

    found = await verdict(database)

    assert any("load.used" in one and "832500000000 ng" in one for one in found.differences)
    assert any("its link does not follow" in one for one in found.differences)


async def test_verify_finds_a_tampered_basis_and_a_tampered_sum_of_a_day(
    database: Database,
) -> None:
    async with open_books(database, "park") as books:
        await take(books, a_quarter(grid_in=1000, load_used=1000), the_rules(), NOON)
    async with database.transaction() as connection:
        await connection.execute("ALTER TABLE basis DISABLE TRIGGER basis_only_added")
        await connection.execute("UPDATE basis SET believed_wh[1] = 1")
        await connection.execute("UPDATE day_line SET amount = amount + 1 WHERE line_id = 1")

    found = (await verdict(database)).differences

    assert len(found) == 2
    assert found[0].startswith("sum of 2019-06-04")
    assert found[1].startswith("basis 1 of 2019-06-04T04:00:00")


async def test_a_posting_cannot_be_changed_or_taken_away(database: Database) -> None:
    async with open_books(database, "park") as books:
        await take(books, a_quarter(grid_in=1000, load_used=1000), the_rules(), NOON)

    for statement in ("UPDATE posting SET number = 9", "DELETE FROM basis"):
        with pytest.raises(Exception, match="append-only"):
            await database.rows(statement)


async def test_an_aborted_step_leaves_nothing(database: Database) -> None:
    async def fails() -> None:
        async with open_books(database, "park") as books:
            await take(books, a_quarter(boiler_gas=1), the_rules(), NOON)
            raise RuntimeError("killed here")

    with pytest.raises(RuntimeError, match="killed here"):
        await fails()

    tables = ("register_quarter", "posting", "basis", "account_line", "outbox", "quarter")
    counts: Any = [(await database.rows(f"SELECT count(*) FROM {table}"))[0][0] for table in tables]
    assert counts == [0] * len(tables)


async def test_two_writers_of_one_park_wait_for_each_other(database: Database) -> None:
    async def write(*words: Word) -> None:
        async with open_books(database, "park") as books:
            await take(books, words, the_rules(), NOON)

    await asyncio.gather(*(write(word) for word in a_quarter(grid_in=15, load_used=15)))

    rows = await database.rows("SELECT number, amounts FROM posting WHERE ledger = 1")
    assert rows == [(1, [15])]


async def test_a_writer_reverses_lines_that_another_one_added(database: Database) -> None:
    mine, theirs = LineNumbers(), LineNumbers()

    async def write(numbers: LineNumbers, *words: Word) -> Step:
        async with open_books(database, "park", numbers) as books:
            return await take(books, words, the_rules(), NOON)

    await write(mine, *a_quarter(grid_in=900, load_used=900))
    await write(theirs, *a_quarter(1, pv_made=500, load_used=500, boiler_gas=3))
    step = await write(mine, *(a_word(w.point_id, 1, 0, known=90) for w in a_quarter(1)))

    assert [(len(p.booked), len(p.reversed)) for p in step.postings] == [(0, 2)] * 3
    assert (await verdict(database)).differences == []


async def test_every_posting_is_in_the_outbox_once(database: Database) -> None:
    async with open_books(database, "park") as books:
        await take(books, a_quarter(grid_in=900, load_used=900), the_rules(), NOON)
        await take(books, [a_word(LOAD, 0, 700, known=40)], the_rules(), NOON)

    rows = await database.rows(
        "SELECT (SELECT count(*) FROM posting), count(*),"
        " count(DISTINCT (ledger, start, number)) FROM outbox"
    )
    assert rows == [(6, 6, 6)]


async def test_a_closed_month_changes_only_by_approval_in_both_books(database: Database) -> None:
    fake, rules = MemoryBooks(), the_rules(since=NOON + LAST_OF_MAY * QUARTER)
    may = [word for q in (LAST_OF_MAY, LAST_OF_MAY + 1) for word in a_quarter(q, boiler_gas=10)]
    june = a_quarter(0, boiler_gas=10)
    late = a_word(GAS, LAST_OF_MAY, 12, known=90)
    results: list[Any] = []

    async def play(books: Any) -> list[Any]:
        await take(books, [*may, *june], rules, NOON)
        assert await close(books, rules, "2019-05", "li", "reported", NOON) is None
        suspended = (await take(books, [late], rules, NOON)).suspended
        pending = await books.pending(1)
        step = await approve(books, rules, 1, "wang", "checked", NOON)
        assert isinstance(step, Step)
        return [suspended, pending, told(step)]

    results.append(await play(fake))
    async with open_books(database, "park") as books:
        results.append(await play(books))

    assert results[0] == results[1]
    suspended, pending, posted = results[0]
    assert suspended == {"2019-05": [late.start]}
    assert pending.because == "2019-05-31T04:00Z boiler.gas: 10 Wh became 12 Wh"
    assert {(line[0], line[1]) for line in posted} == {
        (
            f"park/{ledger}/2019-05-31T04:00:00Z/2",
            "approved by wang: checked: boiler.gas: 10 Wh became 12 Wh",
        )
        for ledger in ("park_acceptance", "location_based", "market_based")
    }
    assert (await verdict(database, rules)).differences == []


async def test_open_items_are_what_is_late_what_is_set_aside_and_what_does_not_close(
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
        queries = Queries(database, "park", ZONE)
        return (await queries.sums(Interval(NOON, NOON + 24 * QUARTER))).open_items

    early = await open_items()
    async with open_books(database, "park") as books:
        await take(books, a_quarter(9), the_rules(), NOON)
    later = await open_items()

    assert early == (
        "2019-06-04T04:00Z waits for grid.in",  # a later quarter is complete
        "2019-06-04T04:15Z is booked without 92000 Wh of boiler.gas, which are set aside",
        "2019-06-04T04:30Z does not close: +1000 Wh came in without a metered consumer",
    )
    nobody = "waits for bat.in, bat.out, boiler.gas and 6 more"
    assert later == (
        *early,
        *(f"2019-06-04T{at}Z {nobody}" for at in ("04:45", "05:00", "05:15", "05:30", "05:45")),
        "2019-06-04T06:00Z waits for boiler.gas (5 Wh set aside), bat.in, bat.out and 6 more",
    )


async def test_a_summary_of_days_and_parts_of_days_is_the_sum_of_their_entries(
    database: Database,
) -> None:
    told_quarters = range(0, 300, 3)  # four local days, from noon to 15:00
    words = [w for q in told_quarters for w in a_quarter(q, grid_in=q, load_used=q, boiler_gas=1)]
    async with open_books(database, "park") as books:
        await take(books, words, the_rules(), NOON)
    queries = Queries(database, "park", ZONE)

    for first, last in ((0, 300), (7, 291), (48, 144), (1, 2), (50, 60)):
        span = Interval(NOON + first * QUARTER, NOON + last * QUARTER)
        rows = await database.rows(
            "SELECT ledger, sum(emissions_ng), count(*), count(*) FILTER (WHERE quality <> "
            "'measured') FROM current_entry WHERE interval_start >= %s AND interval_start < %s"
            " GROUP BY 1 ORDER BY 1",
            (span.start, span.end),
        )
        found = (await queries.sums(span)).totals
        assert sorted(
            (t.ledger.key, t.emissions_ng, t.entry_count, t.estimated_entry_count) for t in found
        ) == [(ledger, int(ng), count, estimated) for ledger, ng, count, estimated in rows]
