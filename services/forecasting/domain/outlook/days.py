"""The calendar of a grid: time of day, weekday and kind of day as people there live them."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.holiday_kinds import WORKDAY, kinds_of
from services.forecasting.domain.series import Ints

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES_A_DAY = 1440
_EPOCH_WEEKDAY = 3  # a Thursday


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """Per row: minutes since the epoch (UTC), local minute of the day, weekday (Monday 0), kind of
    day (`holiday_kinds`), kind of the days around, and how far the local clock is ahead of UTC.
    """

    minute: Ints
    ahead_min: Ints
    minute_of_day: Ints
    weekday: Ints
    kind: Ints
    kind_before: Ints
    kind_after: Ints

    @classmethod
    def of(cls, minute: Ints, zone: ZoneInfo | None, country: str | None) -> "Days":
        """Return the calendar of stamps; without a zone they are local time already."""
        ahead_min = np.zeros_like(minute) if zone is None else _ahead_min(minute, zone)
        local = minute + ahead_min
        day = local // _MINUTES_A_DAY
        first = int(day.min()) - 1
        kinds = kinds_of(first, int(day.max()) + 2 - first, country)
        at = day - first
        return cls(
            minute=minute,
            ahead_min=ahead_min,
            minute_of_day=local % _MINUTES_A_DAY,
            weekday=(day + _EPOCH_WEEKDAY) % 7,
            kind=kinds[at],
            kind_before=kinds[at - 1],
            kind_after=kinds[at + 1],
        )

    def __len__(self) -> int:
        return len(self.minute)

    def __getitem__(self, rows: slice) -> "Days":
        return Days(*(getattr(self, field.name)[rows] for field in fields(self)))

    @property
    def free(self) -> NDArray[np.bool_]:
        """Whether the day is not worked."""
        return np.not_equal(self.kind, WORKDAY)


def _ahead_min(minute: Ints, zone: ZoneInfo) -> Ints:
    """Return the zone's offsets, looked up once an hour."""
    hour, place = np.unique(minute // 60, return_inverse=True)
    offsets = [_offset_min(int(h) * 60, zone) for h in hour]
    return np.array(offsets, np.int64)[place]


def _offset_min(minute: int, zone: ZoneInfo) -> int:
    offset = (_EPOCH + timedelta(minutes=minute)).astimezone(zone).utcoffset()
    return int((offset or timedelta(0)).total_seconds() // 60)
