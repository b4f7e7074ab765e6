"""Stores over gRPC: which discharge comes out of which charge, out of certificates held live."""

import asyncio
from collections.abc import Sequence
from typing import Any

from parkflow.carbon.v1 import storage_pb2 as wire
from services.carbon_accounting.certificates.listing import Wanted
from services.carbon_accounting.domain.certificates.charge_records import Bundles, claimed_elsewise
from services.carbon_accounting.domain.certificates.claims import Claim
from services.carbon_accounting.domain.certificates.storage import ChargeRecord, DischargeRecord
from services.carbon_accounting.domain.certificates.storage_issuing import Discharged, discharged
from services.carbon_accounting.domain.inventory.store_names import beyond_stores, by_store
from services.carbon_accounting.live.certificate_desk import CertificateDesk
from services.carbon_accounting.rpc import storage_messages as messages
from services.carbon_accounting.rpc.refused_rules import BrokenRules
from services.energy.time_grid import Interval
from services.runtime.clock import ParkClock
from services.runtime.refusals import check_park

MOST_PAIRS, CLAIMS_AT_ONCE = 5_000, 5_000
"""An answer of so many pairs, each with its row, is about 2 MB."""


class StorageRpc:
    """The RPC of stores. It keeps nothing: its rows go to ImportCertificates."""

    park_id: str
    clock: ParkClock
    certificates: CertificateDesk

    async def AllocateDischarges(  # noqa: N802
        self, request: wire.AllocateDischargesRequest, context: Any
    ) -> wire.AllocateDischargesResponse:
        """Return the pairs and their certificates, or everything that the rules refuse."""
        check_park(request.park_id, self.park_id, list(messages.mistakes_in(request)))
        site = self.certificates.site
        charges = by_store(site, messages.charges_in(request))
        discharges = by_store(site, messages.discharges_in(request))
        span, declared = _span(charges, discharges), messages.declared_in(request)
        beyond = beyond_stores(site, _stores(charges, discharges), declared.efficiency)
        wrong = [*messages.too_long(span), *messages.too_efficient(beyond)]
        check_park(request.park_id, self.park_id, wrong)
        bundles = await self._bundles(charges, {one.id for one in discharges})
        meters = await self.certificates.store_meters(span)
        records = charges, discharges, bundles, meters
        found = await asyncio.to_thread(discharged, *records, declared, MOST_PAIRS)
        if not isinstance(found, Discharged):
            raise BrokenRules(messages.in_fields(request, found))
        return messages.allocated_message(found)

    async def _bundles(self, charges: Sequence[ChargeRecord], discharges: set[str]) -> Bundles:
        """Return the certificates of charges as they stand, and what others claimed of them."""
        ids = tuple({one.certificate_id for one in charges if one.certificate_id})
        if not ids:
            return Bundles({})
        held = await self.certificates.listed(Wanted(ids=ids), self.clock.now(), len(ids))
        standings = {one.standing.certificate.id: one.standing for one in held}
        claimed_wh = dict[str, int]()
        for one in (one for one in held if one.claimed_wh):
            claims = await self._claims(one.standing.certificate.id)
            claimed_wh |= claimed_elsewise(claims, discharges)
        return Bundles(standings, claimed_wh)

    async def _claims(self, certificate_id: str) -> list[Claim]:
        claims: list[Claim] = []
        while True:
            after = claims[-1].id if claims else ""
            page = await self.certificates.claims("", certificate_id, None, after, CLAIMS_AT_ONCE)
            claims += page
            if len(page) < CLAIMS_AT_ONCE:
                return claims


def _stores(charges: Sequence[ChargeRecord], discharges: Sequence[DischargeRecord]) -> set[str]:
    return {*(one.store for one in charges), *(one.store for one in discharges)}


def _span(charges: Sequence[ChargeRecord], discharges: Sequence[DischargeRecord]) -> Interval:
    spans = [*(one.charged for one in charges), *(one.discharged for one in discharges)]
    return Interval(min(one.start for one in spans), max(one.end for one in spans))
