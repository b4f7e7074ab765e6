"""Days that look alike, and the local quarter hours of the weeks before a day."""

from datetime import UTC, date, datetime, time
from enum import IntEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from services.energy.time_grid import from_microseconds, to_microseconds

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
SLOTS = 96
QUARTER_US = 900_000_000
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


def summed_by_slot(slots: Int64s, values: Floats) -> tuple[Floats, Int64s]:
    """Return sum and count of the values in each slot, (kind of day, quarter hour of the day)."""
    shape = (len(LikeDay), SLOTS)
    total = np.bincount(slots, values, len(LikeDay) * SLOTS).astype(np.float64)
    count = np.bincount(slots, minlength=len(LikeDay) * SLOTS).astype(np.int64)
    return total.reshape(shape), count.reshape(shape)
