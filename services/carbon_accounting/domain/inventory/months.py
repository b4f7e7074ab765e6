"""The local months that data reach over, as spans of UTC microseconds."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.local_month import Month
from services.energy.time_grid import from_microseconds, to_microseconds


def months_of(first_us: int, last_us: int, zone: ZoneInfo) -> Iterator[tuple[str, int, int]]:
    """Yield (`2024-01`, start, end) of each local month from the first moment to the last."""
    month = Month.of(from_microseconds(first_us), zone)
    while (start_us := to_microseconds(month.start(zone))) <= last_us:
        following = month.plus(1)
        yield str(month), start_us, to_microseconds(following.start(zone))
        month = following
