"""The inventories of local months, added up beside the requests and kept until a month changes.

A month is added up again when something newer was posted of it, a certificate covers it anew, or
words of water, waste or heat are new.
Nothing is added up in a request.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.factoring.exact import exact_sum
from services.carbon_accounting.domain.inventory.booking import Booking, Claimed, Inventory
from services.carbon_accounting.domain.inventory.clipping import clipped_all
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.totals import Total, TotalKey
from services.carbon_accounting.domain.inventory.uncounted_energy import note_uncounted_energy
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.live.book_totals import totals_of
from services.carbon_accounting.live.coverage import covered
from services.carbon_accounting.live.inventories import PATIENT, Accounted, History, history_of
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.stream import News
from services.energy.time_grid import QUARTER, Interval
from services.runtime.clock import ParkClock
from services.runtime.database import Connection, Database
from services.runtime.patience import tirelessly
from services.runtime.telemetry import log_for

BOOKED = "SELECT min(start), max(start) FROM quarter WHERE park_id = %s"
NEWEST = """
SELECT (SELECT coalesce(max(place), 0) FROM posting p
        WHERE p.park_id = %(park)s AND p.ledger = ledgers.ledger AND p.month = months.month),
       (SELECT coalesce(max(run), 0) FROM coverage c WHERE c.park_id = %(park)s),
       (SELECT coalesce(max(changes), 0) FROM resource_month r
        WHERE r.park_id = %(park)s AND r.month = months.month)
FROM unnest(%(months)s::text[]) WITH ORDINALITY AS months (month, place)
CROSS JOIN unnest(%(ledgers)s::smallint[]) AS ledgers (ledger)
ORDER BY months.place, ledgers.ledger
"""
MOST_OF_ONE_CORE = 0.2
"""Adding up rests until it has taken no more than this share of the time."""
LONGEST_REST_S = 30.0
NOTHING = Interval(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
Key = tuple[int, ...]
log = log_for(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """A span added up: its inventory, what each meter counted of it, and when that was done.

    `counted`: whole base units by meter or stream, only where all of the span is known.
    `is_covered`: certificates cover some of its grid power.
    """

    span: Interval
    month: Month
    key: Key
    inventory: Inventory
    counted: dict[str, int]
    is_covered: bool
    computed_at: datetime
    is_month: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What is added up: months by name, the local day and the newest quarter that are booked."""

    months: dict[Month, Computed]
    day: Computed
    quarter: Computed

    @property
    def booked_until(self) -> datetime:
        """Nothing later is in it."""
        return self.quarter.span.end

    @property
    def this_month(self) -> Month:
        """The month of the newest quarter that is booked."""
        return self.quarter.month

    def year_so_far(self) -> list[Computed]:
        """Return the months of this year that are booked, in order."""
        return self.of_year(self.this_month.year)

    def of_year(self, year: int) -> list[Computed]:
        """Return the booked months of a year, in order."""
        return [one for month, one in sorted(self.months.items()) if month.year == year]


class Months:
    """Keeps the months of this year and the last one added up."""

    def __init__(self, database: Database, rules: RulesNow, clock: ParkClock, news: News) -> None:
        self._database = database
        self._rules = rules
        self._site = rules.site
        self._clock = clock
        self._news = news
        self._months: dict[Month, Computed] = {}
        self._whole = NOTHING
        self.standing: Standing | None = None
        self.progress = "nothing is booked yet"

    async def run(self) -> None:
        """Keep them for ever."""
        while True:
            began = time.monotonic()
            if await tirelessly(self.refresh, "add up months") is None:
                await asyncio.sleep(LONGEST_REST_S)
            took_s = time.monotonic() - began
            await asyncio.sleep(min(took_s / MOST_OF_ONE_CORE - took_s, LONGEST_REST_S))
            await self._news.wait()

    async def refresh(self) -> int:
        """Add up what has changed, the newest month first; return how many months that were.

        After the start there is an answer as soon as this year is added up.
        """
        booked = await self._booked()
        if booked is None:
            return 0
        self._whole = booked
        spans = _spans(booked, self._site.time_zone)
        async with self._database.transaction() as connection:
            keys = await _keys(connection, self._site.id, list(spans))
        stale = [m for m in spans if not self._is_fresh(m, spans[m], keys[m])]
        for done, month in enumerate(sorted(stale, reverse=True)):
            self.progress = f"{done} of {len(stale)} months are added up"
            self._months[month] = await self._computed(month, spans[month], keys[month])
            if len(stale) > 1:
                log.info("month added up", month=str(month), months_left=len(stale) - done - 1)
            if self.standing is None and self._has_year(spans):
                await self._stand(booked, spans, keys)  # last year follows
        if stale or self.standing is None:
            await self._stand(booked, spans, keys)
        return len(stale)

    async def _stand(
        self, booked: Interval, spans: dict[Month, Interval], keys: dict[Month, Key]
    ) -> None:
        zone = self._site.time_zone
        local = (booked.end - QUARTER).astimezone(zone)
        month = Month(local.year, local.month)
        midnight = datetime(local.year, local.month, local.day, tzinfo=zone).astimezone(UTC)
        day = Interval(max(midnight, booked.start), booked.end)
        self.standing = Standing(
            {month: self._months[month] for month in spans if month in self._months},
            await self._part(month, day),
            await self._part(month, Interval(booked.end - QUARTER, booked.end)),
        )

    def _is_fresh(self, month: Month, span: Interval, key: Key) -> bool:
        known = self._months.get(month)
        return known is not None and known.key == key and known.span == span

    def _has_year(self, spans: dict[Month, Interval]) -> bool:
        """Whether all months of the newest year are added up."""
        return all(month in self._months for month in spans if month.year == max(spans).year)

    async def _booked(self) -> Interval | None:
        rows = await self._database.rows(BOOKED, (self._site.id,))
        first, last = rows[0]
        return None if first is None else Interval(first, last + QUARTER)

    async def _computed(self, month: Month, span: Interval, key: Key) -> Computed:
        """Add a span up; its totals are those of the books, which closed months may hold back."""
        async with self._database.transaction() as connection:
            await connection.execute(PATIENT)
            accounted = (await self._rules.of(connection)).accounted
            history = await history_of(connection, accounted, span)
            coverage = await covered(connection, self._site.id, span)
            totals = await self._totals(connection, span)
        inventory = await asyncio.to_thread(_added_up, accounted, history, coverage)
        if totals is not None:
            inventory.totals = totals
        counted = _counted(history.data)
        return Computed(span, month, key, inventory, counted, bool(coverage), self._clock.now())

    async def _totals(self, connection: Connection, span: Interval) -> dict[TotalKey, Total] | None:
        """Return the books' totals of whole days; None of a part of one."""
        zone, whole = self._site.time_zone, self._whole
        first = span.start.astimezone(zone)
        if not (first.hour == first.minute == 0 or span.start == whole.start):
            return None
        if span.end != whole.end and span.end.astimezone(zone).hour:
            return None
        last = (span.end - QUARTER).astimezone(zone)
        return await totals_of(connection, self._site.id, first.date(), last.date())

    async def _part(self, month: Month, span: Interval) -> Computed:
        return replace(await self._computed(month, span, ()), is_month=False)


def _added_up(accounted: Accounted, history: History, coverage: dict[Ledger, Claimed]) -> Inventory:
    """Return the inventory of a span, its grid power covered as the books have it."""
    site = accounted.site
    booking = Booking(site, history.data, accounted.rules, site.ledgers, history.opening)
    if coverage:
        booking.claimed = clipped_all(coverage, booking.consumption()).claimed
    for _ in booking.months():
        pass
    note_uncounted_energy(booking.inventory, site, accounted.rules.factors)
    return booking.inventory


def _counted(data: ActivityData) -> dict[str, int]:
    whole = zip(data.meters, data.amounts, data.known, strict=True)
    return {meter: exact_sum(amounts) for meter, amounts, known in whole if known.all()}


def _spans(booked: Interval, zone: ZoneInfo) -> dict[Month, Interval]:
    """Return the booked part of each month of the newest year and the one before it."""
    last = _month(booked.end - QUARTER, zone)
    month = max(_month(booked.start, zone), Month(last.year - 1, 1))
    found = {}
    while month <= last:
        start, end = _first(month, zone), _first(month.plus(1), zone)
        found[month] = Interval(max(start, booked.start), min(end, booked.end))
        month = month.plus(1)
    return found


def _month(at: datetime, zone: ZoneInfo) -> Month:
    local = at.astimezone(zone)
    return Month(local.year, local.month)


def _first(month: Month, zone: ZoneInfo) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=zone).astimezone(UTC)


async def _keys(connection: Connection, park_id: str, months: list[Month]) -> dict[Month, Key]:
    ledgers = [int(ledger) for ledger in Ledger]
    asked = {"park": park_id, "months": [str(m) for m in months], "ledgers": ledgers}
    rows = await (await connection.execute(NEWEST, asked)).fetchall()
    each = len(ledgers)
    parts = [rows[at * each : (at + 1) * each] for at in range(len(months))]
    return {
        month: (*(int(row[0]) for row in part), *map(int, part[0][1:]))
        for month, part in zip(months, parts, strict=True)
    }
