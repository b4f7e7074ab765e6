"""How a register's energy usually lies over a like day: the weights that shape a gap.

A profile is an input like the park file: it never changes by itself when a reading comes, so a
late reading restates the intervals it touches and no others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from services.energy.time_grid import from_microseconds
from services.validation.domain.energy.splitting import QUARTER_US, quarter_of

Floats = npt.NDArray[np.float64]
SLOTS = 96
SATURDAY = 5


class LikeDay(IntEnum):
    """Days that look alike. A public holiday counts as its weekday: no calendar is known."""

    WORKDAY = 0
    SATURDAY = 1
    SUNDAY = 2

    @classmethod
    def of(cls, local: datetime) -> "LikeDay":
        """Return the kind of a local day."""
        return cls(max(0, local.weekday() - SATURDAY + 1))


@dataclass(frozen=True, slots=True)
class Profile:
    """Mean Wh of each local quarter hour of each kind of day; `weights_wh[kind][slot]`."""

    zone: ZoneInfo
    weights_wh: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        shape = [len(slots) for slots in self.weights_wh]
        if shape != [SLOTS] * len(LikeDay):
            raise ValueError(f"a profile has {len(LikeDay)} days of {SLOTS} slots, not {shape}")
        if min(map(min, self.weights_wh)) < 0:
            raise ValueError("a weight is negative; registers never fall (§2.3)")

    def weight(self, start_us: int, end_us: int) -> int:
        """Return the weight of [start, end), which must lie in one quarter hour or be a sum."""
        total, at = 0, start_us
        while at < end_us:
            until = min(quarter_of(at) + QUARTER_US, end_us)
            total += self._of_quarter(at) * (until - at)
            at = until
        return total

    def _of_quarter(self, time_us: int) -> int:
        kind, slot = slot_of(time_us, self.zone)
        return self.weights_wh[kind][slot]


def slot_of(time_us: int, zone: ZoneInfo) -> tuple[LikeDay, int]:
    """Return the kind of day and the local quarter hour (0..95) that an instant lies in."""
    local = from_microseconds(time_us).astimezone(zone)
    return LikeDay.of(local), local.hour * 4 + local.minute // 15


def profile_of(intervals: Iterable[tuple[int, int]], zone: ZoneInfo) -> Profile | None:
    """Return the profile of (quarter start, Wh) pairs that are believed in full.

    None without any. A kind of day that was never seen takes the mean of the others; a slot that
    was never seen takes the mean of its day.
    """
    total = np.zeros((len(LikeDay), SLOTS))
    count = np.zeros((len(LikeDay), SLOTS))
    for start_us, wh in intervals:
        kind, slot = slot_of(start_us, zone)
        total[kind, slot] += wh
        count[kind, slot] += 1
    if not count.any():
        return None
    anyday = _mean(total.sum(axis=0), count.sum(axis=0), float(total.sum() / count.sum()))
    days = [
        _mean(day, seen, float(day.sum() / seen.sum())) if seen.any() else anyday
        for day, seen in zip(total, count, strict=True)
    ]
    return Profile(zone, tuple(tuple(round(wh) for wh in day) for day in days))


def _mean(total: Floats, count: Floats, absent: float) -> Floats:
    return np.where(count > 0, total / np.maximum(count, 1), absent)
