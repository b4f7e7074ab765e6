"""Reading the live books for the RPCs."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.used_power import (
    GREEN_KINDS,
    GRID_KINDS,
    NOTHING_USED,
    UsedPower,
    traced,
    used_in,
)
from services.carbon_accounting.domain.local_day import local_day
from services.carbon_accounting.live.line_numbers import LineNumbers
from services.carbon_accounting.live.reading import KeptEntry, KeptPosting, entries_of, postings
from services.carbon_accounting.live.reading import reading as opened
from services.carbon_accounting.live.store import PostgresBooks
from services.carbon_accounting.messages import Place
from services.energy.time_grid import QUARTER, Interval, to_microseconds
from services.runtime.database import Connection, Database

OPEN_ITEMS_SHOWN = 200
POSTINGS_AT_ONCE = 200
_NEXT = """
p.ledger = %s AND p.start >= %s AND p.start < %s AND p.start IN (
    SELECT DISTINCT start FROM posting WHERE park_id = p.park_id AND ledger = %s
    AND start >= %s AND start < %s ORDER BY start LIMIT %s)
ORDER BY p.start, p.number
"""
_DAYS = """
SELECT l.ledger, sum(d.emissions_ng) FILTER (WHERE l.counted), sum(d.entries), sum(d.estimated),
       array_agg(DISTINCT l.unverified) FILTER (WHERE l.unverified <> ''),
       sum(d.amount) FILTER (WHERE l.carrier = 'electricity'),
       sum(d.amount) FILTER (WHERE l.carrier = 'electricity'
                             AND split_part(l.origin, ':', 1) = ANY (%s)),
       sum(d.amount) FILTER (WHERE l.carrier = 'electricity'
                             AND split_part(l.origin, ':', 1) = ANY (%s))
FROM day_line d JOIN account_line l USING (line_id)
WHERE d.park_id = %s AND d.day >= %s AND d.day < %s GROUP BY l.ledger
"""
_RESTATED = """
SELECT ledger, count(DISTINCT start) FROM posting
WHERE park_id = %s AND start >= %s AND start < %s AND number > 1 GROUP BY ledger
"""
_FLOWS = """
SELECT coalesce(sum(grid_import_wh), 0)::bigint, coalesce(sum(grid_export_wh), 0)::bigint,
       coalesce(sum(pv_wh + wind_wh + other_green_wh), 0)::bigint,
       coalesce(sum(gas_wh), 0)::bigint, max(start),
       count(*) FILTER (WHERE waits_for <> ''), count(*) FILTER (WHERE loads_wh IS NULL)
FROM quarter WHERE park_id = %s AND start >= %s AND start < %s
"""
_OPEN = """
SELECT start, waits_for, set_aside, claimed_beyond, CASE WHEN gap_is_large THEN gap_wh END
FROM quarter WHERE park_id = %s AND start >= %s AND start < %s
  AND (gap_is_large OR set_aside <> '' OR waits_for <> '' OR claimed_beyond <> '')
ORDER BY start LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of one ledger; `unverified`: why, each reason once; `used`: electricity."""

    ledger: Ledger
    emissions_ng: int = 0
    entry_count: int = 0
    estimated_entry_count: int = 0
    restated_entry_count: int = 0
    unverified: tuple[str, ...] = ()
    used: UsedPower = NOTHING_USED

    def __add__(self, other: "Total") -> "Total":
        return Total(
            self.ledger,
            self.emissions_ng + other.emissions_ng,
            self.entry_count + other.entry_count,
            self.estimated_entry_count + other.estimated_entry_count,
            self.restated_entry_count + other.restated_entry_count,
            tuple(sorted({*self.unverified, *other.unverified})),
            self.used + other.used,
        )


@dataclass(frozen=True, slots=True)
class Sums:
    """What the books hold of an interval. Energies in Wh; `last` is the newest booked quarter.

    What meters counted (`grid_import_wh` to `generation_wh`) is of quarters whose meters are all
    known; `waiting` quarters lack some register, `unmetered` ones one of electricity.
    """

    totals: tuple[Total, ...]
    grid_import_wh: int
    grid_export_wh: int
    generation_wh: int
    gas_wh: int
    last: datetime | None
    waiting: int
    unmetered: int
    open_items: tuple[str, ...]

    @property
    def used(self) -> UsedPower:
        """Electricity that was used, as traced."""
        return traced(total.used for total in self.totals)

    @property
    def booked_until(self) -> datetime | None:
        """End of the newest booked quarter."""
        return None if self.last is None else self.last + QUARTER


class Queries:
    """Reads one park's books."""

    def __init__(self, database: Database, park_id: str, zone: ZoneInfo) -> None:
        self._database = database
        self._park_id = park_id
        self._zone = zone
        self._numbers = LineNumbers()

    async def entries(
        self,
        ledgers: Sequence[Ledger],
        interval: Interval,
        *,
        replaced: bool,
        after: Place | None,
        limit: int,
        enterprise: str | None = None,
    ) -> list[KeptEntry]:
        """Return entries, one ledger after the other, at most `limit`, as of one moment.

        `enterprise`: whose; None takes all.
        """
        found: list[KeptEntry] = []
        async with opened(self._database, self._park_id, self._numbers) as (connection, books):
            for ledger in ledgers:
                if after is not None and ledger < after.ledger:
                    continue
                place = after if after is not None and after.ledger is ledger else None
                async for one in self._of_ledger(connection, books, ledger, interval, place):
                    whose = one.line.account.enterprise
                    if (replaced or not one.replaced) and enterprise in (None, whose):
                        found.append(one)
                    if len(found) == limit:
                        return found
        return found

    async def _of_ledger(
        self,
        connection: Connection,
        books: PostgresBooks,
        ledger: Ledger,
        interval: Interval,
        after: Place | None,
    ) -> AsyncIterator[KeptEntry]:
        """Yield the entries of a ledger behind a place, in their order."""
        place = None if after is None else (after.start, after.rank, after.number)
        start = interval.start if after is None else after.start
        while start < interval.end:
            kept = await self._quarters(connection, ledger, Interval(start, interval.end))
            if not kept:
                return
            for one in sorted(await self._entries(books, kept), key=lambda entry: entry.rank):
                if place is None or one.rank > place:
                    yield one
            start = kept[-1].start + QUARTER

    async def _quarters(
        self, connection: Connection, ledger: Ledger, rest: Interval
    ) -> list[KeptPosting]:
        span = (int(ledger), rest.start, rest.end)
        parameters = (*span, *span, POSTINGS_AT_ONCE)
        return await postings(connection, self._park_id, _NEXT, parameters)

    async def _entries(self, books: PostgresBooks, kept: Sequence[KeptPosting]) -> list[KeptEntry]:
        used = {n for one in kept for n in (*one.line_ids.tolist(), *one.reversed.tolist())}
        bases = await books.bases({(to_microseconds(one.start), one.basis) for one in kept})
        words = {key: basis.words(key[0]) for key, basis in bases.items()}
        return entries_of(kept, (await books.lines_with(used)).lines, words)

    async def sums(self, interval: Interval) -> Sums:
        """Return the sums of an interval in one snapshot."""
        span = (self._park_id, interval.start, interval.end)
        async with opened(self._database, self._park_id, self._numbers) as (connection, books):
            totals = await self._totals(connection, books, interval)
            restated = dict(await _all(connection, _RESTATED, span))
            (flows,) = await _all(connection, _FLOWS, span)
            waiting = await _all(connection, _OPEN, (*span, OPEN_ITEMS_SHOWN))
        for ledger, count in restated.items():
            one = Ledger(ledger)
            totals[one] = totals.get(one, Total(one)) + Total(one, restated_entry_count=count)
        ordered = tuple(total for _, total in sorted(totals.items()))
        items = tuple(item for row in waiting for item in _open_items(*row))
        imported, exported, generated, gas, last, lacking, unmetered = flows
        return Sums(
            ordered, imported, exported, generated, gas, last, lacking, unmetered, open_items=items
        )

    async def _totals(
        self, connection: Connection, books: PostgresBooks, interval: Interval
    ) -> dict[Ledger, Total]:
        """Return the totals: whole local days from their sums, what is left from the entries."""
        found: dict[Ledger, Total] = {}
        days, rest = parts_of(interval, self._zone)
        rows = []
        if days is not None:
            local = [at.astimezone(self._zone).date() for at in (days.start, days.end)]
            rows = await _all(connection, _DAYS, (GREEN_KINDS, GRID_KINDS, self._park_id, *local))
        for number, ng, count, estimated, reasons, *wh in rows:
            ledger, doubts = Ledger(number), tuple(sorted(reasons or ()))
            used = UsedPower(*(int(one or 0) for one in wh))
            found[ledger] = Total(ledger, int(ng or 0), int(count), int(estimated), 0, doubts, used)
        for span in rest:
            for total in await self._of_quarters(books, span):
                found[total.ledger] = found.get(total.ledger, Total(total.ledger)) + total
        return found

    async def _of_quarters(self, books: PostgresBooks, span: Interval) -> Iterator[Total]:
        entries = (await books.standing(span)).entries
        lines = (await books.lines_with({*entries.line_ids.tolist()})).lines
        columns = (entries.line_ids, entries.amounts, entries.emissions_ng, entries.measured)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return (
            Total(
                (line := lines[number]).ledger,
                ng if line.account.counted else 0,
                1,
                0 if sure else 1,
                0,
                (line.stamp.unverified,) if line.stamp.unverified else (),
                used_in(line.account, amount),
            )
            for number, amount, ng, sure in rows
        )


def parts_of(interval: Interval, zone: ZoneInfo) -> tuple[Interval | None, list[Interval]]:
    """Return the whole local days of an interval as one span, and what is left at both ends."""
    first, last = local_day(interval.start, zone), local_day(interval.end, zone)
    begin = interval.start if first.start == interval.start else first.end
    end = last.start
    if begin >= end:
        return None, [interval]
    rest = []
    if interval.start < begin:
        rest.append(Interval(interval.start, begin))
    if end < interval.end:
        rest.append(Interval(end, interval.end))
    return Interval(begin, end), rest


async def _all(connection: Connection, query: str, parameters: Sequence[Any]) -> list[Any]:
    return await (await connection.execute(query, parameters)).fetchall()


def _open_items(
    start: datetime, waits_for: str, set_aside: str, beyond: str, gap_wh: int | None
) -> Iterator[str]:
    """Yield what is open of a quarter; `gap_wh` only where it is large."""
    quarter = f"{start:%Y-%m-%dT%H:%MZ}"
    if waits_for:
        yield f"{quarter} waits for {waits_for}"
    elif set_aside:
        yield f"{quarter} is booked without {set_aside}, which are set aside"
    if beyond:
        yield f"{quarter} has certificates for more than was used: {beyond}"
    if gap_wh is not None and gap_wh > 0:
        yield f"{quarter} does not close: {gap_wh:+d} Wh came in without a metered consumer"
    elif gap_wh is not None:
        yield f"{quarter} does not close: {-gap_wh} Wh were consumed without a metered supply"
