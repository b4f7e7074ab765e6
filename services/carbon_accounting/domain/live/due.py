"""Which quarters are booked: a function of the set of words alone, not of when they came."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.energy.time_grid import QUARTER, Interval, ceiling, floor


@dataclass(frozen=True, slots=True)
class Told:
    """What the words reach: the first accounted quarter told, the end of the newest one.

    `complete_until` is the end of the last quarter that every register is known for, among those
    that are not late; None when there is none.
    """

    first: datetime
    until: datetime
    complete_until: datetime | None = None


def due(told: Told | None, ledger_from: datetime, late_after: timedelta) -> Interval | None:
    """Return the span of quarters that are in the books; None while there is none.

    A quarter is due when it is complete, a later one is complete, or the newest quarter told ends
    `late_after` after it.
    """
    if told is None:
        return None
    late_until = floor(told.until - late_after)
    until = max(late_until, told.complete_until or late_until)
    begins = max(told.first, ceiling(ledger_from))
    return Interval(begins, until) if begins < until else None


def touched(
    news: Iterable[datetime], before: Interval | None, now: Interval | None
) -> list[datetime]:
    """Return the quarters to look at: news on what is due, what became due, what no longer is."""
    found = {start for start in news if now is not None and start in now}
    found |= {*_only_in(now, before)} | {*_only_in(before, now)}
    return sorted(found)


def _only_in(one: Interval | None, other: Interval | None) -> Iterator[datetime]:
    if one is None:
        return
    if other is None:
        yield from quarters_of(one)
        return
    if one.start < other.start:
        yield from quarters_of(Interval(one.start, min(one.end, other.start)))
    if one.end > other.end:
        yield from quarters_of(Interval(max(one.start, other.end), one.end))


def quarters_of(span: Interval) -> Iterator[datetime]:
    """Yield the starts of a span's quarter hours."""
    start = span.start
    while start < span.end:
        yield start
        start += QUARTER


def runs_of(starts: Iterable[datetime]) -> list[Interval]:
    """Return ordered quarters as spans without gaps."""
    found: list[Interval] = []
    for start in starts:
        if found and found[-1].end == start:
            found[-1] = Interval(found[-1].start, start + QUARTER)
        else:
            found.append(Interval(start, start + QUARTER))
    return found
