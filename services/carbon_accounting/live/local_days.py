"""Spans of local days of a park: as instants, and as the months that they touch."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.local_month import Month
from services.energy.time_grid import Interval

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LocalDays:
    """Local days from `first` to `last`, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"the last day {self.last} lies before the first day {self.first}")

    @property
    def count(self) -> int:
        """How many days they are."""
        return (self.last - self.first).days + 1

    def months(self) -> "Iterator[LocalDays]":
        """Yield them month by month."""
        first = self.first
        while first <= self.last:
            last = min(days_of_month(Month(first.year, first.month)).last, self.last)
            yield LocalDays(first, last)
            first = last + DAY

    def interval(self, zone: ZoneInfo) -> Interval:
        """Return them in UTC, from midnight to midnight of the zone."""
        return Interval(_midnight(self.first, zone), _midnight(self.last + DAY, zone))


def days_of_month(month: Month) -> LocalDays:
    """Return all days of a month."""
    return LocalDays(month.first_day, month.plus(1).first_day - DAY)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
