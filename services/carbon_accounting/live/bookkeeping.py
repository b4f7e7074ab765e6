"""One step of the books: words in, touched quarters booked again, all in one transaction."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.balances import facts_of
from services.carbon_accounting.domain.live.days import day_changes
from services.carbon_accounting.domain.live.differing import Difference, difference
from services.carbon_accounting.domain.live.due import due, quarters_of, runs_of, touched
from services.carbon_accounting.domain.live.lines import Entries, Line, entries_of, lines_of
from services.carbon_accounting.domain.live.postings import (
    Bases,
    Head,
    Posting,
    Standing,
    chained,
    postings_of,
)
from services.carbon_accounting.domain.live.reasons import SHOWN, changed_words
from services.carbon_accounting.domain.live.stretches import chunk_end
from services.carbon_accounting.domain.live.word_table import Basis, WordTable
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.domain.words import Word, news
from services.carbon_accounting.live.booked_stretch import BookedStretch, booked_stretch
from services.carbon_accounting.live.books import Books, State
from services.carbon_accounting.live.live_rules import LiveRules
from services.energy.time_grid import QUARTER, Interval, from_microseconds, to_microseconds

THREAD_FROM_CELLS = 2_000
THREAD_FROM_POSTINGS = 100
"""So many words are booked, so many postings chained, beside the loop that answers requests."""
STORES = "what the stores held changed by what earlier quarters say now"
NOT_DUE = "withdrawn, waits for its registers: nothing later is complete any more"
RULES = "the park file or the rules of booking changed"


@dataclass
class Step:
    """What one step did: postings, quarters looked at, and closed months that would change."""

    postings: list[Posting] = field(default_factory=list)
    quarters: int = 0
    suspended: dict[str, list[datetime]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """How to book again: `because` is the reason where neither word nor factor tells one.

    `month`/`prefix`: a closed month that may be restated by an approval, and what its reasons
    begin with. Beyond the last touched quarter books go on while the content of stores differs;
    with `more_follows` they do not, as somebody books there next.
    """

    because: str
    month: str = ""
    prefix: str = ""
    more_follows: bool = False


async def take(books: Books, words: Iterable[Word], rules: LiveRules, now: datetime) -> Step:
    """Take words into the books and book the quarters that they touch.

    All words are kept, of registers too that the park file will name some day. Idempotent: words
    that are known already, or that came too late to stand, change nothing.
    """
    told = [*words]
    standing = await books.words({w.point_id for w in told}, {w.start for w in told})
    if not (new := news(told, standing)):
        return Step()
    await books.put_words(new)
    await _note_resources(books, new, rules)
    registers = frozenset(rules.registers)
    if not (booked := [word.start for word in new if word.point_id in registers]):
        return Step()
    before, span = await books.booked(), await span_due(books, rules)
    starts = touched(booked, before, span)
    return await rebook(books, starts, rules, now, Order(STORES))


async def _note_resources(books: Books, new: Sequence[Word], rules: LiveRules) -> None:
    """Note of which local months other resources say something new: no posting tells of them."""
    zone = rules.site.time_zone
    said = {word.start for word in new if word.point_id in rules.resources}
    if months := {str(Month.of(start, zone)) for start in said}:
        await books.resources_changed(months)


async def span_due(books: Books, rules: LiveRules) -> Interval | None:
    """Return the quarters that are in the books by the words that stand."""
    told = await books.told(rules.registers, rules.ledger_from, rules.late_after)
    return due(told, rules.ledger_from, rules.late_after)


async def rebook(
    books: Books, starts: Collection[datetime], rules: LiveRules, now: datetime, order: Order
) -> Step:
    """Book these quarters again, and those after them that the stores' content changes."""
    step, span = Step(quarters=len(starts)), await span_due(books, rules)
    ordered = sorted(starts)
    closed, zone = await books.closed_months(), rules.site.time_zone
    gone = [start for start in ordered if span is None or start not in span]
    for run in runs_of(start for start in gone if str(Month.of(start, zone)) not in closed):
        await _withdraw(books, run, rules, now, step)
    rest = [start for start in ordered if span is not None and start in span]
    while rest and span is not None:
        rest = await _Stretch(books, rules, now, order, span, step).run(rest)
    return step


async def _withdraw(
    books: Books, run: Interval, rules: LiveRules, now: datetime, step: Step
) -> None:
    """Take quarters out of the books that are not due any more."""
    first, gone = run.start, [*quarters_of(run)]
    while first < run.end:
        span = Interval(first, chunk_end(first, gone, run.end, rules.site.time_zone, 1))
        chunk = _Chunk(span, await books.table(rules.registers, span), Entries.nothing())
        await _post(books, rules, now, chunk, Order(NOT_DUE), step)
        first, gone = span.end, [start for start in gone if start >= span.end]
    await books.drop_quarters(run)


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """A chunk's words and what was computed of them."""

    span: Interval
    table: WordTable
    entries: Entries

    def differs_from(self, standing: Standing) -> Difference:
        """Return what of the span is to be booked and reversed."""
        start_us, end_us = (to_microseconds(at) for at in (self.span.start, self.span.end))
        return difference(self.entries.between(start_us, end_us), standing.entries)


@dataclass
class _Stretch:
    """A run of chunks: from a state before the first touched quarter until nothing differs."""

    books: Books
    rules: LiveRules
    now: datetime
    order: Order
    span: Interval
    step: Step

    async def run(self, rest: Sequence[datetime]) -> list[datetime]:
        """Book from the first of these quarters on; return those that are left."""
        first = rest[0]
        opening = await self._opening(first)
        closed, left = await self.books.closed_months(), list(rest)
        kept_of: str | None = None
        while True:
            end = self._end(first, left)
            month = str(Month.of(first, self.rules.site.time_zone))
            may_post = month not in closed or month == self.order.month
            if kept_of is not None and may_post:
                return left  # after a closed month the books go on from what it was closed with
            kept_of = None if may_post else month
            before = await self.books.state_before(end, end - QUARTER)
            closing = await self._book(first, Interval(opening.at, end), opening, may_post)
            left = [start for start in left if start >= end]
            same = before is not None and before.at == end and before.pools == closing
            if end >= self.span.end or (same and self._pauses(left, end)):
                return left
            if not left and self.order.more_follows:
                return left
            first, opening = end, State(end, closing)

    def _pauses(self, left: Sequence[datetime], end: datetime) -> bool:
        return not left or left[0] > end

    async def _opening(self, first: datetime) -> State:
        """Return what to trace from: the newest state, or nothing where the books begin."""
        if first == self.span.start:
            return State(first, Pools())
        found = await self.books.state_before(first, self.span.start)
        return found or State(self.span.start, Pools())

    def _end(self, first: datetime, left: Sequence[datetime]) -> datetime:
        zone, registers = self.rules.site.time_zone, len(self.rules.registers)
        return chunk_end(first, left, self.span.end, zone, registers)

    async def _book(
        self, first: datetime, traced: Interval, opening: State, may_post: bool
    ) -> Pools:
        """Book a chunk; what lies before `first` is traced only. Return the stores' content."""
        rules, books = self.rules, self.books
        table = await books.table(rules.registers, traced)
        coverage = await books.coverage(traced)
        found = await _beside(
            table, lambda: booked_stretch(rules.accounted, table, opening.pools, coverage)
        )
        _, numbers = await books.catalogue(lines_of(found.blocks))
        entries = entries_of(found.blocks, numbers)
        chunk = _Chunk(Interval(first, traced.end), table, entries)
        place = table.place(to_microseconds(first))
        facts = facts_of(rules.site, table, place, found.beyond)
        if may_post:
            await _post(books, rules, self.now, chunk, self.order, self.step)
            await books.put_facts(facts, rules.fingerprint)
            await books.put_state(State(traced.end, found.closing), traced.start)
        else:
            await _suspend(books, rules, self.now, chunk, self.order, self.step)
            await books.examined(facts, rules.fingerprint)
        return found.closing


async def _beside(table: WordTable, compute: Callable[[], BookedStretch]) -> BookedStretch:
    if table.there.size < THREAD_FROM_CELLS:
        return compute()
    return await asyncio.to_thread(compute)


async def _post(
    books: Books,
    rules: LiveRules,
    now: datetime,
    chunk: _Chunk,
    order: Order,
    step: Step,
) -> None:
    """Append what differs of a chunk from what stands."""
    standing = await books.standing(chunk.span)
    if not (found := chunk.differs_from(standing)):
        return
    postings = await _postings(books, rules, chunk, found, standing, order)
    catalogue = await books.lines_with(_lines_of(found))
    heads = await books.heads({(p.ledger, p.month) for p in postings})
    linked = await _chained(postings, heads, catalogue.lines, now)
    await books.append(linked, now)
    await books.change_days(day_changes(found, rules.site.time_zone))
    step.postings += linked


async def _chained(
    postings: list[Posting],
    heads: Mapping[tuple[Ledger, str], Head],
    lines: Mapping[int, Line],
    now: datetime,
) -> list[Posting]:
    """Chain postings, many of them beside the event loop."""
    if len(postings) < THREAD_FROM_POSTINGS:
        return chained(postings, heads, lines, now)
    return await asyncio.to_thread(chained, postings, heads, lines, now)


async def _postings(
    books: Books,
    rules: LiveRules,
    chunk: _Chunk,
    found: Difference,
    standing: Standing,
    order: Order,
) -> list[Posting]:
    starts = sorted({*found.booked.starts_us.tolist(), *found.reversed.starts_us.tolist()})
    now_on = await _bases(books, chunk, starts)
    older = {
        (start_us, one.basis)
        for (start_us, _), one in standing.newest.items()
        if start_us in now_on and one.basis != now_on[start_us][0]
    }
    bases = Bases(now_on, await books.bases(older) if older else {})
    catalogue = await books.lines_with(_lines_of(found))
    month = str(Month.of(chunk.span.start, rules.site.time_zone))
    made = postings_of(found, standing.newest, bases, catalogue, month, order.because)
    return [_prefixed(posting, order.prefix) for posting in made]


def _lines_of(found: Difference) -> set[int]:
    return {*found.booked.line_ids.tolist(), *found.reversed.line_ids.tolist()}


def _prefixed(posting: Posting, prefix: str) -> Posting:
    if not prefix:
        return posting
    return replace(posting, because=f"{prefix}: {posting.because or 'booked'}")


async def _bases(
    books: Books, chunk: _Chunk, starts: Sequence[int]
) -> dict[int, tuple[int, bytes, Basis]]:
    """Return what quarters rest on; sets of words that are new are added."""
    there = await books.basis_numbers(chunk.span)
    found: dict[int, tuple[int, bytes, Basis]] = {}
    new = []
    for start_us, basis in zip(
        starts, chunk.table.bases([chunk.table.place(at) for at in starts]), strict=True
    ):
        digest, known = basis.digest, there.get(start_us, {})
        number = known.get(digest, max(known.values(), default=0) + 1)
        if digest not in known:
            new.append((start_us, number, digest, basis))
        found[start_us] = number, digest, basis
    await books.put_bases(new)
    return found


async def _suspend(
    books: Books, rules: LiveRules, now: datetime, chunk: _Chunk, order: Order, step: Step
) -> None:
    """Note what would be restated of a closed month."""
    standing = await books.standing(chunk.span)
    if not (found := chunk.differs_from(standing)):
        return
    starts = sorted({*found.booked.starts_us.tolist(), *found.reversed.starts_us.tolist()})
    older = {(at, one.basis) for (at, _), one in standing.newest.items() if at in {*starts}}
    before = await books.bases(older)
    month = str(Month.of(chunk.span.start, rules.site.time_zone))
    because = _because(chunk.table, starts, before, order.because)
    moments = [from_microseconds(at) for at in starts]
    await books.suspend(month, moments, because, now)
    step.suspended.setdefault(month, []).extend(moments)


def _because(
    table: WordTable,
    starts: Sequence[int],
    before: Mapping[tuple[int, int], Basis],
    otherwise: str,
) -> str:
    """Return what registers say otherwise of these quarters, at most three, or the given reason."""
    older = {start_us: basis for (start_us, _), basis in sorted(before.items(), key=_key)}
    told: list[str] = []
    for start_us in starts:
        at = f"{from_microseconds(start_us):%Y-%m-%dT%H:%MZ}"
        if start_us not in older:
            told.append(f"{at} was not booked before")
            continue
        now = table.words(table.place(start_us))
        told += [f"{at} {one}" for one in changed_words(older[start_us].words(start_us), now)]
        if len(told) > SHOWN:
            return "; ".join([*told[:SHOWN], "and more"])
    return "; ".join(told) or otherwise


def _key(item: tuple[tuple[int, int], Basis]) -> tuple[int, int]:
    return item[0]
