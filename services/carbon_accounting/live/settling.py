"""Green-power contracts settled from history: by the words that stand and the certificates held."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from services.carbon_accounting.certificates.listing import Wanted, holdings
from services.carbon_accounting.certificates.store import PostgresCertificates
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.certificates.settlement import Agreement
from services.carbon_accounting.domain.certificates.states import State
from services.carbon_accounting.domain.inventory.contract_settling import (
    Metering,
    OnTheBooks,
    Settlement,
    settle,
)
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.live.consumptions import Consumptions, Metered, years_of
from services.energy.time_grid import Interval
from services.runtime.database import Database
from services.runtime.patience import patiently

ALL = 2**31 - 1
NOT_HELD = frozenset({State.WITHDRAWN, State.SPLIT})
"""What was withdrawn holds nothing any more, and what was split holds it in its parts."""


class SettlingDesk:
    """Settles contracts of one park; nothing is written. One is computed at a time."""

    def __init__(self, database: Database, site: Site, consumptions: Consumptions) -> None:
        self.site = site
        self._database = database
        self._store = PostgresCertificates(database, site.id)
        self._consumptions = consumptions
        self._one_at_a_time = asyncio.Lock()

    async def metered(self, span: Interval) -> Metered:
        """Return what was consumed and made in the local years of a span: claims are held by it."""
        years = years_of(span, self.site.time_zone)
        return await patiently(lambda: self._consumptions.of(years), "consumption")

    async def settled(
        self, agreements: Sequence[Agreement], metering: Metering, span: Interval, now: datetime
    ) -> Settlement | tuple[Refused, ...]:
        """Return what contracts came to, or which generation was sold twice."""
        books = await patiently(lambda: self._on_the_books(span, now), "certificates")
        async with self._one_at_a_time:
            return await asyncio.to_thread(settle, agreements, metering, books)

    async def _on_the_books(self, span: Interval, now: datetime) -> OnTheBooks:
        wanted = Wanted(vintage=years_of(span, self.site.time_zone))
        held = await holdings(self._database, self.site.id, wanted, now, ALL)
        standing = [one.standing for one in held if one.standing.state not in NOT_HELD]
        claims = await self._store.all_claims()
        return OnTheBooks([one.certificate for one in standing], [claim for claim, _ in claims])
