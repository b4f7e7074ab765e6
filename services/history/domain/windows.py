"""The windows of the rollups: quarter and whole hours in UTC, days and months of the park's zone.

Windows are half-open and named by their start. A local day has 23, 24 or 25 hours (conventions
§1.2); its borders lie on quarter hours in every zone in use.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.energy.time_grid import from_microseconds, to_microseconds

QUARTER_US = 900_000_000
HOUR_US = 4 * QUARTER_US


class Level(Enum):
    """One rollup relation, finest first."""

    QUARTER = "quarter"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


def borders_of(level: Level, zone: ZoneInfo, first_us: int, last_us: int) -> NDArray[np.int64]:
    """Return the ascending borders of all windows that hold an instant of [first, last]."""
    if level is Level.QUARTER:
        return grid(QUARTER_US, first_us, last_us)
    if level is Level.HOUR:
        return grid(HOUR_US, first_us, last_us)
    if level is Level.DAY:
        return _day_borders(zone, first_us, last_us)
    return _month_borders(zone, first_us, last_us)


def grid(step_us: int, first_us: int, last_us: int) -> NDArray[np.int64]:
    """Return the borders of equal steps, aligned to the epoch, that enclose [first, last]."""
    return np.arange(first_us // step_us, last_us // step_us + 2, dtype=np.int64) * step_us


def starts_of(borders: NDArray[np.int64], instants_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the start of the window of each instant; the borders enclose them."""
    return borders[np.searchsorted(borders, instants_us, side="right") - 1]


def ends_of(borders: NDArray[np.int64], starts_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the end of the window that holds each instant."""
    return borders[np.searchsorted(borders, starts_us, side="right")]


def finer_than(level: Level, zone: ZoneInfo) -> Level:
    """Return the level that a coarser one is exactly the sum of.

    Hours are UTC's, so in a zone whose offset is no whole hour a day is made of quarters.
    """
    if level is Level.HOUR:
        return Level.QUARTER
    if level is Level.MONTH:
        return Level.DAY
    return Level.HOUR if _counts_whole_hours(zone) else Level.QUARTER


def _counts_whole_hours(zone: ZoneInfo) -> bool:
    """Whether every month of the recent and coming decades begins at a whole hour of UTC."""
    firsts = (
        datetime(year, month, 1, tzinfo=zone) for year in range(1990, 2040) for month in (1, 7)
    )
    return all(moment.utcoffset() % timedelta(hours=1) == timedelta() for moment in firsts)  # type: ignore[operator]


def _day_borders(zone: ZoneInfo, first_us: int, last_us: int) -> NDArray[np.int64]:
    day = _local_date(zone, first_us)
    days = (_local_date(zone, last_us) - day).days + 2
    return _midnights([day + timedelta(days=number) for number in range(days)], zone)


def _month_borders(zone: ZoneInfo, first_us: int, last_us: int) -> NDArray[np.int64]:
    first, last = _local_date(zone, first_us), _local_date(zone, last_us)
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month + 1
    return _midnights([date(n // 12, n % 12 + 1, 1) for n in range(begin, end)], zone)


def _local_date(zone: ZoneInfo, instant_us: int) -> date:
    return from_microseconds(instant_us).astimezone(zone).date()


def _midnights(days: list[date], zone: ZoneInfo) -> NDArray[np.int64]:
    """Return when each day begins; where midnight is skipped, the first instant after it."""
    moments = (datetime.combine(day, time(), zone).astimezone(UTC) for day in days)
    return np.array([to_microseconds(moment) for moment in moments], dtype=np.int64)
