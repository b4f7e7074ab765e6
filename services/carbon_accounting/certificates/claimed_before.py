"""What was claimed before, as far as a claim has to do with it, under the lock of all claims."""

from collections import Counter
from typing import Any

from services.carbon_accounting.certificates import statements as sql
from services.carbon_accounting.domain.certificates.certificate import Certificate, IdRange
from services.carbon_accounting.domain.certificates.claims import (
    OF_CONSUMPTION,
    Claim,
    Evidence,
    Used,
    of_device,
    of_store,
)
from services.energy.time_grid import Interval
from services.runtime.database import Connection


class ClaimedBefore:
    """The statements of one transaction."""

    def __init__(self, connection: Connection, park_id: str) -> None:
        self._connection = connection
        self._park_id = park_id

    async def lock(self) -> None:
        """Let no other claim of the park be made until the transaction ends.

        Taken before any certificate's row, so that claims and files never wait for each other in a
        circle.
        """
        await self._connection.execute(sql.LOCK, (f"carbon_accounting/{self._park_id}/claims",))

    async def of(
        self,
        claim: Claim,
        certificate: Certificate,
        evidence: Evidence,
        discharged: Certificate | None,
    ) -> Used:
        """Return what was claimed: of the lot, of what is consumed, of device and store."""
        used, names = Used(), sorted(evidence.alike(certificate.device))
        used.ids[certificate.lot, claim.family] = await self.ids(claim, certificate.lot)
        for span in (claim.consumption, evidence.reporting):
            used.wh[claim.family, span] |= await self._consumed(claim, span)
        made = evidence.generated_wh(certificate.device, certificate.use, certificate.production)
        if made is not None:
            await self._generation(names, claim, certificate, evidence.reporting, used)
        if discharged is not None:
            await self._flows(discharged, evidence, used)
        return used

    async def ids(self, claim: Claim, lot: str) -> list[IdRange]:
        """Return the ids of a lot that the claim's family has, in order."""
        rows = await self._rows(sql.TAKEN, (int(claim.family), self._park_id, lot))
        return [IdRange(*row) for row in rows]

    async def _consumed(self, claim: Claim, span: Interval) -> dict[str, int]:
        """Return what is claimed of consumption in a span, Wh by claimant."""
        kinds = [str(kind) for kind in OF_CONSUMPTION]
        asked = (self._park_id, int(claim.family), kinds, span.start, span.end)
        return dict(await self._rows(sql.CLAIMED_WH, asked))

    async def _generation(
        self, names: list[str], claim: Claim, certificate: Certificate, year: Interval, used: Used
    ) -> None:
        """Add what is claimed of a device's generation, under its names.

        What has to do with the production span by span, the rest of the year's as one.
        """
        _, on_grid, family = of_device(claim, certificate)
        asked = {
            "park": self._park_id,
            "family": int(family),
            "names": names,
            "on_grid": on_grid,
            "year_start": year.start,
            "year_end": year.end,
        }
        rest = Counter(dict(await self._rows(sql.CLAIMED_IN_YEAR, asked)))
        made = certificate.production
        for name, *span, wh in await self._linked(sql.CLAIMED_OF_DEVICE, asked, made):
            used.generation[name, on_grid, family].add(Interval(*span), wh)
            rest[name] -= wh
        for name, wh in rest.items():
            if wh:
                used.generation[name, on_grid, family].add(year, wh)

    async def _flows(self, discharged: Certificate, evidence: Evidence, used: Used) -> None:
        """Add what is certified of a store's charges and discharges."""
        store, on_grid = of_store(discharged, evidence)
        names = sorted(evidence.stores.names_of(discharged.device))
        asked = {"park": self._park_id, "names": names, "on_grid": on_grid}
        if (charge := discharged.charge) is None:
            return
        for *span, wh in await self._linked(sql.CHARGED_OF_STORE, asked, charge.charged):
            used.charges[store, on_grid].add(Interval(*span), wh)
        for *span, wh in await self._linked(sql.DISCHARGED_OF_STORE, asked, discharged.production):
            used.discharges[store, on_grid].add(Interval(*span), wh)

    async def _linked(self, query: str, asked: dict[str, Any], reach: Interval) -> list[Any]:
        """Return rows that end in begin, end, Wh and overlap a span, directly or by others."""
        while True:
            span = {"start": reach.start, "end": reach.end}
            rows = await self._rows(query, asked | span)
            begins, ends = [row[-3] for row in rows], [row[-2] for row in rows]
            grown = Interval(min([reach.start, *begins]), max([reach.end, *ends]))
            if grown == reach:
                return rows
            reach = grown

    async def _rows(self, query: str, parameters: Any) -> list[Any]:
        cursor = await self._connection.execute(query, parameters)
        return await cursor.fetchall()
