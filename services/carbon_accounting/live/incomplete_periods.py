"""Of which periods and ledgers the books hold less than what was emitted, and why, as of now."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta

from services.carbon_accounting.domain.inventory.incompleteness import incomplete_because
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.lacking import lacking_factors
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.local_days import LocalDays
from services.carbon_accounting.live.totals import BY_DAY
from services.runtime.database import Connection

_WAITING = """
SELECT DISTINCT to_char(start AT TIME ZONE %s, %s) FROM quarter
WHERE park_id = %s AND start >= %s AND start < %s AND waits_for <> ''
"""
Whys = Mapping[tuple[Ledger, str], tuple[str, ...]]
"""By ledger and period, `2026-11` or `2026-11-22`; whole ones are there with no reason."""


async def incomplete_periods(
    connection: Connection, accounted: Accounted, days: LocalDays, period: str
) -> Whys:
    """Return why totals of local days are incomplete; `period` as of TotalsAsked.

    Incomplete are those with a quarter hour that waits for a reading, and those of a ledger that
    lacks a factor in the month.
    """
    zone = accounted.site.time_zone
    span = days.interval(zone)
    asked = (zone.key, period, accounted.site.id, span.start, span.end)
    rows = await (await connection.execute(_WAITING, asked)).fetchall()
    waiting = {name for (name,) in rows}
    return await asyncio.to_thread(_whys, accounted, days, period, waiting)


def _whys(accounted: Accounted, days: LocalDays, period: str, waiting: set[str]) -> Whys:
    site, found = accounted.site, dict[tuple[Ledger, str], tuple[str, ...]]()
    for part in days.months():
        lacking = lacking_factors(site, accounted.rules, part.interval(site.time_zone))
        for name in _names(part, period):
            for ledger in site.ledgers:
                whys = incomplete_because(ledger, lacking, knows_all=name not in waiting)
                found[ledger, name] = tuple(whys)
    return found


def _names(part: LocalDays, period: str) -> Iterator[str]:
    if period != BY_DAY:
        yield f"{part.first:%Y-%m}"
        return
    for number in range(part.count):
        yield f"{part.first + timedelta(days=number):%Y-%m-%d}"
