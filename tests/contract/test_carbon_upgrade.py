"""Books that were kept from registers keep standing when the ledger follows words instead.

Before: an hour of nine registers that nobody read at 12:30 and none after 12:46. The first quarter
is measured, the second and third have an interpolated border, the fourth waits for its end.
"""

from typing import Any

import psycopg
from services.carbon_accounting.bookkeeping import rebook, take
from services.carbon_accounting.domain.booking import Booked, book
from services.carbon_accounting.domain.entries import Entry
from services.carbon_accounting.store import open_books

from services.carbon_accounting.domain.words import Method, Word
from services.carbon_accounting.verify import compared
from services.energy.time_grid import QUARTER
from services.runtime.database import Database, migrate, migration_files
from tests.support.carbon import (
    GAS,
    GRID,
    LOAD,
    MINUTE,
    NOON,
    POINTS,
    a_word,
    an_estimate,
    the_rules,
)

FIRST_AND_LAST = [(0, 7), (15, 29), (33, 40), (45, 46)]
"""When the registers were read in each quarter, in minutes after noon."""
RISES = {GRID: 2, LOAD: 6, GAS: 5}
"""What they counted from 12:29 to 12:33."""
BY_HALF_PAST = {GRID: 0, LOAD: 2, GAS: 1}
"""A quarter of that, half to even: of 0.5, 1.5 and 1.25 Wh."""
EDGE = "INSERT INTO register_edge VALUES ('park', %s, %s, %s, %s, %s, 'frame', %s, %s, %s, 'frame')"
BOOKED = "INSERT INTO quarter VALUES ('park', %s, %s, '', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false)"
WAITING = "INSERT INTO quarter (park_id, start, rules, waits_for) VALUES ('park', %s, %s, 'an end')"
ENTRY = f"INSERT INTO entry VALUES ('park', {', '.join(['%s'] * 18)})"
STANDING = "SELECT entry_id, energy_wh, emissions_mg, quality, known_at FROM entry ORDER BY 1"


def register(point: str, minute: int) -> int:
    """Return what a register showed: 100 Wh at 12:15, 200 at 12:29, then its own rise."""
    if minute == 30:
        return 200 + BY_HALF_PAST.get(point, 0)
    return {0: 0, 7: 50, 15: 100, 29: 200}.get(minute, 200 + RISES.get(point, 0))


def counted(point: str, quarter: int) -> int:
    return register(point, 15 * quarter + 15) - register(point, 15 * quarter)


def entries_of_then(quarter: int) -> list[Entry]:
    """Return what was booked of a quarter."""
    words = {point: a_word(point, quarter, counted(point, quarter)) for point in POINTS}
    if quarter:
        how = Method.LINEAR
        words = {
            p: an_estimate(p, quarter, word.energy_wh, how, known=60) for p, word in words.items()
        }
    outcome = book(NOON + quarter * QUARTER, words, the_rules())
    assert isinstance(outcome, Booked)
    return list(outcome.entries)


def source_of_then(source: str, quarter: int) -> str:
    """Return a source with the registers at both borders, as it was written then."""
    point = source.split("@")[0]
    shown = [str(register(point, 15 * quarter)), str(register(point, 15 * quarter + 15))]
    if quarter:
        shown[quarter % 2] = f"~{shown[quarter % 2]}"  # at 12:30 nobody read it
    return f"{point}@{'..'.join(shown)}"


def row_of_then(entry: Entry, quarter: int) -> tuple[Any, ...]:
    key, factor = entry.key, entry.factor
    return (
        *(int(key.ledger), key.activity, key.interval_start, 1, str(key), entry.scope),
        *(entry.energy_wh, entry.emissions_mg, key.ledger.gas, factor.id, factor.version),
        *(float(factor.mg_per_wh), factor.trust, entry.unverified, int(entry.quality)),
        *([source_of_then(source, quarter) for source in entry.sources], NOON, ""),
    )


async def keep_the_hour(url: str) -> None:
    """Make the schema of then and write what it held after that hour."""
    first, fingerprint = migration_files("carbon_accounting")[0], the_rules().fingerprint
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("CREATE SCHEMA carbon_accounting")
        await connection.execute("SET search_path TO carbon_accounting")
        await connection.execute(first.read_bytes())
        await connection.execute("CREATE TABLE migration (name text, number int)")
        await connection.execute("INSERT INTO migration VALUES (%s, 1)", (first.name,))
        for point in POINTS:
            for number, minutes in enumerate(FIRST_AND_LAST):
                first_and_last = [(NOON + m * MINUTE, register(point, m), NOON) for m in minutes]
                (one, other), start = first_and_last, NOON + number * QUARTER
                await connection.execute(EDGE, (point, start, *one, *other))
        for quarter in range(3):
            await connection.execute(BOOKED, (NOON + quarter * QUARTER, fingerprint))
            for entry in entries_of_then(quarter):
                await connection.execute(ENTRY, row_of_then(entry, quarter))
        await connection.execute(WAITING, (NOON + 3 * QUARTER, fingerprint))


async def test_an_upgrade_keeps_every_entry_and_a_word_takes_the_place_of_what_was_kept(
    fresh_database: str,
) -> None:
    rules = the_rules()
    await keep_the_hour(fresh_database)
    async with await psycopg.AsyncConnection.connect(fresh_database) as connection:
        await connection.execute("SET search_path TO carbon_accounting")
        before = await (await connection.execute(STANDING)).fetchall()

    applied = await migrate("carbon_accounting", fresh_database)

    database = Database("carbon_accounting", fresh_database)
    await database.start()
    try:
        after = await database.rows(STANDING)
        async with open_books(database, "park") as books:
            outdated = await books.outdated(rules.fingerprint)
            verdict = await compared(books, rules)
            step = await rebook(books, [NOON + n * QUARTER for n in range(3)], rules, NOON)
            word: Word = a_word(GAS, 1, 111, known=40)
            told = await take(books, [word], rules, NOON)
    finally:
        await database.stop()
    assert applied[0] == "0002_words.sql"
    assert len(before) == 3 * 18
    assert after == before
    assert outdated == []
    assert (verdict.entries, verdict.differences) == (3 * 18, ())
    assert (step.postings, step.withdrawals) == ((), ())
    assert {(p.entry.key.activity, p.entry.key.interval_start) for p in told.postings} == {
        ("gas:boiler", NOON + QUARTER)
    }
    assert told.postings[0].restated_because == f"{GAS}: ~101 Wh linear became 111 Wh"
