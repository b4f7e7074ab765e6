"""How well consumption is matched in time, computed from history and kept until something changes.

What is kept rests on the newest postings of the span and the newest event of a certificate.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np

from services.carbon_accounting.certificates.store import PostgresCertificates
from services.carbon_accounting.domain.inventory.certifying import Hours, Matched, by_hour, matched
from services.carbon_accounting.domain.inventory.consuming import Consumption
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.live.attributes import Held, held_in
from services.carbon_accounting.live.consumptions import Consumptions, Metered
from services.carbon_accounting.live.newest import Key, newest_certificates
from services.energy.time_grid import QUARTER, Interval, to_microseconds
from services.runtime.database import Database

T = TypeVar("T")
KEPT = 4
MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """A span's matching by enterprise; nothing is known from `until` on."""

    span: Interval
    until: datetime
    enterprises: tuple[Matched, ...]
    unknown: dict[str, Mask]
    """By enterprise: where not all is known before `until`; neither load nor matched."""

    def unknown_to(self, enterprise: str) -> Mask:
        """Return where not all of an enterprise is known, of all where it is empty.

        Of somebody who never used anything nothing is known.
        """
        ones = [dark for name, dark in self.unknown.items() if enterprise in ("", name)]
        return np.logical_or.reduce(ones) if ones else np.ones(_count(self.span, self.until), bool)


class MatchingDesk:
    """Answers how well a park is matched; one answer is computed at a time."""

    def __init__(self, database: Database, site: Site, consumptions: Consumptions) -> None:
        self.site = site
        self._database = database
        self._store = PostgresCertificates(database, site.id)
        self._consumptions = consumptions
        self._kept: OrderedDict[Interval, tuple[Key, Matching]] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def of(self, span: Interval) -> Matching:
        """Return the matching of a span of whole quarter hours, as known now."""
        metered = await self._consumptions.of(span)
        key = (metered.known_by, await self._certificates())
        async with self._one_at_a_time:
            kept = self._kept.get(span)
            if kept is not None and kept[0] == key and metered.known_by:
                self._kept.move_to_end(span)
                return kept[1]
            found = await self._computed(span, metered, self._matched)
            self._keep(span, key, found)
            return found

    async def hours(self, span: Interval) -> dict[str, Hours]:
        """Return load and covered Wh of each enterprise by hour."""
        metered = await self._consumptions.of(span)
        async with self._one_at_a_time:
            return await self._computed(span, metered, self._by_hour)

    async def beside(self, compute: Callable[[], T]) -> T:
        """Compute something long beside the loop, one at a time."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(compute)

    async def _certificates(self) -> Key:
        async with self._database.transaction() as connection:
            return await newest_certificates(connection, self.site.id)

    async def _computed(
        self, span: Interval, metered: Metered, compute: Callable[[Interval, Metered, Held], T]
    ) -> T:
        consumers = metered.consumption.by_enterprise
        held = held_in(await self._store.all_claims(), span, consumers)
        return await asyncio.to_thread(compute, span, metered, held)

    def _matched(self, span: Interval, metered: Metered, held: Held) -> Matching:
        consumption = metered.consumption
        found = matched(consumption, held.attributes, self.site.time_zone)
        return Matching(
            span, metered.until, tuple(found), _unknown(consumption, span, metered.until)
        )

    def _by_hour(self, span: Interval, metered: Metered, held: Held) -> dict[str, Hours]:
        return by_hour(metered.consumption, held.attributes, self.site.time_zone)

    def _keep(self, span: Interval, key: Key, found: Matching) -> None:
        self._kept[span] = (key, found)
        self._kept.move_to_end(span)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def _count(span: Interval, until: datetime) -> int:
    return max(0, (until - span.start) // QUARTER)


def _unknown(consumption: Consumption, span: Interval, until: datetime) -> dict[str, Mask]:
    """Return it by enterprise; before the first word of a span nothing is known of anybody."""
    step_us = int(QUARTER.total_seconds()) * MICROSECONDS
    here = (consumption.starts_us - to_microseconds(span.start)) // step_us
    found = {}
    for name, one in consumption.by_enterprise.items():
        found[name] = np.ones(_count(span, until), bool)
        found[name][here] = ~one.known
    return found
