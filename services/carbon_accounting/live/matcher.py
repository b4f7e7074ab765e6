"""What certificates cover in the ledgers, matched anew after a claim and once a local day.

A run is one transaction under the park's lock of coverage: it appends what changed and notes the
quarters for the bookkeeper. Run twice over the same words and claims it changes nothing.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import numpy as np

from services.carbon_accounting.certificates.store import PostgresCertificates
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.booking import Claimed
from services.carbon_accounting.domain.inventory.certifying import claimed_in
from services.carbon_accounting.domain.inventory.consuming import Consumption
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_day import local_day
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.live.activity import QUARTER_US
from services.carbon_accounting.live.attributes import (
    ClaimOn,
    Held,
    held_in,
    settled_until,
    year_span,
    years_with,
)
from services.carbon_accounting.live.consumptions import Consumptions, Metered
from services.carbon_accounting.live.coverage import Run, changes, covered, put_changes
from services.carbon_accounting.live.newest import Key
from services.energy.time_grid import Interval, to_microseconds
from services.runtime.clock import ParkClock
from services.runtime.database import Connection, Database
from services.runtime.patience import tirelessly
from services.runtime.telemetry import log_for

COVERED = (Ledger.PARK_ACCEPTANCE, Ledger.MARKET_BASED)
"""Ledgers in which certificates change anything."""
_PATIENT = "SET LOCAL statement_timeout = '10min'"
"""A year of a large park is read and written in one go, beside everything else."""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_LAST = """
SELECT DISTINCT ON (period) period, rested_on FROM coverage_run WHERE park_id = %s
ORDER BY period, run DESC
"""
_RUN = """
INSERT INTO coverage_run (park_id, period, until, rested_on, at) VALUES (%s, %s, %s, %s, %s)
RETURNING run
"""
log = log_for(__name__)


class Matcher:
    """Keeps the coverage of one park; `changed` is called when quarters have another one."""

    def __init__(
        self,
        database: Database,
        site: Site,
        consumptions: Consumptions,
        clock: ParkClock,
        changed: Callable[[], None],
    ) -> None:
        self._database = database
        self._site = site
        self._store = PostgresCertificates(database, site.id)
        self._consumptions = consumptions
        self._clock = clock
        self._changed = changed
        self._claimed = asyncio.Event()

    def wake(self) -> None:
        """Match again soon: something was claimed."""
        self._claimed.set()

    async def run(self) -> None:
        """Match for ever: at start, after each claim, and when a local day has ended."""
        while True:
            self._claimed.clear()
            await tirelessly(self.match, "coverage")
            await self._claim_or_midnight()

    async def match(self) -> list[datetime]:
        """Match every local year that has claims; return the quarters whose coverage changed."""
        zone, now = self._site.time_zone, self._clock.now()
        until = settled_until(now, Granularity(self._site.choices.matching), zone)
        claims = await self._store.all_claims()
        done = {row[0]: row[1] for row in await self._database.rows(_LAST, (self._site.id,))}
        years = {year: year_span(int(year), until, zone) for year in done}
        starts: list[datetime] = []
        for period, span in sorted((years | years_with(claims, until, zone)).items()):
            if span is not None:
                starts += await self._year(period, span, claims, done.get(period, ""), now)
        if starts:
            log.info("covered", quarters=len(starts))
            self._changed()
        return starts

    async def _year(
        self, period: str, span: Interval, claims: Iterable[ClaimOn], before: str, now: datetime
    ) -> list[datetime]:
        metered = await self._consumptions.of(span)
        held = held_in(claims, span, metered.consumption.by_enterprise)
        rests_on = self._rests_on(metered.known_by, held, span)
        if rests_on == before and metered.known_by:
            return []
        found = await asyncio.to_thread(self._covered, metered, held, span)
        async with self._database.transaction() as connection:
            await connection.execute(_PATIENT)
            await connection.execute(_LOCK, (f"carbon_accounting/{self._site.id}/coverage",))
            number = await self._numbered(connection, (period, span.end, rests_on, now))
            there = await covered(connection, self._site.id, span)
            some = list(changes(self._ledgers, there, found))
            run = Run(number, span, held.turns)
            return await put_changes(connection, self._site.id, run, some)

    @property
    def _ledgers(self) -> tuple[Ledger, ...]:
        return tuple(ledger for ledger in COVERED if ledger in self._site.ledgers)

    def _covered(self, metered: Metered, held: Held, span: Interval) -> dict[Ledger, Claimed]:
        consumption = metered.consumption.before(span.end)
        site = self._site
        found = claimed_in(site.choices, site.time_zone, consumption, held.attributes)
        return {
            ledger: _placed(found[ledger], consumption, span)
            for ledger in self._ledgers
            if found.get(ledger)
        }

    async def _numbered(self, connection: Connection, said: tuple[Any, ...]) -> int:
        cursor = await connection.execute(_RUN, (self._site.id, *said))
        ((number,),) = await cursor.fetchall()
        return int(number)

    def _rests_on(self, postings: Key, held: Held, span: Interval) -> str:
        """Return a digest of all that the coverage of a year follows from.

        Coverage itself restates the ledgers that it is for, so their postings tell nothing.
        """
        others = [row for row in postings if row[1] not in COVERED] or postings
        attributes = sorted(
            (who, one.id, one.rate.factor_id, one.quantity_wh)
            for who, some in held.attributes.items()
            for one in some
        )
        choices = self._site.choices
        said = (others, attributes, span.end, choices.matching, choices.gec_counts_in_park_core)
        return hashlib.sha256(repr(said).encode()).hexdigest()

    async def _claim_or_midnight(self) -> None:
        """Return when something was claimed, or when the local day has ended."""
        day = local_day(self._clock.now(), self._site.time_zone)
        waiting = [
            asyncio.ensure_future(self._claimed.wait()),
            asyncio.ensure_future(self._clock.sleep_until(day.end)),
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()


def _placed(claimed: Claimed, consumption: Consumption, span: Interval) -> Claimed:
    """Return the same coverage over all quarters of a span, in which the consumption lies."""
    first_us = to_microseconds(span.start)
    quarters = (to_microseconds(span.end) - first_us) // QUARTER_US
    at = (consumption.starts_us - first_us) // QUARTER_US

    def over_all(wh: Whole) -> Whole:
        whole = np.zeros(quarters, np.int64)
        whole[at] = wh
        return whole

    return {
        enterprise: {certificate: over_all(wh) for certificate, wh in of_enterprise.items()}
        for enterprise, of_enterprise in claimed.items()
    }
