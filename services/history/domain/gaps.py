"""Gaps in the quarter-hour means of what flows or stands all the time: power, temperature, charge.

What the registers of a device counted meanwhile is its mean power (their own gaps are estimated
where they are judged). Where none did, a short gap is a straight line and a longer one follows the
like days before it, scaled or shifted to meet the known values on both sides. Before the first and
after the last known value nothing is estimated: that would be a forecast (conventions §4). An
estimate is a function of what is known, so the real value takes its place as soon as it comes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, IntFlag
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.energy.like_days import (
    QUARTER_US,
    SLOTS,
    day_of,
    quarters_before,
    slot_of,
    summed_by_slot,
)

Floats = NDArray[np.float64]
LINEAR_UP_TO = 8
"""Quarter hours; as for registers (docs/validation.md)."""
LONGEST = 7 * 96
LARGEST_FACTOR = 3.0
AT_REST = 0.05
"""A like day below this share of its peak says nothing about today's factor."""


class Method(IntFlag):
    """How a mean came about; the bits of the wire's GapMethod. None: measured, or not known."""

    NONE = 0
    REGISTER = 1
    LIKE_DAY = 2
    LINEAR = 4


class Likeness(Enum):
    """What the days before tell of a day."""

    NOTHING = "wind follows no clock"
    SHAPE = "power, irradiance: nothing at rest, so they are scaled"
    UPS_AND_DOWNS = "temperature, state of charge: they are shifted"


@dataclass(frozen=True, slots=True)
class Course:
    """How a point goes on between two readings: its range, and what like days tell of it.

    `registers` count its flow: name, and sign into the component (conventions §2.2).
    """

    minimum: float
    maximum: float
    likeness: Likeness
    registers: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing is known in (before, after), quarter hours counted from the start of the series."""

    before: int
    after: int

    @property
    def length(self) -> int:
        """How many quarter hours are missing."""
        return self.after - self.before - 1

    @property
    def inside(self) -> slice:
        """The missing quarter hours."""
        return slice(self.before + 1, self.after)


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
    """Means (…, quarters) of the weeks before gaps; `first` is counted from the epoch."""

    first: int
    mean: Floats

    def of(self, row: int) -> "Weeks":
        """Return those of one point, (quarters,)."""
        return Weeks(self.first, self.mean[row])


def gaps_in(mean: Floats) -> Iterator[Gap]:
    """Yield the gaps of a series (quarters,) that can be estimated; NaN is not known."""
    known = np.flatnonzero(np.isfinite(mean))
    steps = np.diff(known)
    for place in np.flatnonzero((steps > 1) & (steps <= LONGEST + 1)).tolist():
        yield Gap(int(known[place]), int(known[place + 1]))


def across(
    mean: Floats, gap: Gap, like_day: Floats | None, course: Course
) -> tuple[Floats, Method]:
    """Return the means (missing,) of a gap of `mean`, within the point's range, and how.

    `like_day` (missing + 2,) is what like days showed, from the quarter hour before to the one
    after; None where they are not known or tell nothing.
    """
    first, last = float(mean[gap.before]), float(mean[gap.after])
    if like_day is None:
        return _line(first, last, gap.length), Method.LINEAR
    fit = _scaled if course.likeness is Likeness.SHAPE else _shifted
    fitted = fit(like_day, first, last)
    return np.clip(fitted, course.minimum, course.maximum), Method.LIKE_DAY


def like_day_across(weeks: Weeks, gap_us: int, length: int, zone: ZoneInfo) -> Floats | None:
    """Return the mean like day (length + 2,) around a gap that begins then; None without any."""
    numbers, slots = quarters_before(day_of(gap_us, zone), zone)
    values = weeks.mean[numbers - weeks.first]
    known = np.isfinite(values)
    if not known.any():
        return None
    day = _mean_day(slots[known], values[known])
    before_us = gap_us - QUARTER_US
    around = range(before_us, before_us + (length + 2) * QUARTER_US, QUARTER_US)
    return np.array([day[slot_of(time_us, zone)] for time_us in around])


def _mean_day(slots: NDArray[np.int64], values: Floats) -> Floats:
    """Return the mean of each slot, (kind of day, quarter hour of the local day).

    A quarter hour that was never seen lies between its neighbours (of a point that speaks once an
    hour, most do); a kind of day that was never seen takes the mean of the others.
    """
    total, count = summed_by_slot(slots, values)
    unseen = ~count.any(axis=1)
    total[unseen], count[unseen] = total.sum(axis=0), count.sum(axis=0)
    quarters = np.arange(SLOTS)
    return np.array(
        [
            np.interp(quarters, quarters[seen > 0], day[seen > 0] / seen[seen > 0], period=SLOTS)
            for day, seen in zip(total, count, strict=True)
        ]
    )


def _shifted(like_day: Floats, first: float, last: float) -> Floats:
    off = _line(first - float(like_day[0]), last - float(like_day[-1]), len(like_day) - 2)
    return np.asarray(like_day[1:-1] + off)


def _scaled(like_day: Floats, first: float, last: float) -> Floats:
    """Return the like day times a factor that goes from one side's to the other's.

    A side at rest takes the factor of the other; both at rest: as the like day was.
    """
    speaks = AT_REST * float(np.abs(like_day).max())
    factors = [
        float(np.clip(today / usual, 0.0, LARGEST_FACTOR))
        for today, usual in ((first, float(like_day[0])), (last, float(like_day[-1])))
        if abs(usual) > speaks
    ] or [1.0]
    return np.asarray(like_day[1:-1] * _line(factors[0], factors[-1], len(like_day) - 2))


def _line(first: float, last: float, between: int) -> Floats:
    return np.linspace(first, last, between + 2)[1:-1]
