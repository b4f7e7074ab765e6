"""The Scope 2 criteria of a live park's claims, judged by the factors and claims as of now."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.certificates import statements as sql
from services.carbon_accounting.certificates.rows import claim_of, standing_of
from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.inventory.claim_quality import (
    ClaimOn,
    ClaimQuality,
    judged_claims,
)
from services.carbon_accounting.domain.inventory.generating import Generation
from services.carbon_accounting.domain.inventory.open_items import OpenItem
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.live.factors import LiveFactors
from services.energy.time_grid import Interval, to_microseconds
from services.runtime.database import Connection, Database

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_FIRST = "SELECT min(start) FROM quarter WHERE park_id = %s"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which claims; what is empty or None restricts nothing. `after` is the id before the first."""

    claimant: str = ""
    certificate_id: str = ""
    consumption: Interval | None = None
    after: str = ""

    def holds(self, one: ClaimOn) -> bool:
        """Whether a claim is wanted: of a reporter, not what a store took."""
        claim, _ = one
        span = self.consumption
        return (
            claim.is_of_reporter
            and self.claimant in ("", claim.claimant)
            and self.certificate_id in ("", claim.certificate_id)
            and (span is None or _meet(claim.consumption, span))
            and claim.id > self.after
        )


def _meet(one: Interval, other: Interval) -> bool:
    return one.start < other.end and other.start < one.end


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """All claims of a park with their certificates, and which plants it meters since when."""

    all: tuple[ClaimOn, ...]
    plants: Generation

    def generated_wh(self, device: str, use: Use, span: Interval) -> int | None:
        """Return 0 where claims were held against a meter here, None where nothing was metered."""
        return self.plants.wh_of(device, use, span)


async def claims_of(connection: Connection, site: Site) -> Claims:
    """Return what stands in the snapshot of a connection, by claimant and id."""
    ((first,),) = await (await connection.execute(_FIRST, (site.id,))).fetchall()
    claims = await (await connection.execute(sql.ALL_CLAIMS, (site.id,))).fetchall()
    kept = await (await connection.execute(sql.STANDINGS, (site.id,))).fetchall()
    standings = {row[0]: standing_of(row) for row in kept}
    starts = np.array([] if first is None else [to_microseconds(first)], np.int64)
    found = ((claim_of(row), standings[row[2]]) for row in claims)
    return Claims(tuple(found), Generation.nothing(site, starts))


class QualityDesk:
    """Answers how the claims of one park stand; it changes nothing."""

    def __init__(self, database: Database, site: Site, factors: LiveFactors) -> None:
        self.site = site
        self._database = database
        self._factors = factors

    async def listed(
        self, wanted: Wanted, limit: int, items: Collection[OpenItem] | None
    ) -> list[ClaimQuality]:
        """Return claims by id, at most `limit`; `items` as of `judged_claims`."""
        async with self._database.transaction() as connection:
            await connection.execute(SNAPSHOT)
            claims = await claims_of(connection, self.site)
            rules = await self._factors.rules_now(connection)
        asked = sorted(filter(wanted.holds, claims.all), key=_id)[:limit]
        found = judged_claims(claims.all, rules, claims.generated_wh, items, asked)
        return await asyncio.to_thread(_all, found)


def _id(one: ClaimOn) -> str:
    return one[0].id


def _all(found: Iterable[ClaimQuality]) -> list[ClaimQuality]:
    return [*found]
