"""A power series on the quarter grid, and the local calendar it lives in.

A *quarter number* counts quarters since the epoch; the last value of a series is the quarter that
ends at the issue time, so a model cannot see further.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.energy.time_grid import QUARTER

QUARTERS_A_DAY = 96
HORIZON = 96
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Per quarter its local quarter of the day (0..95) and kind of day (0 work, 1 Sat, 2 Sun)."""

    quarter_of_day: Ints
    kind_of_day: Ints

    @property
    def group(self) -> Ints:
        """Local hour of a workday (0..23) or of a free day (24..47)."""
        return self.quarter_of_day // 4 + 24 * (self.kind_of_day > 0)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Mean power of consecutive quarters, `power_w` (quarters,), NaN where nothing was believed.

    `calendar` reaches HORIZON quarters further than the values.
    """

    first_quarter: int
    power_w: Floats
    calendar: Calendar

    @classmethod
    def of(cls, first_quarter: int, power_w: Floats, zone: ZoneInfo) -> "Series":
        """Return the series with its calendar."""
        calendar = calendar_of(first_quarter, len(power_w) + HORIZON, zone)
        return cls(first_quarter, power_w, calendar)

    @property
    def end_quarter(self) -> int:
        """The first quarter after the values: where a forecast begins."""
        return self.first_quarter + len(self.power_w)

    @property
    def history_days(self) -> float:
        """Days of quarters that have a value."""
        return float(np.isfinite(self.power_w).sum()) / QUARTERS_A_DAY

    @property
    def newest_age_quarters(self) -> int:
        """Quarters without a value at the end; the whole length when there is none at all."""
        seen = np.flatnonzero(np.isfinite(self.power_w))
        return len(self.power_w) - 1 - int(seen[-1]) if len(seen) else len(self.power_w)


def quarter_number(moment: datetime) -> int:
    """Return the quarter that holds `moment`."""
    return (moment - _EPOCH) // QUARTER


def quarter_start(number: int) -> datetime:
    """Return when a quarter begins."""
    return _EPOCH + number * QUARTER


@lru_cache(maxsize=8)
def calendar_of(first_quarter: int, quarters: int, zone: ZoneInfo) -> Calendar:
    """Return the local calendar of consecutive quarters; a zone's day may have 92 or 100."""
    starts = [quarter_start(first_quarter + i).astimezone(zone) for i in range(quarters)]
    of_day = np.array([start.hour * 4 + start.minute // 15 for start in starts], np.int64)
    weekday = np.array([start.weekday() for start in starts], np.int64)
    return Calendar(of_day, np.maximum(weekday - 4, 0))
