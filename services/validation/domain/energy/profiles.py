"""How a register's energy usually lies over a like day: the weights that shape a gap."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import IntEnum
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from services.energy.time_grid import from_microseconds, to_microseconds
from services.validation.domain.energy.splitting import QUARTER_US, Weight, quarter_of

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
SLOTS = 96
SATURDAY = 5
WEEKS = 4
"""Like days are looked for in so many weeks before the day on which a gap begins."""


class LikeDay(IntEnum):
    """Days that look alike. A public holiday counts as its weekday: no calendar is known."""

    WORKDAY = 0
    SATURDAY = 1
    SUNDAY = 2

    @classmethod
    def of(cls, local: date) -> "LikeDay":
        """Return the kind of a local day."""
        return cls(max(0, local.weekday() - SATURDAY + 1))


class Shapes(Protocol):
    """Knows how the energy of a gap lies over its time."""

    def of_gap(self, start_us: int) -> Weight | None:
        """Return the weights of a gap that begins then; None when nothing is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Mean Wh of each local quarter hour of each kind of day; `weights_wh[kind, slot]`."""

    zone: ZoneInfo
    weights_wh: npt.NDArray[np.uint32]

    def __post_init__(self) -> None:
        if self.weights_wh.shape != (len(LikeDay), SLOTS):
            raise ValueError(
                f"a profile has {len(LikeDay)} days of {SLOTS} slots, not {self.weights_wh.shape}"
            )

    def of_gap(self, start_us: int) -> Weight:
        """Return these weights, whatever the gap."""
        return self.weight

    def weight(self, start_us: int, end_us: int) -> int:
        """Return the weight of [start, end), which must lie in one quarter hour or be a sum."""
        total, at = 0, start_us
        while at < end_us:
            until = min(quarter_of(at) + QUARTER_US, end_us)
            total += int(self.weights_wh[slot_of(quarter_of(at), self.zone)]) * (until - at)
            at = until
        return total


@lru_cache(maxsize=8192)
def slot_of(time_us: int, zone: ZoneInfo) -> tuple[LikeDay, int]:
    """Return the kind of day and the local quarter hour (0..95) that an instant lies in."""
    local = from_microseconds(time_us).astimezone(zone)
    return LikeDay.of(local), local.hour * 4 + local.minute // 15


def day_of(time_us: int, zone: ZoneInfo) -> int:
    """Return the local day (proleptic ordinal) that an instant lies in."""
    return from_microseconds(time_us).astimezone(zone).toordinal()


def day_starts_us(day: int, zone: ZoneInfo) -> int:
    """Return the instant at which a local day begins."""
    midnight = datetime.combine(date.fromordinal(day), time(), zone)
    return to_microseconds(midnight.astimezone(UTC))


@lru_cache(maxsize=128)
def quarters_before(day: int, zone: ZoneInfo) -> tuple[Int64s, Int64s]:
    """Return the quarters of the weeks before a local day (numbers since the epoch), and slots.

    A slot is `kind * SLOTS + quarter hour of the local day`.
    """
    first = day_starts_us(day - 7 * WEEKS, zone) // QUARTER_US
    numbers = np.arange(first, day_starts_us(day, zone) // QUARTER_US)
    places = [slot_of(number * QUARTER_US, zone) for number in numbers.tolist()]
    return numbers, np.array([kind * SLOTS + slot for kind, slot in places], np.int64)


def profile_of(slots: Int64s, wh: Int64s, zone: ZoneInfo) -> Profile | None:
    """Return the profile of quarter hours that are believed in full; None without any.

    A kind of day that was never seen takes the mean of the others; a slot that was never seen
    takes the mean of its day.
    """
    if not len(slots):
        return None
    shape = (len(LikeDay), SLOTS)
    total = np.bincount(slots, wh, len(LikeDay) * SLOTS).reshape(shape).astype(np.float64)
    count = np.bincount(slots, minlength=len(LikeDay) * SLOTS).reshape(shape)
    anyday = _mean(total.sum(axis=0), count.sum(axis=0), float(total.sum() / count.sum()))
    days = [
        _mean(day, seen, float(day.sum() / seen.sum())) if seen.any() else anyday
        for day, seen in zip(total, count, strict=True)
    ]
    return Profile(zone, np.rint(np.array(days)).astype(np.uint32))


def _mean(total: Floats, count: npt.NDArray[np.intp], absent: float) -> Floats:
    return np.where(count > 0, total / np.maximum(count, 1), absent)
