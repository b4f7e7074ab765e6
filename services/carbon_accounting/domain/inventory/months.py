"""Local months as spans of UTC microseconds; their first hours move with the zone's clock."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from services.energy.time_grid import from_microseconds, to_microseconds


def months_of(first_us: int, last_us: int, zone: ZoneInfo) -> Iterator[tuple[str, int, int]]:
    """Yield (`2024-01`, start, end) of each local month from the first moment to the last."""
    local = from_microseconds(first_us).astimezone(zone)
    year, month = local.year, local.month
    start_us = _start_us(year, month, zone)
    while start_us <= last_us:
        after = (year + month // 12, month % 12 + 1)
        end_us = _start_us(*after, zone)
        yield f"{year:04d}-{month:02d}", start_us, end_us
        (year, month), start_us = after, end_us


def _start_us(year: int, month: int, zone: ZoneInfo) -> int:
    return to_microseconds(datetime(year, month, 1, tzinfo=zone))
