"""The local day of the park as an interval in UTC; 23, 24 or 25 hours long (conventions §1)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.energy.time_grid import Interval


def local_day(moment: datetime, zone: ZoneInfo) -> Interval:
    """Return the day of `zone` that holds `moment`."""
    day = moment.astimezone(zone).date()
    start = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    return Interval(start.astimezone(UTC), end.astimezone(UTC))
