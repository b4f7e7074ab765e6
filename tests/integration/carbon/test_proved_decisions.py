"""A closing, a decision and the facts of a quarter: not changed by SQL, or found by the proof."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.period_listing import pending_of
from services.carbon_accounting.live.periods import approve, close, reject
from services.carbon_accounting.live.restated_lines import restatements_of
from services.carbon_accounting.live.store import PostgresBooks, open_books
from services.carbon_accounting.verify import compared
from services.energy.time_grid import QUARTER
from services.runtime.database import Database
from tests.support.carbon import GAS, NOON, a_quarter, a_word, the_rules

LAST_OF_MAY = -4 * 96
RULES = the_rules(since=NOON + LAST_OF_MAY * QUARTER)
APPROVED_AT, REJECTED_AT = NOON + timedelta(hours=2), NOON + timedelta(hours=4)


@pytest.fixture
async def decided(empty_books: str, tmp_path: Path) -> AsyncIterator[Database]:
    """May is closed; one restatement of it was approved, a second one rejected."""
    database = Database("carbon_accounting", empty_books)
    await database.start()
    async with open_books(database, "park") as books:
        may = [w for q in (0, 1) for w in a_quarter(LAST_OF_MAY + q, grid_in=9, boiler_gas=10)]
        await take(books, [*may, *a_quarter(0, grid_in=9)], RULES, NOON)
        assert await close(books, RULES, "2019-05", "li", "reported", NOON) is None
        await take(books, [a_word(GAS, LAST_OF_MAY, 12, known=90)], RULES, APPROVED_AT)
        await approve(books, RULES, await waiting(books), "wang", "checked", APPROVED_AT)
        await take(books, [a_word(GAS, LAST_OF_MAY + 1, 7, known=150)], RULES, REJECTED_AT)
        await reject(books, await waiting(books), "wang", "other meter", REJECTED_AT)
    yield database
    await database.stop()


async def waiting(books: PostgresBooks) -> int:
    """Return the id of what waits for a decision."""
    (one,) = await pending_of(books.connection, "park")
    return one.id


async def found(database: Database, *changes: str) -> list[str]:
    """Return what a proof finds once somebody who may do anything has changed the books."""
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL session_replication_role = replica")
        for change in changes:
            assert (await connection.execute(change)).rowcount > 0
    async with open_books(database, "park") as books:
        return (await compared(books, RULES)).differences


async def test_books_with_decisions_are_proved(decided: Database) -> None:
    assert await found(decided) == []


async def test_a_restatement_in_a_report_says_who_approved_it(decided: Database) -> None:
    async with decided.transaction() as connection:
        told = await restatements_of(connection, "park", ["2019-05"])

    assert len(told) == 3  # each ledger's gas
    assert {one.approved_by for one in told} == {"wang"}
    assert {one.after.known_at for one in told} == {APPROVED_AT}


FORGED = {
    "UPDATE closed_period SET heads = replace(heads::text, '8', '9')::jsonb": "closed with head",
    "UPDATE closed_period SET heads = heads - '2'": "closed with head none of location_based",
    'UPDATE closed_period SET heads = heads || \'{"7": "00"}\'': "head of battery, of which",
    "UPDATE closed_period SET closed_at = closed_at - interval '1 hour'": "2019-06-04T03",
    "DELETE FROM closed_period": "is of 2019-05, which nobody has closed",
    "UPDATE pending_restatement SET decided_by = 'mallory' WHERE state = 'approved'": "with head",
    "UPDATE pending_restatement SET state = 'rejected' WHERE state = 'approved'": "with head",
    "UPDATE quarter SET grid_import_wh = 999 WHERE start > '2019-06-01'": "04:00:00Z the facts",
    "UPDATE quarter SET loads_wh = 77 WHERE start = '2019-05-31 04:00Z'": "31T04:00:00Z the facts",
    "DELETE FROM quarter WHERE start = '2019-05-31 04:45Z'": "31T04:45:00Z the facts",
}


@pytest.mark.parametrize("change", FORGED)
async def test_what_was_forged_is_found(decided: Database, change: str) -> None:
    told = await found(decided, change)

    assert any(FORGED[change] in one for one in told), told


REFUSED = {
    "UPDATE closed_period SET closed_by = 'mallory'": "append-only",
    "DELETE FROM closed_period": "append-only",
    "DELETE FROM pending_restatement": "append-only",
    "UPDATE pending_restatement SET decided_by = 'mallory'": "was decided",
    "UPDATE account_line SET factors = 'forged'": "append-only",
    **{
        f"TRUNCATE {table} CASCADE": "append-only"
        for table in ("posting", "basis", "closed_period", "pending_restatement", "certificate_lot")
    },
    **{f"TRUNCATE {table}": "append-only" for table in ("production", "factor_file", "coverage")},
}


@pytest.mark.parametrize("change", REFUSED)
async def test_what_was_decided_is_not_changed(decided: Database, change: str) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match=REFUSED[change]):
        async with decided.transaction() as connection:
            await connection.execute(change)


async def test_what_waits_becomes_something_else_as_a_new_version_alone(decided: Database) -> None:
    async with open_books(decided, "park") as books:
        await take(books, [a_word(GAS, LAST_OF_MAY, 15, known=400)], RULES, REJECTED_AT)
    for change, why in {
        "SET because = 'x'": "is a new version",
        "SET found_at = now()": "never changes",
        "SET version = 9": "is a new version",
        "SET state = 'approved', decided_at = now(), because = 'x'": "is a new version",
    }.items():
        with pytest.raises(psycopg.errors.RaiseException, match=why):
            async with decided.transaction() as connection:
                await connection.execute(
                    f"UPDATE pending_restatement {change} WHERE state = 'pending'"
                )
