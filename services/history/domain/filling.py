"""Means of many points, (points, quarters), with their gaps filled."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.energy.like_days import QUARTER_US, day_of, quarters_before
from services.history.domain.gaps import Course, Floats, Gap, across, gaps_in, looks_back
from services.history.domain.weeks import Weeks, like_day_across


@dataclass(frozen=True, slots=True)
class Hole:
    """A gap in a row of a matrix, when it begins, and whether the weeks before tell of it."""

    row: int
    gap: Gap
    start_us: int
    looks_back: bool


def holes_in(mean: Floats, first_us: int, asked: slice, courses: Sequence[Course]) -> list[Hole]:
    """Return the gaps of a matrix that begins then, as far as they reach into what is asked.

    Those of one day stand together: they look at the same weeks.
    """
    holes = [
        Hole(row, gap, first_us + (gap.before + 1) * QUARTER_US, looks_back(gap, course))
        for row, course in enumerate(courses)
        for gap in gaps_in(mean[row])
        if gap.after > asked.start and gap.before < asked.stop - 1
    ]
    return sorted(holes, key=lambda hole: hole.start_us)


def weeks_of(holes: Sequence[Hole], zone: ZoneInfo) -> tuple[int, int] | None:
    """Return from which to which quarter hour since the epoch like days lie; None: not asked."""
    days = [day_of(hole.start_us, zone) for hole in holes if hole.looks_back]
    if not days:
        return None
    first, last = (quarters_before(day, zone)[0] for day in (min(days), max(days)))
    return int(first[0]), int(last[-1]) + 1


def filled(
    mean: Floats,
    holes: Sequence[Hole],
    weeks: Weeks | None,
    courses: Sequence[Course],
    zone: ZoneInfo,
) -> tuple[Floats, NDArray[np.uint8]]:
    """Return the means with their holes filled, and the `Method` of each; `weeks` of all points."""
    result, method = mean.copy(), np.zeros(mean.shape, np.uint8)
    for hole in holes:
        row, gap = hole.row, hole.gap
        like_day = None
        if hole.looks_back and weeks is not None:
            like_day = like_day_across(weeks.of(row), hole.start_us, gap.length, zone)
        values, how = across(mean[row], gap, like_day, courses[row])
        result[row, gap.inside], method[row, gap.inside] = values, how
    return result, method
