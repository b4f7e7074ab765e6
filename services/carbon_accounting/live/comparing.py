"""Two versions of the live books: as reported on a time, as known by a later one, and why.

What differs and why is decided as `compare` of files does (`book/comparing_*.py`); here some local
days after the others, and of them only quarter hours of which a posting became known in between.
A quarter hour of which nothing was booked when it was reported did not change: it is first booked.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from services.carbon_accounting.book.comparing_entries import NOT_THERE, Texts, Versions
from services.carbon_accounting.book.comparing_reasons import reasons
from services.carbon_accounting.domain.factoring.exact import Whole, exact_sum
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.arrays import array_cursor
from services.carbon_accounting.live.changed_inputs import roles_of
from services.carbon_accounting.live.comparing_rows import LineCodes, line_codes, versions_of
from services.carbon_accounting.live.entry_tables import lines_of
from services.carbon_accounting.live.local_days import LocalDays
from services.carbon_accounting.live.stored_postings import entries_standing
from services.carbon_accounting.live.totals import TotalsAsked, totals_of
from services.carbon_accounting.live.versions import NOW
from services.runtime.database import Connection

_TOUCHED = """
SELECT DISTINCT (p.start AT TIME ZONE %(zone)s)::date, p.ledger, p.because,
       b.number IS NOT NULL AND p.basis IS DISTINCT FROM b.basis
FROM posting p
LEFT JOIN posting b ON b.park_id = p.park_id AND b.start = p.start AND b.ledger = p.ledger
                   AND b.number = p.number - 1
WHERE p.park_id = %(park)s
  AND p.known_at > %(reported_on)s AND p.known_at <= %(known_by)s::timestamptz
  AND p.start >= (%(first)s::date)::timestamp AT TIME ZONE %(zone)s
  AND p.start < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
  AND (%(ledger)s::int IS NULL OR p.ledger = %(ledger)s)
"""
_POSTINGS = """
SELECT (extract(epoch FROM p.start) * 1000000)::bigint, p.ledger::int, p.number, p.basis,
       p.line_ids, p.amounts, p.emissions_ng, p.measured, p.reversed,
       (p.start AT TIME ZONE %(zone)s)::date, p.known_at <= %(reported_on)s
FROM posting p
WHERE p.park_id = %(park)s AND p.known_at <= %(known_by)s::timestamptz
  AND p.start >= (%(first)s::date)::timestamp AT TIME ZONE %(zone)s
  AND p.start < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
  AND (%(ledger)s::int IS NULL OR p.ledger = %(ledger)s)
  AND EXISTS (
    SELECT FROM posting n
    WHERE n.park_id = p.park_id AND n.start = p.start AND n.ledger = p.ledger
      AND n.known_at > %(reported_on)s AND n.known_at <= %(known_by)s::timestamptz)
ORDER BY p.start, p.ledger, p.number
"""
START, LEDGER, DAY, WAS_KNOWN = 0, 1, 9, 10
"""Columns of _POSTINGS; those before DAY are what `entries_standing` reads."""
FIRST_BOOKED = "first booked"
LINES_AT_ONCE, MOST_DAYS = 4_000, 31
"""So many lines times days are compared at a time: some 100 MB."""
Key = tuple[Ledger, str, str]
"""A ledger, a local month, an enterprise."""
Row = Sequence[Any]
Touched = dict[date, dict[Ledger, set[str]]]
"""By local day and ledger: which inputs changed, by role."""


@dataclass(frozen=True, slots=True)
class VersionsAsked:
    """Which two versions of what; None takes all ledgers, all enterprises, and what is known."""

    days: LocalDays
    reported_on: datetime
    known_by: datetime | None = None
    ledger: Ledger | None = None
    enterprise: str | None = None


@dataclass
class Change:
    """Entries that are not the same for one reason: how many, and what counts more."""

    entries: int = 0
    more_ng: int = 0


@dataclass
class VersionDifference:
    """One enterprise's month of one ledger; ng of what counts, entries as in `compare`."""

    known_ng: int = 0
    more_ng: int = 0
    reversed: int = 0
    booked: int = 0
    changes: dict[str, Change] = field(default_factory=lambda: defaultdict(Change))

    @property
    def reported_ng(self) -> int:
        """What it was as reported."""
        return self.known_ng - self.more_ng

    def add(self, found: Versions, why: Texts, here: Whole) -> None:
        """Add the entries `here`, all of which changed."""
        more = found.counting_ng.after - found.counting_ng.before
        self.more_ng += exact_sum(more[here])
        self.reversed += int((found.stamp.before[here] != NOT_THERE).sum())
        self.booked += int((found.stamp.after[here] != NOT_THERE).sum())
        for reason in sorted(set(why[here].tolist())):
            ones = here[why[here] == reason]
            change = self.changes[reason]
            change.entries += len(ones)
            change.more_ng += exact_sum(more[ones])


Differences = dict[Key, VersionDifference]


async def version_differences(
    connection: Connection, park_id: str, zone: str, asked: VersionsAsked
) -> Differences:
    """Return what differs by ledger, month and enterprise, in this order."""
    found: Differences = {}
    codes = line_codes(await lines_of(connection, park_id))
    touched = await _touched(connection, park_id, zone, asked)
    for days in _portions(sorted(touched), len(codes.lines.ids)):
        rows = await _postings(connection, park_id, zone, asked, days)
        await asyncio.to_thread(_add_days, found, touched, rows, codes)
    mine = {key: one for key, one in found.items() if asked.enterprise in (None, key[2])}
    if mine:
        await _add_totals(connection, park_id, zone, asked, mine)
    return dict(sorted(mine.items()))


async def _touched(
    connection: Connection, park_id: str, zone: str, asked: VersionsAsked
) -> Touched:
    found: Touched = defaultdict(lambda: defaultdict(set))
    cursor = await connection.execute(_TOUCHED, _parameters(park_id, zone, asked, asked.days))
    for day, ledger, because, other_words in await cursor.fetchall():
        found[day][Ledger(ledger)] |= roles_of(because, other_words=other_words)
    return found


async def _postings(
    connection: Connection, park_id: str, zone: str, asked: VersionsAsked, days: LocalDays
) -> Sequence[Row]:
    """Return all postings of quarter hours of which one became known in between."""
    cursor = array_cursor(connection)
    await cursor.execute(_POSTINGS, _parameters(park_id, zone, asked, days))
    return await cursor.fetchall()


def _parameters(park_id: str, zone: str, asked: VersionsAsked, days: LocalDays) -> dict[str, Any]:
    return {
        "park": park_id,
        "zone": zone,
        "first": days.first,
        "last": days.last,
        "ledger": asked.ledger and int(asked.ledger),
        "reported_on": asked.reported_on,
        "known_by": asked.known_by or NOW,
    }


def _portions(days: Sequence[date], lines: int) -> Iterator[LocalDays]:
    """Yield days in order, some of one month at a time: the fewer the more lines there are."""
    most, some = min(MOST_DAYS, max(1, LINES_AT_ONCE // max(1, lines))), list[date]()
    for day in days:
        if some and (len(some) == most or (day.year, day.month) != (some[0].year, some[0].month)):
            yield LocalDays(some[0], some[-1])
            some = []
        some.append(day)
    if some:
        yield LocalDays(some[0], some[-1])


def _add_days(found: Differences, touched: Touched, rows: Sequence[Row], codes: LineCodes) -> None:
    """Add what differs by these postings of one month; days of the same reasons go together."""
    for (ledger, roles), some in _alike(touched, rows).items():
        old = entries_standing([row for row in some if row[WAS_KNOWN]])
        new = entries_standing(some)
        if not len(old) + len(new):
            continue
        pair = versions_of(old, new, codes)
        why = _first(pair) if roles is None else reasons(pair, roles)
        for enterprise, here in _by_enterprise(pair):
            key = (ledger, f"{some[0][DAY]:%Y-%m}", enterprise)
            found.setdefault(key, VersionDifference()).add(pair, why, here)


def _alike(
    touched: Touched, rows: Sequence[Row]
) -> dict[tuple[Ledger, frozenset[str] | None], list[Row]]:
    """Return postings by ledger and what changed on their day; None: first booked in between."""
    booked = {(row[START], row[LEDGER]) for row in rows if row[WAS_KNOWN]}
    alike: dict[tuple[Ledger, frozenset[str] | None], list[Row]] = defaultdict(list)
    for row in rows:
        ledger, was_booked = Ledger(row[LEDGER]), (row[START], row[LEDGER]) in booked
        roles = frozenset(touched[row[DAY]][ledger]) if was_booked else None
        alike[ledger, roles].append(row)
    return alike


def _first(found: Versions) -> Texts:
    return np.full(len(found.rows), FIRST_BOOKED, object)


def _by_enterprise(found: Versions) -> Iterator[tuple[str, Whole]]:
    """Yield which entries of each enterprise changed, for those of which some did."""
    column = found.table.column("enterprise").combine_chunks()
    codes = np.asarray(column.indices.take(pa.array(found.rows)))
    for code, name in enumerate(column.dictionary.to_pylist()):
        here = np.flatnonzero(found.changed & (codes == code))
        if len(here):
            yield name, here


async def _add_totals(
    connection: Connection, park_id: str, zone: str, asked: VersionsAsked, found: Differences
) -> None:
    """Add what the months of these differences come to, as known."""
    totals = TotalsAsked(
        days=asked.days,
        ledger=asked.ledger,
        enterprise=asked.enterprise,
        known_by=asked.known_by,
    )
    for key, total in (await totals_of(connection, park_id, zone, totals)).items():
        if key.counted and (one := found.get((key.ledger, key.month, key.enterprise))):
            one.known_ng += total.emissions_ng
