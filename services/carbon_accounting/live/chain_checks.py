"""Whether every link of the chains and every basis is what its content makes of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.lines import Entries
from services.carbon_accounting.domain.live.links import BEFORE_ALL, link_after, posting_bytes
from services.carbon_accounting.domain.live.postings import Posting, written
from services.carbon_accounting.live import statements as sql
from services.carbon_accounting.live.reading import KeptPosting, postings
from services.carbon_accounting.live.store import PostgresBooks
from services.energy.time_grid import from_microseconds, to_microseconds

AT_ONCE = 500
_PART = "p.ledger = %s AND p.month = %s AND p.place > %s ORDER BY p.place LIMIT %s"
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CheckedChain:
    """A ledger's month: how many links it has, and its first posting that is not what it was."""

    ledger: Ledger
    month: str
    links: int
    broken: str | None


async def broken_links(books: PostgresBooks) -> tuple[int, list[str]]:
    """Return how many links there are, and each chain's first posting that is not what it was."""
    count, broken = 0, []
    async for chain in checked_chains(books):
        count += chain.links
        broken += [chain.broken] if chain.broken else []
    return count, broken


async def checked_chains(books: PostgresBooks) -> AsyncIterator[CheckedChain]:
    """Yield every chain once its links have been made again, by ledger and month."""
    rows = await (await books.connection.execute(sql.CHAINS, (books.park_id,))).fetchall()
    for ledger, month in rows:
        yield await _checked(books, Ledger(ledger), month)


async def _checked(books: PostgresBooks, ledger: Ledger, month: str) -> CheckedChain:
    place, before, broken = 0, BEFORE_ALL, None
    async for one in _chain(books, ledger, month):
        lines = (await books.lines_with(_used(one))).lines
        content = posting_bytes(written(_posting(one), lines, one.known_at))
        before, place = link_after(before, content), place + 1
        if broken is None and (before, place) != (one.link, one.place):
            broken = f"{one.id}: its link does not follow from what it says"
    return CheckedChain(ledger, month, place, broken)


async def broken_bases(books: PostgresBooks) -> list[str]:
    """Return the bases whose words are not those of their digests."""
    broken: list[str] = []
    after, number = BEGINNING, 0
    while True:
        asked = (books.park_id, after, number, AT_ONCE)
        rows = await (await books.connection.execute(sql.SOME_BASES, asked)).fetchall()
        if not rows:
            return broken
        bases = await books.bases({(start_us, n) for start_us, n, _ in rows})
        for start_us, n, digest in rows:
            if bases[start_us, n].digest != bytes(digest):
                start = from_microseconds(start_us).isoformat()
                broken.append(f"basis {n} of {start}: its words are not those it was kept with")
        after, number = from_microseconds(rows[-1][0]), rows[-1][1]


async def _chain(books: PostgresBooks, ledger: Ledger, month: str) -> AsyncIterator[KeptPosting]:
    place = 0
    while True:
        asked = (int(ledger), month, place, AT_ONCE)
        some = await postings(books.connection, books.park_id, _PART, asked)
        if not some:
            return
        for one in some:
            yield one
        place = some[-1].place


def _used(one: KeptPosting) -> set[int]:
    return {*one.line_ids.tolist(), *one.reversed.tolist()}


def _posting(one: KeptPosting) -> Posting:
    start_us = to_microseconds(one.start)
    starts = one.line_ids * 0 + start_us
    booked = Entries(starts, one.line_ids, one.amounts, one.emissions_ng, one.measured)
    basis = one.basis, one.basis_digest
    head = (one.ledger, start_us, one.number, one.because, *basis)
    return Posting(*head, booked, one.reversed, one.month)
