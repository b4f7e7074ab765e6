"""What the books hold, read for answers and for the topic: entries and postings, line by line."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.lines import Line
from services.carbon_accounting.domain.live.links import instant
from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.live.arrays import array_cursor
from services.carbon_accounting.live.line_numbers import LineNumbers
from services.carbon_accounting.live.store import PostgresBooks
from services.energy.time_grid import to_microseconds
from services.runtime.database import Connection, Database

COLUMNS = """p.ledger::int, p.start, p.number, p.known_at, p.because, p.basis, b.digest, p.line_ids,
    p.amounts, p.emissions_ng, p.measured, p.reversed, p.month, p.place, p.link"""
FROM = "posting p JOIN basis b ON (b.park_id, b.start, b.number) = (p.park_id, p.start, p.basis)"


@dataclass(frozen=True, slots=True, eq=False)
class KeptPosting:
    """A posting as it stands in the books; `line_ids` and `reversed` are numbers of lines."""

    park_id: str
    ledger: Ledger
    start: datetime
    number: int
    known_at: datetime
    because: str
    basis: int
    basis_digest: bytes
    line_ids: Whole
    amounts: Whole
    emissions_ng: Whole
    measured: Mask
    reversed: Whole
    month: str
    place: int
    link: bytes

    @property
    def id(self) -> str:
        """The posting id."""
        return f"{self.park_id}/{self.ledger.key}/{instant(self.start)}/{self.number}"


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """One line of a posting; `word`: what its meter's register said, None where it has none."""

    posting: KeptPosting
    line: Line
    amount: int
    emissions_ng: int
    measured: bool
    replaced: bool
    word: Word | None

    @property
    def id(self) -> str:
        """The entry id."""
        return f"{self.posting.id}/{self.line.digest.hex()[:16]}"

    @property
    def rank(self) -> tuple[datetime, str, int]:
        """Its place among the entries of its ledger."""
        return self.posting.start, rank_of(self.line), self.posting.number


def rank_of(line: Line) -> str:
    """Return what lines of one quarter are ordered by."""
    a, s = line.account, line.stamp
    parts = (a.meter, a.enterprise, a.activity, a.origin, a.gas, a.category, *_stamp(s))
    return "\x1f".join(parts)


def _stamp(stamp: Any) -> tuple[str, str, str]:
    return stamp.factors, stamp.method, stamp.unverified


@asynccontextmanager
async def reading(
    database: Database, park_id: str, numbers: LineNumbers
) -> AsyncIterator[tuple[Connection, PostgresBooks]]:
    """Open the books to read, as they are at one moment; writers do not wait."""
    async with database.transaction() as connection:
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection, PostgresBooks(connection, park_id, numbers)


async def postings(
    connection: Connection, park_id: str, where: str, parameters: Sequence[Any]
) -> list[KeptPosting]:
    """Return the postings of a park that `where` (of p, with its order and limit) describes."""
    cursor = array_cursor(connection)
    query = f"SELECT {COLUMNS} FROM {FROM} WHERE p.park_id = %s AND {where}"  # noqa: S608
    await cursor.execute(query, (park_id, *parameters))
    return [_posting(park_id, row) for row in await cursor.fetchall()]


def entries_of(
    kept: Sequence[KeptPosting], lines: Mapping[int, Line], words: Mapping[tuple[int, int], Any]
) -> list[KeptEntry]:
    """Return the entries of all postings of some quarters; `words` by start (us) and basis."""
    gone: dict[tuple[Ledger, datetime, int], int] = {}
    for one in kept:
        for number in one.reversed.tolist():
            gone[one.ledger, one.start, number] = one.number
    found = []
    for one in kept:
        said = words.get((to_microseconds(one.start), one.basis), {})
        columns = (one.line_ids, one.amounts, one.emissions_ng, one.measured)
        for number, amount, ng, sure in zip(*(c.tolist() for c in columns), strict=True):
            line = lines[number]
            replaced = gone.get((one.ledger, one.start, number), 0) > one.number
            word = said.get(line.account.meter)
            found.append(KeptEntry(one, line, amount, ng, sure, replaced, word))
    return found


def _posting(park_id: str, row: Any) -> KeptPosting:
    ledger, start, number, known_at, because, basis, digest, *rest = row
    *columns, link = rest
    head = (park_id, Ledger(ledger), start, number, known_at, because, basis, bytes(digest))
    ids, amounts, ng, measured, gone, month, place = columns
    return KeptPosting(*head, ids, amounts, ng, measured, gone, month, place, bytes(link))
