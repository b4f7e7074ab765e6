"""Who consumed what in a span, out of the words that stand; kept until something is booked anew."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.inventory.booking import Booking
from services.carbon_accounting.domain.inventory.consuming import Consumption
from services.carbon_accounting.domain.inventory.generating import Generation
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.live.activity import activity_of
from services.carbon_accounting.live.factors import LiveFactors
from services.carbon_accounting.live.inventories import (
    PATIENT,
    Accounted,
    History,
    history_of,
    is_counted,
)
from services.carbon_accounting.live.newest import Key, newest_postings
from services.carbon_accounting.live.registers import registers_in
from services.energy.time_grid import QUARTER, Interval
from services.runtime.database import Connection, Database

KEPT = 4
"""Spans: this year, the last, and two that somebody asked for."""
_TOLD = """
SELECT min(start), max(start) FROM register_quarter
WHERE park_id = %s AND start >= %s AND start < %s
"""


@dataclass(frozen=True, slots=True, eq=False)
class Metered:
    """Consumption and generation of a span.

    `known_by` is what they rest on, `until` the end of what is told.
    """

    consumption: Consumption
    generation: Generation
    known_by: Key
    until: datetime


class Consumptions:
    """The consumption of spans of one park; one is computed at a time."""

    def __init__(self, database: Database, factors: LiveFactors) -> None:
        self._database = database
        self._factors = factors
        self._kept: OrderedDict[Interval, Metered] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def of(self, span: Interval) -> Metered:
        """Return what everybody consumed in a span of whole quarter hours, as known now."""
        async with self._one_at_a_time:
            site = self._factors.site
            async with self._database.transaction() as connection:
                key = await newest_postings(connection, site.id, span, site.time_zone)
                kept = self._kept.get(span)
                if kept is not None and kept.known_by == key:
                    self._kept.move_to_end(span)
                    return kept
                await connection.execute(PATIENT)
                told = await self._history(connection, span)
            found = await self._computed(told, key, span)
            if key:  # before anything is booked nothing tells when to look again
                self._keep(span, found)
            return found

    async def counted(self, meters: Sequence[str], span: Interval) -> ActivityData:
        """Return what some meters counted in a span of whole quarter hours, as known now."""
        site = self._factors.site
        points = [meter for meter in meters if is_counted(site, meter)]
        async with self._database.transaction() as connection:
            await connection.execute(PATIENT)
            registers = await registers_in(connection, site.id, points, span) if points else []
        return activity_of(registers, meters, span)

    async def _history(
        self, connection: Connection, span: Interval
    ) -> tuple[Accounted, History] | None:
        site = self._factors.site
        cursor = await connection.execute(_TOLD, (site.id, span.start, span.end))
        ((first, last),) = await cursor.fetchall()
        if first is None:
            return None
        accounted = Accounted(site, await self._factors.rules_now(connection))
        return accounted, await history_of(connection, accounted, Interval(first, last + QUARTER))

    async def _computed(
        self, told: tuple[Accounted, History] | None, key: Key, span: Interval
    ) -> Metered:
        if told is None:
            nothing = Consumption.none()
            made = Generation.nothing(self._factors.site, nothing.starts_us)
            return Metered(nothing, made, key, span.start)
        accounted, history = told
        found = await asyncio.to_thread(metered, accounted, history)
        return Metered(*found, key, history.data.ends)

    def _keep(self, span: Interval, found: Metered) -> None:
        self._kept[span] = found
        self._kept.move_to_end(span)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def metered(accounted: Accounted, history: History) -> tuple[Consumption, Generation]:
    """Return who consumed what and what own plants made; nothing is booked."""
    site = accounted.site
    return Booking(site, history.data, accounted.rules, (), history.opening).metered()


def years_of(span: Interval, zone: ZoneInfo) -> Interval:
    """Return the local calendar years that hold a span."""
    first = span.start.astimezone(zone).year
    last = (span.end - QUARTER).astimezone(zone).year
    borders = (datetime(year, 1, 1, tzinfo=zone) for year in (first, last + 1))
    return Interval(*(border.astimezone(UTC) for border in borders))
