"""Books that were kept from registers are booked anew from words; what was booked stays readable.

Before: an hour of nine registers that nobody read at 12:30 and none after 12:46. The first quarter
is measured, the second and third have an interpolated border, the fourth waits for its end.
"""

import psycopg

from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.catching_up import next_portion
from services.carbon_accounting.live.store import open_books
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
ENTRY = (
    "INSERT INTO entry VALUES ('park', 1, 'gas:boiler', %s, 1, 'old', 1, 100, 20020, 'CO2', 'gas',"
    " 1, 200.2, 'V2', true, 1, '{boiler.gas@0..100}', %s, '')"
)
GAS_BOOKED = """
SELECT interval_start, amount, quality FROM current_entry
WHERE meter = 'boiler.gas' AND ledger = 'park_acceptance' ORDER BY 1
"""
OLD = "SELECT entry_id, energy_wh, emissions_mg, sources FROM entry_in_mg"


def register(point: str, minute: int) -> int:
    """Return what a register showed: 100 Wh at 12:15, 200 at 12:29, then its own rise."""
    if minute == 30:
        return 200 + BY_HALF_PAST.get(point, 0)
    return {0: 0, 7: 50, 15: 100, 29: 200}.get(minute, 200 + RISES.get(point, 0))


def counted(point: str, quarter: int) -> int:
    return register(point, 15 * quarter + 15) - register(point, 15 * quarter)


async def keep_the_hour(url: str) -> None:
    """Make the schema of then and write what it held after that hour."""
    first = migration_files("carbon_accounting")[0]
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
            await connection.execute(BOOKED, (NOON + quarter * QUARTER, "rules of then"))
        await connection.execute(ENTRY, (NOON, NOON))
        await connection.execute(WAITING, (NOON + 3 * QUARTER, "rules of then"))


async def test_an_upgrade_books_what_was_kept_anew_and_old_entries_stay_readable(
    fresh_database: str,
) -> None:
    rules = the_rules()
    await keep_the_hour(fresh_database)

    applied = await migrate("carbon_accounting", fresh_database)

    database = Database("carbon_accounting", fresh_database)
    await database.start()
    try:
        async with open_books(database, "park") as books:
            step, left = await next_portion(books, rules, NOON)
            verdict = await compared(books, rules)
        booked = await database.rows(GAS_BOOKED)
        async with open_books(database, "park") as books:
            told = await take(books, [a_word(GAS, 1, 111, known=40)], rules, NOON)
        old = await database.rows(OLD)
    finally:
        await database.stop()
    assert applied[0] == "0002_words.sql"
    assert old == [("old", 100, 20020, ["boiler.gas@100 Wh"])]
    assert (left, verdict.differences) == (0, [])
    assert {posting.number for posting in step.postings} == {1}
    assert booked == [
        (NOON + n * QUARTER, counted(GAS, n), "estimated" if n else "measured") for n in range(3)
    ]
    assert {(p.start, p.because) for p in told.postings} == {
        (NOON + QUARTER, f"{GAS}: ~{counted(GAS, 1)} Wh linear became 111 Wh")
    }
