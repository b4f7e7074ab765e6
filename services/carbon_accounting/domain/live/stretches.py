"""How the quarters to book again are cut: whole local days of one month, from a known state on."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.local_day import local_day

DAY = timedelta(days=1)
CELLS_AT_ONCE = 400_000
"""Words that are booked in one go."""
QUARTERS_A_DAY = 96


def chunk_end(
    start: datetime, touched: Sequence[datetime], until: datetime, zone: ZoneInfo, registers: int
) -> datetime:
    """Return where the chunk that begins at `start` ends: at a local midnight, or at `until`.

    `touched` are the quarters from `start` on. The chunk goes on over days that have some, within
    the month, as long as memory allows.
    """
    most = max(1, CELLS_AT_ONCE // (QUARTERS_A_DAY * max(1, registers)))
    days = {local_day(moment, zone).start for moment in _near(touched, start, most)}
    today = local_day(start, zone)
    month, taken = _month(start, zone), 1
    while taken < most and today.end < until and today.end in days:
        if _month(today.end, zone) != month:
            break
        today, taken = local_day(today.end, zone), taken + 1
    return min(today.end, until)


def month_of(moment: datetime, zone: ZoneInfo) -> str:
    """Return the local month, as `2024-01`."""
    return moment.astimezone(zone).strftime("%Y-%m")


def month_span(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a local month starts and ends; ValueError where it is none."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise ValueError(f"{month!r} is no month; write one such as 2024-01") from None
    after = (first + 31 * DAY).replace(day=1)
    start, end = (datetime(d.year, d.month, 1, tzinfo=zone).astimezone(UTC) for d in (first, after))
    return start, end


def _near(touched: Sequence[datetime], start: datetime, days: int) -> Iterator[datetime]:
    """Yield those that a chunk from `start` on can reach."""
    return takewhile(lambda moment: moment < start + (days + 1) * DAY, touched)


def _month(moment: datetime, zone: ZoneInfo) -> tuple[int, int]:
    local = moment.astimezone(zone)
    return local.year, local.month
