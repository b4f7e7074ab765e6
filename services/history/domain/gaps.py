"""Gaps in the quarter-hour means of what flows or stands all the time: power, temperature, charge.

A short gap is a straight line; a longer one follows the like days before it, scaled or shifted to
meet the known values on both sides. Before the first and after the last known value nothing is
estimated: that would be a forecast (conventions §4). An estimate is a function of what is known, so
the real value takes its place as soon as it comes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, IntFlag

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LINEAR_UP_TO = 8
"""Quarter hours; as for registers (docs/validation.md)."""
LONGEST = 7 * 96
LARGEST_FACTOR = 3.0
AT_REST = 0.05
"""Below this share of a like day's peak there is no factor to be had."""
RUNS = 0.25
"""Above this share of its peak today runs, be the like day at rest."""


class Method(IntFlag):
    """How a mean came about; the bits of the wire's GapMethod. None: measured, or not known."""

    NONE = 0
    REGISTER = 1
    LIKE_DAY = 2
    LINEAR = 4


class Likeness(Enum):
    """What the days before tell of a day."""

    NOTHING = "wind follows no clock"
    SHAPE = "loads, PV, irradiance: nothing at rest, so they are scaled"
    UPS_AND_DOWNS = "temperature, charge, what flows both ways: they are shifted"


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


def gaps_in(mean: Floats) -> Iterator[Gap]:
    """Yield the gaps of a series (quarters,) that can be estimated; NaN is not known."""
    known = np.flatnonzero(np.isfinite(mean))
    steps = np.diff(known)
    for place in np.flatnonzero((steps > 1) & (steps <= LONGEST + 1)).tolist():
        yield Gap(int(known[place]), int(known[place + 1]))


def looks_back(gap: Gap, course: Course) -> bool:
    """Whether the days before tell of a gap."""
    return gap.length > LINEAR_UP_TO and course.likeness is not Likeness.NOTHING


def across(
    mean: Floats, gap: Gap, like_day: Floats | None, course: Course
) -> tuple[Floats, Method]:
    """Return the means (missing,) of a gap of `mean`, within the point's range, and how.

    `like_day` (missing + 2,) is what like days showed, from the quarter hour before to the one
    after; None where that is not known, and then a gap they should tell of stays open (NaN).
    """
    first, last = float(mean[gap.before]), float(mean[gap.after])
    line = _line(first, last, gap.length)
    if not looks_back(gap, course):
        return line, Method.LINEAR
    if like_day is None:
        return np.full(gap.length, np.nan), Method.NONE
    fit = _scaled if course.likeness is Likeness.SHAPE else _shifted
    fitted = fit(like_day, first, last)
    if fitted is None:
        return line, Method.LINEAR
    return np.clip(fitted, course.minimum, course.maximum), Method.LIKE_DAY


def _shifted(like_day: Floats, first: float, last: float) -> Floats:
    off = _line(first - float(like_day[0]), last - float(like_day[-1]), len(like_day) - 2)
    return np.asarray(like_day[1:-1] + off)


def _scaled(like_day: Floats, first: float, last: float) -> Floats | None:
    """Return the like day times a factor that goes from one side's to the other's.

    A side at rest takes the factor of the other; both at rest: as the like day was. None where
    today does not fit: it flows while the like day rests, or the other way round.
    """
    peak = float(np.abs(like_day).max())
    sides = ((first, float(like_day[0])), (last, float(like_day[-1])))
    factors = [today / usual for today, usual in sides if abs(usual) > AT_REST * peak]
    runs = max(abs(today) for today, _ in sides) > RUNS * peak
    if any(factor < 0.0 for factor in factors) or (runs and not factors):
        return None
    scale = np.clip(factors or [1.0], 0.0, LARGEST_FACTOR)
    return np.asarray(like_day[1:-1] * _line(scale[0], scale[-1], len(like_day) - 2))


def _line(first: float, last: float, between: int) -> Floats:
    return np.linspace(first, last, between + 2)[1:-1]
