"""What is claimed of a device's generation or charge, found by where it lies: hours are many.

Spans of an hour or less are looked up among their neighbours; of longer ones the sums are kept.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.energy.time_grid import Interval

SHORT = timedelta(hours=1)
SpanWh = tuple[Interval, int]


@dataclass(slots=True)
class ClaimedSpans:
    """Claimed Wh by the span they were made or charged in; in order of their begin, each once."""

    wh: dict[Interval, int] = field(default_factory=lambda: defaultdict(int))
    _spans: list[Interval] = field(default_factory=list)
    _long: set[Interval] = field(default_factory=set)
    _sums: dict[Interval, int] = field(default_factory=dict)

    @classmethod
    def of(cls, claimed: Iterable[tuple[Interval, int]]) -> "ClaimedSpans":
        """Return what was claimed before."""
        found = cls()
        for made, wh in claimed:
            found.add(made, wh)
        return found

    def add(self, made: Interval, wh: int) -> None:
        """Claim so much of a production."""
        if made not in self.wh:
            insort(self._spans, made)
            if made.duration > SHORT:
                self._long.add(made)
        self.wh[made] += wh
        for span in self._sums:
            if _holds(span, made):
                self._sums[span] += wh

    def within(self, span: Interval) -> int:
        """Return what is claimed of productions that lie within a span, Wh."""
        if span in self._sums:
            return self._sums[span]
        first, last = self._from(span.start), self._from(span.end)
        found = sum(self.wh[one] for one in self._spans[first:last] if one.end <= span.end)
        if span.duration > SHORT:
            self._sums[span] = found
        return found

    def overlapping(self, reach: Interval) -> list[SpanWh]:
        """Return what is claimed of spans that overlap one, in order."""
        near = self._spans[self._from(reach.start - SHORT) : self._from(reach.end)]
        found = sorted({one for one in (*near, *self._long) if _overlap(one, reach)})
        return [(one, self.wh[one]) for one in found]

    def _from(self, moment: datetime) -> int:
        return bisect_left(self._spans, moment, key=lambda span: span.start)


def within(claimed: Iterable[ClaimedSpans], span: Interval) -> int:
    """Return what is claimed of spans that lie within a span, Wh."""
    return sum(one.within(span) for one in claimed)


def linked(claimed: Iterable[ClaimedSpans], made: Interval) -> list[SpanWh]:
    """Return what is claimed of spans that overlap one, directly or by way of others."""
    ones, reach = [*claimed], made
    while True:
        near = [found for one in ones for found in one.overlapping(reach)]
        begins, ends = [span.start for span, _ in near], [span.end for span, _ in near]
        grown = Interval(min([reach.start, *begins]), max([reach.end, *ends]))
        if grown == reach:
            return near
        reach = grown


def told(span: Interval) -> str:
    """Return a span as refusals tell it."""
    return f"[{span.start:%Y-%m-%dT%H:%MZ}, {span.end:%Y-%m-%dT%H:%MZ})"


def _holds(span: Interval, made: Interval) -> bool:
    return span.start <= made.start and made.end <= span.end


def _overlap(one: Interval, other: Interval) -> bool:
    return one.start < other.end and other.start < one.end
