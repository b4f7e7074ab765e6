"""GEC of what own plants made, out of the words that stand; nothing is written."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.inventory.gec_months import (
    Issued,
    Metered,
    Registered,
    issued,
)
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.live.consumptions import Consumptions, years_of
from services.energy.time_grid import QUARTER, Interval
from services.runtime.patience import patiently


class IssuingDesk:
    """Issues GEC of one park's generation, as claims are held against it."""

    def __init__(self, site: Site, consumptions: Consumptions) -> None:
        self.site = site
        self._consumptions = consumptions

    async def issued(
        self, facilities: Sequence[Registered], months: Sequence[Month], at: datetime | None
    ) -> list[Issued | Refused]:
        """Return what each facility is issued of consecutive months; `at` None: as they end."""
        metered = await self._metered(facilities, months)
        return await asyncio.to_thread(
            lambda: [issued(one, metered, months, at) for one in facilities]
        )

    async def _metered(self, facilities: Sequence[Registered], months: Sequence[Month]) -> Metered:
        zone, own = self.site.time_zone, self._consumptions
        span = Interval(months[0].start(zone), months[-1].plus(1).start(zone))
        off_takes = sorted({one.off_take for one in facilities if one.off_take})
        counted = await patiently(lambda: own.counted(off_takes, span), "off-take")
        found = await patiently(lambda: own.of(years_of(span, zone)), "generation")
        return Metered(found.generation, counted, QUARTER, zone)
