"""Certificates listed: how they stand and what of them is claimed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.carbon_accounting.certificates import statements as sql
from services.carbon_accounting.certificates.rows import standing_of
from services.carbon_accounting.domain.certificates.claims import Family
from services.carbon_accounting.domain.certificates.states import Standing, State
from services.energy.time_grid import Interval
from services.runtime.database import Database

OVER = frozenset({State.SPLIT, State.EXPIRED, State.WITHDRAWN})
"""Nothing of these can be claimed any more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which certificates; what is None or empty restricts nothing.

    `vintage` holds the production's start, `after` is the id before the first.
    """

    state: State | None = None
    owner: str = ""
    beneficiary: str = ""
    vintage: Interval | None = None
    ids: tuple[str, ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """A certificate as it stands, and how much of it claims on the attribute have taken.

    What was split is claimed and left in its parts alone.
    """

    standing: Standing
    claimed_wh: int

    @property
    def remaining_wh(self) -> int:
        """What no claim has taken and one still may."""
        if self.standing.state in OVER:
            return 0
        return self.standing.certificate.quantity_wh - self.claimed_wh


async def holdings(
    database: Database, park_id: str, wanted: Wanted, now: datetime, limit: int
) -> list[Holding]:
    """Return certificates by id, at most `limit`; what nobody cancelled in its life is expired."""
    rows = await database.rows(sql.HOLDINGS, _parameters(park_id, wanted, limit) | {"now": now})
    return [_holding(standing_of(row[:-1]), row[-1]) for row in rows]


def _holding(standing: Standing, claimed_wh: int) -> Holding:
    return Holding(standing, 0 if standing.state is State.SPLIT else claimed_wh)


def _parameters(park_id: str, wanted: Wanted, limit: int) -> dict[str, Any]:
    vintage = wanted.vintage
    return {
        "park": park_id,
        "family": int(Family.ATTRIBUTE),
        "state": "" if wanted.state is None else str(wanted.state),
        "owner": wanted.owner,
        "beneficiary": wanted.beneficiary,
        "since": None if vintage is None else vintage.start,
        "until": None if vintage is None else vintage.end,
        "ids": list(wanted.ids),
        "after": wanted.after,
        "limit": limit,
    }
