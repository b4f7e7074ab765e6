"""The periods within which attributes may cover consumption, from 15 minutes to a year."""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.carbon_accounting.domain.local_month import Month
from services.energy.time_grid import from_microseconds, to_microseconds

Int64 = NDArray[np.int64]
MINUTE_US = 60_000_000


class Granularity(StrEnum):
    """How near in time supply must be to consumption; from coarse to fine."""

    YEARLY = "yearly"
    MONTHLY = "monthly"
    HOURLY = "hourly"
    QUARTER_HOURLY = "15 min"

    @property
    def longest_us(self) -> int | None:
        """Its fixed length; None for months and years of the local calendar."""
        return {Granularity.HOURLY: 60 * MINUTE_US, Granularity.QUARTER_HOURLY: 15 * MINUTE_US}.get(
            self
        )


@dataclass(frozen=True, slots=True)
class Periods:
    """Consecutive periods by their borders: period p is [borders_us[p], borders_us[p + 1])."""

    borders_us: Int64

    @classmethod
    def over(
        cls, granularity: Granularity, start_us: int, end_us: int, zone: ZoneInfo
    ) -> "Periods":
        """Return the whole periods that hold [start_us, end_us), of the calendar of `zone`."""
        if granularity.longest_us is None:
            return cls(_calendar_borders(granularity, start_us, end_us, zone))
        step_us = granularity.longest_us
        offset = from_microseconds(start_us).astimezone(zone).utcoffset()
        shift_us = 0 if offset is None else round(offset.total_seconds()) * 1_000_000 % step_us
        first_us = (start_us + shift_us) // step_us * step_us - shift_us
        count = -(-(end_us - first_us) // step_us)
        return cls(first_us + step_us * np.arange(count + 1, dtype=np.int64))

    @property
    def count(self) -> int:
        """How many periods."""
        return len(self.borders_us) - 1

    def holding(self, starts_us: Int64, ends_us: Int64) -> Int64:
        """Return for each span the period that holds all of it, -1 where none does."""
        period = np.searchsorted(self.borders_us, starts_us, side="right") - 1
        inside = (period >= 0) & (period < self.count)
        last_us = self.borders_us[np.clip(period + 1, 0, self.count)]
        return np.where(inside & (ends_us <= last_us), period, -1).astype(np.int64)


def _calendar_borders(
    granularity: Granularity, start_us: int, end_us: int, zone: ZoneInfo
) -> Int64:
    step = 12 if granularity is Granularity.YEARLY else 1
    month = Month.of(from_microseconds(start_us), zone)
    month = Month(month.year, 1) if step == 12 else month
    borders = [to_microseconds(month.start(zone))]
    while borders[-1] < end_us:
        month = month.plus(step)
        borders.append(to_microseconds(month.start(zone)))
    return np.array(borders, dtype=np.int64)
