"""Days as people live them: from one local midnight to the next."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def midnight_before(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the newest local midnight at or before a moment."""
    return midnight(moment.astimezone(zone).date(), zone)
