"""One step of the books: words in, what they touch noted; and a bounded stretch of it booked.

A step is one transaction, and leaves a state from which the rest follows: what is still to be
booked is kept as waiting, with the words that touch it or the postings of what lies before it.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.carbon_accounting.domain.live.due import due, quarters_of, runs_of, touched
from services.carbon_accounting.domain.live.lines import Entries
from services.carbon_accounting.domain.live.postings import Posting
from services.carbon_accounting.domain.live.stretches import chunk_end
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.domain.words import Word, news
from services.carbon_accounting.live.books import Books, State
from services.carbon_accounting.live.chunk_posting import Chunk, Telling, computed, post
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.suspending import suspend
from services.energy.time_grid import QUARTER, Interval

LINES_AT_ONCE = 200_000
"""Entries that are computed in one step; a day that has more is booked nevertheless."""
STORES = "what the stores held changed by what earlier quarters say now"
NOT_DUE = "withdrawn, waits for its registers: nothing later is complete any more"
RULES = "the park file or the rules of booking changed"


@dataclass
class Step:
    """What one step did: postings, quarters looked at, and closed months that would change.

    `lines`: how many entries were computed; `left`: the quarters that wait for the next step.
    """

    postings: list[Posting] = field(default_factory=list)
    quarters: int = 0
    suspended: dict[str, list[datetime]] = field(default_factory=dict)
    lines: int = 0
    left: list[datetime] = field(default_factory=list)

    def has_room_for(self, lines: int) -> bool:
        """Whether so many entries more are not too many for one step."""
        return self.lines + lines <= LINES_AT_ONCE


@dataclass(frozen=True, slots=True)
class Order:
    """How to book again: `because` is the reason where neither word nor factor tells one.

    `month`/`prefix`: a closed month that may be restated by an approval, all of it in one step, and
    what its reasons begin with. Beyond the last touched quarter books go on while the content of
    stores differs.
    """

    because: str
    month: str = ""
    prefix: str = ""

    @property
    def telling(self) -> Telling:
        """The reasons of postings."""
        return Telling(self.because, self.prefix)


async def take(books: Books, words: Iterable[Word], rules: LiveRules, now: datetime) -> Step:
    """Take words into the books and book the quarters that wait, or the first of them.

    All words are kept, of registers too that the park file will name some day. Idempotent: words
    that are known already, or that came too late to stand, change nothing.
    """
    await keep(books, words, rules)
    return await next_waiting(books, rules, now)


async def keep(books: Books, words: Iterable[Word], rules: LiveRules) -> int:
    """Take words into the books; the quarters that they touch wait. Return how many are new."""
    told = [*words]
    standing = await books.words({w.point_id for w in told}, {w.start for w in told})
    if not (new := news(told, standing)):
        return 0
    await books.put_words(new)
    await _note_resources(books, new, rules)
    registers = frozenset(rules.registers)
    if booked := [word.start for word in new if word.point_id in registers]:
        reach, span = await books.reach(), await span_due(books, rules)
        starts = touched(booked, reach, span)
        await books.await_booking(await bookable(books, rules, starts, span))
    return len(new)


async def bookable(
    books: Books, rules: LiveRules, starts: Iterable[datetime], span: Interval | None
) -> list[datetime]:
    """Return those that are due, or can be withdrawn: what a closed month holds stays."""
    closed, zone = await books.closed_months(), rules.site.time_zone
    return sorted(
        start
        for start in starts
        if (span is not None and start in span) or str(Month.of(start, zone)) not in closed
    )


async def next_waiting(books: Books, rules: LiveRules, now: datetime) -> Step:
    """Book the oldest of the quarters that wait."""
    return await rebook(books, await books.waiting(), rules, now, Order(STORES))


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
    """Book these quarters again, and those after them that the stores' content changes.

    As many as one step takes: those that are left wait.
    """
    step, span = Step(quarters=len(starts)), await span_due(books, rules)
    stretch = _Stretch(books, rules, now, order, span, step)
    gone, rest = _apart(sorted(starts), span)
    left = await stretch.withdraw(gone)
    while rest and span is not None and stretch.may_go_on(rest[0]):
        rest = await stretch.run(rest, span)
    step.left = [*left, *rest]
    await books.settle({*starts} - {*step.left})
    await books.await_booking({*step.left} - {*starts})
    return step


def _apart(starts: list[datetime], span: Interval | None) -> tuple[list[datetime], list[datetime]]:
    """Return ordered quarters that are not due, and those that are."""
    if span is None:
        return starts, []
    first, end = (bisect_left(starts, at) for at in (span.start, span.end))
    return [*starts[:first], *starts[end:]], starts[first:end]


@dataclass
class _Stretch:
    """Runs of chunks: each from a state before the first touched quarter until nothing differs."""

    books: Books
    rules: LiveRules
    now: datetime
    order: Order
    span: Interval | None
    step: Step
    newest_lines: int = 0

    def may_go_on(self, start: datetime) -> bool:
        """Whether this step has room for more from here on; an approved month is never cut."""
        return self._month(start) == self.order.month or self.step.has_room_for(self.newest_lines)

    async def withdraw(self, gone: Sequence[datetime]) -> list[datetime]:
        """Take quarters out of the books that are not due any more; return what is left.

        From the outer ends inwards, so that what is left and what is booked has no gap.
        """
        closed = await self.books.closed_months()
        open_ = [start for start in gone if self._month(start) not in closed]
        chunks = [*self._days_of(open_)]
        behind = [one for one in chunks if self.span is not None and one.start >= self.span.end]
        left = [*chunks[: len(chunks) - len(behind)], *reversed(behind)]
        while left and self.may_go_on(left[0].start):
            await self._withdraw(left.pop(0))
        return sorted(start for one in left for start in quarters_of(one))

    def _days_of(self, gone: Sequence[datetime]) -> Iterator[Interval]:
        for run in runs_of(gone):
            first = run.start
            while first < run.end:
                end = chunk_end(first, (), run.end, self.rules.site.time_zone, 1)
                yield Interval(first, end)
                first = end

    async def _withdraw(self, span: Interval) -> None:
        table = await self.books.table(self.rules.registers, span)
        chunk = Chunk(span, table, Entries.nothing())
        posted = await post(self.books, self.rules, self.now, chunk, Telling(NOT_DUE))
        self._count(posted, sum(len(one.reversed) for one in posted))
        await self.books.drop_quarters(span)

    async def run(self, rest: Sequence[datetime], span: Interval) -> list[datetime]:
        """Book from the first of these quarters on; return those that are left."""
        first = rest[0]
        opening = await self._opening(first, span)
        closed, left = await self.books.closed_months(), list(rest)
        kept_of: str | None = None
        while True:
            end = self._end(first, left, span)
            month = self._month(first)
            may_post = month not in closed or month == self.order.month
            if kept_of is not None and may_post:
                return left  # after a closed month the books go on from what it was closed with
            kept_of = None if may_post else month
            before = await self.books.state_before(end, end - QUARTER)
            closing = await self._book(first, end, opening, may_post)
            left = left[bisect_left(left, end) :]
            same = before is not None and before.at == end and before.pools == closing
            if end >= span.end or (same and self._pauses(left, end)):
                return left
            if may_post and not self.may_go_on(end):
                return left if left[:1] == [end] else [end, *left]
            first, opening = end, State(end, closing)

    def _pauses(self, left: Sequence[datetime], end: datetime) -> bool:
        return not left or left[0] > end

    async def _opening(self, first: datetime, span: Interval) -> State:
        """Return what to trace from: the newest state, or nothing where the books begin."""
        if first == span.start:
            return State(first, Pools())
        found = await self.books.state_before(first, span.start)
        return found or State(span.start, Pools())

    def _end(self, first: datetime, left: Sequence[datetime], span: Interval) -> datetime:
        zone, registers = self.rules.site.time_zone, len(self.rules.registers)
        return chunk_end(first, left, span.end, zone, registers)

    async def _book(self, first: datetime, end: datetime, opening: State, may_post: bool) -> Pools:
        """Book a chunk; what lies before `first` is traced only. Return the stores' content."""
        rules, books = self.rules, self.books
        found = await computed(books, rules, first, opening, end)
        if may_post:
            posted = await post(books, rules, self.now, found.chunk, self.order.telling)
            self._count(posted, len(found.chunk.entries))
            await books.put_facts(found.facts, rules.fingerprint)
            await books.put_state(State(end, found.closing), opening.at)
        else:
            await self._suspend(found.chunk)
            await books.examined(found.facts, rules.fingerprint)
        return found.closing

    def _count(self, posted: list[Posting], lines: int) -> None:
        self.step.postings += posted
        self.step.lines += lines
        self.newest_lines = lines

    async def _suspend(self, chunk: Chunk) -> None:
        month, because = self._month(chunk.span.start), self.order.because
        if moments := await suspend(self.books, month, self.now, chunk, because):
            self.step.suspended.setdefault(month, []).extend(moments)

    def _month(self, start: datetime) -> str:
        return str(Month.of(start, self.rules.site.time_zone))
