"""How the quarters to book again are cut: whole local days of one month, from a known state on."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.local_day import local_day
from services.carbon_accounting.domain.local_month import Month

DAY = timedelta(days=1)
CELLS_AT_ONCE = 28_800
"""Words that are booked in one go: a day of 300 registers, some 200,000 lines of three ledgers."""
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
    month, taken = Month.of(start, zone), 1
    while taken < most and today.end < until and today.end in days:
        if Month.of(today.end, zone) != month:
            break
        today, taken = local_day(today.end, zone), taken + 1
    return min(today.end, until)


def _near(touched: Sequence[datetime], start: datetime, days: int) -> Iterator[datetime]:
    """Yield those that a chunk from `start` on can reach."""
    return takewhile(lambda moment: moment < start + (days + 1) * DAY, touched)
