"""Claims against a meter: in no window of time is more claimed than was counted in it.

What is claimed of spans can be shared out over what was counted if and only if that holds for each
window from the begin of a span to the end of one (Hall's theorem for intervals). Only windows that
hold the new span, of spans that overlap it directly or by way of others, can be new.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from services.carbon_accounting.domain.certificates.claimed_spans import (
    ClaimedSpans,
    SpanWh,
    linked,
)
from services.energy.time_grid import Interval

Whole = NDArray[np.int64]
Counted = Callable[[Interval], int | None]
"""What was counted in a span, Wh; None where nobody knows. Adjoining spans add up."""


@dataclass(frozen=True, slots=True)
class Overdrawn:
    """A window in which more would be claimed than was counted; `before_wh` is claimed already."""

    span: Interval
    counted_wh: int
    before_wh: int


def overdrawn(
    claimed: Iterable[ClaimedSpans], asked: SpanWh, counted: Counted, granule_wh: int = 1
) -> Overdrawn | None:
    """Return the first window in which `asked` is too much, the span itself first.

    It may go beyond what was counted by less than a granule: the remainder carried from before.
    """
    made, asked_wh = asked
    near = linked(claimed, made)
    starts, stops = (one.start for one, _ in near), (one.end for one, _ in near)
    ends = sorted({made.end, *(at for at in stops if at > made.end)})
    begins = sorted({made.start, *(at for at in starts if at < made.start)}, reverse=True)
    begins = [at for at in begins if counted(Interval(at, ends[-1])) is not None]
    if not begins:
        return None
    before, had = _before(near, begins, ends), _counted(begins, ends, counted)
    over = np.argwhere(before + asked_wh >= had + granule_wh)
    if not len(over):
        return None
    row, column = over[0].tolist()
    window = Interval(begins[row], ends[column])
    return Overdrawn(window, int(had[row, column]), int(before[row, column]))


def _before(near: list[SpanWh], begins: Sequence[datetime], ends: Sequence[datetime]) -> Whole:
    """Return what is claimed within each window, Wh, shape (begins, ends)."""
    found = np.zeros((len(begins), len(ends)), np.int64)
    for span, wh in near:
        row = next((n for n, at in enumerate(begins) if at <= span.start), None)
        column = next((n for n, at in enumerate(ends) if at >= span.end), None)
        if row is not None and column is not None:
            found[row, column] += wh
    return found.cumsum(axis=0).cumsum(axis=1)


def _counted(begins: Sequence[datetime], ends: Sequence[datetime], counted: Counted) -> Whole:
    """Return what was counted in each window, Wh, shape (begins, ends)."""
    first = begins[-1]
    until = [counted(Interval(first, at)) or 0 for at in ends]
    before = [counted(Interval(first, at)) or 0 if at > first else 0 for at in begins]
    return np.subtract.outer(-np.array(before, np.int64), -np.array(until, np.int64))
