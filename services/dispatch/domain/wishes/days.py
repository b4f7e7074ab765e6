"""A day of the park's own clock as an interval: 23, 24 or 25 hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.energy.time_grid import Interval


def local_day(day: date, zone: ZoneInfo) -> Interval:
    """Return the interval from one midnight of the zone to the next."""
    return Interval(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
