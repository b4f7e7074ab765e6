"""Proof that the books are what validation says: everything is booked again and compared."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any

from services.carbon_accounting.certificates.proof import broken_certificates
from services.carbon_accounting.domain.live.balances import facts_of
from services.carbon_accounting.domain.live.days import DayChange, day_sums
from services.carbon_accounting.domain.live.differing import difference
from services.carbon_accounting.domain.live.lines import Entries, Line, entries_of, lines_of
from services.carbon_accounting.domain.live.links import instant
from services.carbon_accounting.domain.live.stretches import chunk_end
from services.carbon_accounting.domain.live.word_table import WordTable
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.live.booked_stretch import booked_stretch
from services.carbon_accounting.live.bookkeeping import span_due
from services.carbon_accounting.live.books import State
from services.carbon_accounting.live.chain_checks import broken_bases, broken_links
from services.carbon_accounting.live.line_numbers import LineNumbers
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.period_checks import broken_closings
from services.carbon_accounting.live.reading import reading
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.live.store import PostgresBooks
from services.carbon_accounting.rules import rules_for
from services.carbon_accounting.settings import Settings
from services.energy.site import Park
from services.energy.time_grid import QUARTER, Interval, from_microseconds, to_microseconds
from services.runtime.database import Database

DIFFERENCES_SHOWN = 20
LAST_QUARTER = time(23, 45)
"""Start of a local day's last quarter hour."""


@dataclass
class Verdict:
    """How much was compared and what differs, in words; `suspended` waits for an approval.

    `waiting`: quarters that are to be booked and are not yet; nothing from the first of them on is
    compared with its words.
    """

    entries: int = 0
    quarters: int = 0
    postings: int = 0
    differences: list[str] = field(default_factory=list)
    suspended: int = 0
    waiting: list[datetime] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The verdict for people."""
        head = (
            f"{self.entries} current entries of {self.quarters} quarters recomputed, "
            f"{self.postings} links of the chains checked"
        )
        waits = f"; {self.suspended} quarters of closed months await a decision or were refused it"
        head += waits if self.suspended else ""
        head += self._not_compared if self.waiting else ""
        if not self.differences:
            return f"{head}: all equal, to the ng"
        more = len(self.differences) - DIFFERENCES_SHOWN
        tail = [f"and {more} more"] if more > 0 else []
        shown = self.differences[:DIFFERENCES_SHOWN]
        return "\n".join([f"{head}: {len(self.differences)} differ", *shown, *tail])

    @property
    def _not_compared(self) -> str:
        since = instant(self.waiting[0])
        return f"; {len(self.waiting)} quarters wait to be booked, nothing from {since} on compared"

    def is_open(self, start: datetime) -> bool:
        """Whether what stands at a start is still to be booked."""
        return bool(self.waiting) and start >= self.waiting[0]


async def compared(books: PostgresBooks, rules: LiveRules) -> Verdict:
    """Book every quarter from the kept words, and compare; check links, bases and day sums."""
    verdict = Verdict()
    async for _ in comparing(books, rules, verdict):
        pass
    verdict.postings, broken = await broken_links(books)
    verdict.differences += [*broken, *await broken_closings(books.connection, books.park_id)]
    return verdict


async def comparing(books: PostgresBooks, rules: LiveRules, verdict: Verdict) -> AsyncIterator[str]:
    """Book every quarter from the kept words, and compare; check facts, bases, sums, certificates.

    Yields the local month that it is in, after some of its days.
    """
    span, booked = await span_due(books, rules), await books.reach()
    verdict.waiting = await books.waiting()
    if booked != span and not verdict.waiting:
        verdict.differences.append(f"quarters booked: {_told(booked)}, due: {_told(span)}")
    if span is not None:
        async for month in _Comparing(books, rules, span, verdict).run():
            yield month
    verdict.differences += await broken_bases(books)
    verdict.differences += await broken_certificates(books.connection, books.park_id)


@dataclass
class _Comparing:
    books: PostgresBooks
    rules: LiveRules
    span: Interval
    verdict: Verdict
    days: dict[tuple[Any, int], list[int]] = field(default_factory=dict)
    _closed_at: Mapping[str, datetime] = field(default_factory=dict)
    _approved_at: Mapping[datetime, datetime] = field(default_factory=dict)

    async def run(self) -> AsyncIterator[str]:
        """Go through the books from their beginning; yield the month after some of its days."""
        excused, closed = await self.books.undecided(), await self.books.closed_months()
        self._closed_at = await self.books.closed_at()
        self._approved_at = await self.books.approved_at()
        start, opening, zone = self.span.start, Pools(), self.rules.site.time_zone
        while start < self.span.end:
            end = chunk_end(start, (), self.span.end, zone, len(self.rules.registers))
            here, month = Interval(start, end), str(Month.of(start, zone))
            opening = await self._compare(here, opening, excused)
            state = await self.books.state_before(end, start)
            at_end = str(Month.of(end, zone)) != month
            if month in closed and at_end and state is not None:
                opening = state.pools  # what follows was booked from what the month closed with
            elif not self.verdict.is_open(end - QUARTER) and self._is_other(state, end, opening):
                self._differs(end, "the content of stores is not what it was kept as")
            yield month
            start = end
        await self._compare_days()

    def _is_other(self, state: State | None, at: datetime, computed: Pools) -> bool:
        return state is not None and state.at == at and state.pools != computed

    async def _compare(self, span: Interval, opening: Pools, excused: frozenset[datetime]) -> Pools:
        table = await self.books.table(self.rules.registers, span)
        coverage = await self.books.coverage(span)
        accounted = self.rules.accounted
        found = await asyncio.to_thread(booked_stretch, accounted, table, opening, coverage)
        right = [*lines_of(found.blocks)]
        catalogue, numbers = await self.books.known_lines(right)
        computed = entries_of(found.blocks, numbers)
        standing = (await self.books.standing(span)).entries
        self.verdict.entries += len(standing)
        self.verdict.quarters += len(table.starts_us)
        apart = difference(computed, standing)
        for entries, how in ((apart.booked, "should be booked"), (apart.reversed, "is booked")):
            self._tell(entries, how, catalogue.lines, excused)
        self._add_days(standing)
        await self._compare_facts(span, table, found.beyond, excused)
        return found.closing

    async def _compare_facts(
        self,
        span: Interval,
        table: WordTable,
        beyond: Mapping[int, str],
        excused: frozenset[datetime],
    ) -> None:
        """Hold what summaries say of quarters against the words; a closed month keeps its own."""
        kept = await self.books.facts(span)
        right = await asyncio.to_thread(facts_of, self.rules.site, table, 0, beyond)
        since = self._closed_at.get(str(Month.of(span.start, self.rules.site.time_zone)))
        for place, one in enumerate(right):
            start = from_microseconds(one.start_us)
            until = since and self._approved_at.get(start, since)
            stays = start in excused or (until is not None and _is_told_since(table, place, until))
            said, by_rules = kept.get(one.start_us, (None, self.rules.fingerprint))
            stays |= until is not None and by_rules != self.rules.fingerprint
            right_one = one
            if until is not None and said is not None:  # what covers it moves on, the month stays
                right_one = replace(one, claimed_beyond=said.claimed_beyond)
            if not (stays or self.verdict.is_open(start)) and said != right_one:
                self._differs(start, "the facts of the quarter are not what its words say")

    def _tell(self, entries: Entries, how: str, lines: Any, excused: frozenset[datetime]) -> None:
        told = {to_microseconds(start) for start in excused}
        columns = (entries.starts_us, entries.line_ids, entries.amounts, entries.emissions_ng)
        waiting = set()
        for start_us, number, amount, ng in zip(*(c.tolist() for c in columns), strict=True):
            if self.verdict.is_open(from_microseconds(start_us)):
                continue
            if start_us in told:
                waiting.add(start_us)
                continue
            said = f"{_named(lines[number])}: {how}: {amount}, {ng} ng"
            self._differs(from_microseconds(start_us), said)
        self.verdict.suspended += len(waiting)

    def _add_days(self, standing: Entries) -> None:
        for one in day_sums(standing, self.rules.site.time_zone):
            held = self.days.setdefault((one.day, one.line_id), [0, 0, 0, 0])
            for at, value in enumerate(_numbers(one)):
                held[at] += value

    async def _compare_days(self) -> None:
        kept, zone = await self.books.days(), self.rules.site.time_zone
        for key in sorted(kept.keys() | self.days.keys()):
            if self.verdict.is_open(datetime.combine(key[0], LAST_QUARTER, zone)):
                continue
            if (held := kept.get(key)) != (right := tuple(self.days.get(key, ()))):
                self.verdict.differences.append(
                    f"sum of {key[0]}, line {key[1]}: {held}, not {right}"
                )

    def _differs(self, at: datetime, what: str) -> None:
        self.verdict.differences.append(f"{instant(at)} {what}")


def _is_told_since(table: WordTable, place: int, moment: datetime) -> bool:
    """Whether a word on a quarter became known after a moment."""
    return bool((table.columns["known_at_us"][:, place] > to_microseconds(moment)).any())


def _numbers(one: DayChange) -> tuple[int, int, int, int]:
    return one.amount, one.emissions_ng, one.entries, one.estimated


def _named(line: Line) -> str:
    account = line.account
    parts = (line.ledger.key, account.enterprise, account.meter, account.activity, account.origin)
    return " ".join(filter(None, [*parts, account.gas, line.stamp.factors]))


def _told(span: Interval | None) -> str:
    return "none" if span is None else f"{instant(span.start)} to {instant(span.end)}"


async def verify(settings: Settings, park: Park) -> int:
    """Print the verdict; the exit code is 1 when anything differs."""
    rules = rules_for(park, settings.park, settings.acceptance_factor_year)
    database = Database("carbon_accounting", settings.database_url)
    await database.start()
    try:
        # as of one moment; the service goes on booking
        async with reading(database, park.id, LineNumbers()) as (connection, books):
            verdict = await compared(books, await RulesNow(rules).of(connection))
    finally:
        await database.stop()
    sys.stdout.write(verdict.text + "\n")
    return 1 if verdict.differences else 0
