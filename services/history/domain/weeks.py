"""What like days showed: the mean of the four weeks before a gap, by kind of day and local time."""

from dataclasses import dataclass
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
from services.history.domain.gaps import Floats

NEAR = 4
"""A quarter hour that was never seen lies between neighbours so many quarter hours away."""


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
    """Means (…, quarters) of the weeks before gaps; `first` is counted from the epoch."""

    first: int
    mean: Floats

    def of(self, row: int) -> "Weeks":
        """Return those of one point, (quarters,)."""
        return Weeks(self.first, self.mean[row])


def like_day_across(weeks: Weeks, gap_us: int, length: int, zone: ZoneInfo) -> Floats | None:
    """Return the like day (length + 2,) around a gap that begins then; None where it has holes."""
    numbers, slots = quarters_before(day_of(gap_us, zone), zone)
    values = weeks.mean[numbers - weeks.first]
    known = np.isfinite(values)
    days = _like_days(slots[known], values[known])
    before_us = gap_us - QUARTER_US
    around = range(before_us, before_us + (length + 2) * QUARTER_US, QUARTER_US)
    like_day = np.array([days[slot_of(time_us, zone)] for time_us in around])
    return like_day if np.isfinite(like_day).all() else None


def _like_days(slots: NDArray[np.int64], values: Floats) -> Floats:
    """Return the mean of each slot, (kind of day, quarter hour of the local day), NaN unknown.

    Where a kind of day was not seen around an hour, any kind counts.
    """
    total, count = summed_by_slot(slots, values)
    any_day = _mean_day(total.sum(axis=0), count.sum(axis=0))
    days = np.array([_mean_day(day, seen) for day, seen in zip(total, count, strict=True)])
    return np.where(np.isfinite(days), days, any_day)


def _mean_day(total: Floats, count: NDArray[np.int64]) -> Floats:
    """Return the mean of each quarter hour of a day, from its neighbours where they are near."""
    seen = np.flatnonzero(count)
    if not len(seen):
        return np.full(SLOTS, np.nan)
    quarters = np.arange(SLOTS)
    mean = np.interp(quarters, seen, total[seen] / count[seen], period=SLOTS)
    away = np.abs(quarters[:, np.newaxis] - seen)
    near = np.minimum(away, SLOTS - away).min(axis=1) <= NEAR
    return np.where(near, mean, np.nan)
