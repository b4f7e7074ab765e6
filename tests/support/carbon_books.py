"""A fake of the live books in memory; it passes the same contract suite as the real ones."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import product

import numpy as np

from services.carbon_accounting.domain.inventory.booking import Claimed
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.balances import QuarterFacts
from services.carbon_accounting.domain.live.days import DayChange
from services.carbon_accounting.domain.live.due import Told
from services.carbon_accounting.domain.live.lines import Entries, Line, together
from services.carbon_accounting.domain.live.postings import (
    Catalogue,
    Head,
    Newest,
    Posting,
    Standing,
    catalogue_of,
)
from services.carbon_accounting.domain.live.suspended import Content, Suspended
from services.carbon_accounting.domain.live.word_table import COLUMNS, Basis, WordTable
from services.carbon_accounting.domain.words import Word, WordKey
from services.carbon_accounting.live.bookkeeping import Step, take
from services.carbon_accounting.live.books import Pending, State
from services.carbon_accounting.live.live_rules import LiveRules
from services.energy.time_grid import QUARTER, Interval, floor, from_microseconds, to_microseconds
from tests.support.carbon import NOON, the_rules

Picture = dict[tuple[datetime, Line], tuple[int, int, bool]]
"""What `current_entry` shows: by quarter and line the amount, the ng, whether it is measured."""


@dataclass
class MemoryBooks:
    """The books in memory (`books.Books`)."""

    kept: dict[WordKey, Word] = field(default_factory=dict)
    lines: dict[Line, int] = field(default_factory=dict)
    postings: list[Posting] = field(default_factory=list)
    basis_of: dict[tuple[int, int], tuple[bytes, Basis]] = field(default_factory=dict)
    facts: dict[datetime, tuple[QuarterFacts, str]] = field(default_factory=dict)
    waits: set[datetime] = field(default_factory=set)
    states: dict[datetime, State] = field(default_factory=dict)
    day_sums: dict[tuple[date, int], tuple[int, int, int, int]] = field(default_factory=dict)
    covered: dict[Ledger, Claimed] = field(default_factory=dict)
    resource_months: list[str] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    restatements: dict[int, tuple[Pending, str]] = field(default_factory=dict)
    contents: dict[int, Content] = field(default_factory=dict)

    async def words(
        self, points: Collection[str], starts: Collection[datetime]
    ) -> dict[WordKey, Word]:
        return {key: self.kept[key] for key in product(points, starts) if key in self.kept}

    async def put_words(self, words: Sequence[Word]) -> None:
        self.kept.update({word.key: word for word in words})

    async def resources_changed(self, months: Collection[str]) -> None:
        self.resource_months.extend(sorted(months))

    async def told(
        self, points: Collection[str], ledger_from: datetime, late_after: timedelta
    ) -> Told | None:
        starts = [s for p, s in self.kept if s >= ledger_from and p in points]
        if not starts:
            return None
        until = max(starts) + QUARTER
        since = max(ledger_from, floor(until - late_after))
        whole = [
            start
            for start in {*starts}
            if start >= since
            and all(
                (word := self.kept.get((point, start))) is not None and word.is_whole
                for point in points
            )
        ]
        return Told(min(starts), until, max(whole) + QUARTER if whole else None)

    async def table(self, points: Collection[str], span: Interval) -> WordTable:
        table = WordTable.blank(
            sorted(points), to_microseconds(span.start), to_microseconds(span.end)
        )
        rows = {point: row for row, point in enumerate(table.points)}
        for (point, start), word in self.kept.items():
            if point in rows and start in span:
                at = rows[point], table.place(to_microseconds(start))
                table.there[at] = True
                for name in COLUMNS:
                    known = name == "known_at_us"
                    said = to_microseconds(word.known_at) if known else getattr(word, name)
                    table.columns[name][at] = said
        return table

    async def reach(self) -> Interval | None:
        known = self.facts.keys() | self.waits
        return Interval(min(known), max(known) + QUARTER) if known else None

    async def await_booking(self, starts: Collection[datetime]) -> None:
        self.waits |= {*starts}

    async def waiting(self) -> list[datetime]:
        return sorted(self.waits)

    async def settle(self, starts: Collection[datetime]) -> None:
        self.waits -= {*starts}

    async def put_facts(self, facts: Sequence[QuarterFacts], rules: str) -> None:
        self.facts.update({from_microseconds(one.start_us): (one, rules) for one in facts})

    async def examined(self, facts: Sequence[QuarterFacts], rules: str) -> None:
        for one in facts:
            start = from_microseconds(one.start_us)
            self.facts[start] = self.facts.get(start, (one, ""))[0], rules

    async def drop_quarters(self, span: Interval) -> None:
        self.facts = {start: one for start, one in self.facts.items() if start not in span}
        self.states = {
            at: one for at, one in self.states.items() if not span.start < at <= span.end
        }

    async def outdated(self, rules: str) -> list[datetime]:
        return sorted(start for start, (_, old) in self.facts.items() if old != rules)

    async def catalogue(self, lines: Sequence[Line]) -> tuple[Catalogue, Mapping[Line, int]]:
        for line in lines:
            self.lines.setdefault(line, len(self.lines) + 1)
        return catalogue_of({number: line for line, number in self.lines.items()}), self.lines

    async def lines_with(self, numbers: Collection[int]) -> Catalogue:
        return (await self.catalogue(()))[0]

    async def standing(self, span: Interval) -> Standing:
        here = [posting for posting in self.postings if posting.start in span]
        newest = {(p.start_us, p.ledger): Newest(p.number, p.basis) for p in here}
        return Standing(self._held(here), newest)

    def _held(self, postings: Iterable[Posting]) -> Entries:
        held: dict[tuple[int, Ledger], Entries] = {}
        for posting in postings:
            key = posting.start_us, posting.ledger
            before = held.get(key, Entries.nothing())
            rest = before.at(~np.isin(before.line_ids, posting.reversed))
            held[key] = together([rest, posting.booked])
        return together(held.values())

    async def basis_numbers(self, span: Interval) -> dict[int, dict[bytes, int]]:
        found: dict[int, dict[bytes, int]] = {}
        for (start_us, number), (digest, _) in self.basis_of.items():
            found.setdefault(start_us, {})[digest] = number
        return found

    async def bases(self, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], Basis]:
        return {key: self.basis_of[key][1] for key in keys}

    async def put_bases(self, bases: Sequence[tuple[int, int, bytes, Basis]]) -> None:
        self.basis_of |= {(at, number): (digest, basis) for at, number, digest, basis in bases}

    async def heads(self, chains: Collection[tuple[Ledger, str]]) -> dict[tuple[Ledger, str], Head]:
        ends = {(p.ledger, p.month): Head(p.place, p.link) for p in self.postings}
        return {chain: ends[chain] for chain in chains if chain in ends}

    async def append(self, postings: Sequence[Posting], known_at: datetime) -> None:
        self.postings += postings

    async def change_days(self, changes: Sequence[DayChange]) -> None:
        for one in changes:
            old = self.day_sums.get((one.day, one.line_id), (0, 0, 0, 0))
            change = one.amount, one.emissions_ng, one.entries, one.estimated
            new = tuple(a + b for a, b in zip(old, change, strict=True))
            self.day_sums[one.day, one.line_id] = new  # type: ignore[assignment]
        self.day_sums = {key: sums for key, sums in self.day_sums.items() if sums[2]}

    async def state_before(self, moment: datetime, after: datetime) -> State | None:
        found = [at for at in self.states if after < at <= moment]
        return self.states[max(found)] if found else None

    async def put_state(self, state: State, since: datetime) -> None:
        self.states = {at: one for at, one in self.states.items() if not since < at < state.at}
        self.states[state.at] = state

    async def coverage(self, span: Interval) -> dict[Ledger, Claimed]:
        """Nothing is covered but where a test says so, from NOON on."""
        first = (span.start - NOON) // QUARTER
        last = first + (span.end - span.start) // QUARTER
        return {
            ledger: {e: {c: wh[first:last] for c, wh in of.items()} for e, of in claimed.items()}
            for ledger, claimed in self.covered.items()
        }

    async def closed_months(self) -> frozenset[str]:
        return frozenset(self.closed)

    async def close_month(
        self, month: str, by: str, because: str, at: datetime, open_items: Sequence[str] = ()
    ) -> None:
        self.closed.setdefault(month, f"{by}: {because}")

    async def suspend(
        self, month: str, span: Interval, quarters: Sequence[Suspended], at: datetime
    ) -> None:
        there = [n for n, (p, s) in self.restatements.items() if (p.month, s) == (month, "pending")]
        number = there[0] if there else len(self.restatements) + 1
        before = self.contents.get(number, Content())
        noted = before.told(span, quarters)
        if not noted.is_as(before):
            kept = self.restatements[number][0] if there else Pending(number, month, (), "", 0)
            starts = tuple(sorted({*kept.starts, *noted.quarters}))
            because = "; ".join(noted.reasons)
            one = Pending(number, month, starts, because, kept.version + 1)
            self.restatements[number], self.contents[number] = (one, "pending"), noted

    async def pending(self, restatement_id: int) -> Pending | None:
        one, state = self.restatements.get(restatement_id, (None, ""))
        return one if state == "pending" else None

    async def decide(
        self, restatement_id: int, state: str, by: str, because: str, at: datetime
    ) -> None:
        self.restatements[restatement_id] = self.restatements[restatement_id][0], state

    # ---- what tests ask

    def take(self, words: Iterable[Word], rules: LiveRules | None = None) -> Step:
        """Take a batch; returns what it booked."""
        return asyncio.run(take(self, list(words), rules or the_rules(), NOON))

    def picture(self) -> Picture:
        """What is booked now."""
        entries = self._held(self.postings)
        lines = {number: line for line, number in self.lines.items()}
        columns = (entries.starts_us, entries.line_ids, entries.amounts, entries.emissions_ng)
        rows = zip(*(c.tolist() for c in columns), entries.measured.tolist(), strict=True)
        return {
            (from_microseconds(at), lines[number]): (amount, ng, sure)
            for at, number, amount, ng, sure in rows
        }

    def booked_ng(self, ledger: Ledger, **account: str) -> int:
        """The emissions of a ledger, of the entries whose accounts have these fields."""
        return sum(one[1] for one in self._of(ledger, account))

    def booked_amount(self, ledger: Ledger, **account: str) -> int:
        """The same of amounts."""
        return sum(one[0] for one in self._of(ledger, account))

    def _of(self, ledger: Ledger, account: dict[str, str]) -> list[tuple[int, int, bool]]:
        return [
            said
            for (_, line), said in self.picture().items()
            if line.ledger is ledger
            and all(getattr(line.account, name) == value for name, value in account.items())
        ]
