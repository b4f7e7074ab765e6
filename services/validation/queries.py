"""Questions to the suspense account and the edits. Every value is a parameter."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import groupby
from operator import attrgetter

from parkflow.telemetry.v1.edit_pb2 import AppliedEdit
from services.runtime.database import Database
from services.validation.domain.energy_quality import EnergyQuality
from services.validation.source_quality import Quality, Quarters, together

_ENTRIES = """
    SELECT entry_id, point_id, min(source_id), min(starts_at),
           (array_agg(ends_at ORDER BY known_at DESC))[1],
           (array_agg(reason ORDER BY known_at DESC))[1],
           sum(change_wh)::bigint, min(known_at), max(known_at)
      FROM posting
     WHERE park_id = %(park)s AND account = %(account)s AND entry_id > %(after)s
       AND (%(all)s OR point_id = ANY(%(points)s)) AND (%(entry)s = '' OR entry_id = %(entry)s)
     GROUP BY entry_id, point_id HAVING sum(change_wh) <> 0
     ORDER BY entry_id LIMIT %(limit)s
"""
_BALANCE = """
    SELECT coalesce(sum(change_wh), 0)::bigint FROM posting
     WHERE park_id = %(park)s AND account = %(account)s
       AND (%(all)s OR point_id = ANY(%(points)s))
"""
_EDITS = """
    SELECT body FROM edit WHERE park_id = %s AND (%s OR point_id = ANY(%s))
     ORDER BY decided_at DESC, edit_id LIMIT %s
"""
_QUALITY = """
    SELECT source_id, newest_event, newest_arrival, as_of, first_quarter, filled, expected,
           unheard, doubts
      FROM quality WHERE park_id = %s ORDER BY source_id, partition
"""
_ENERGY_QUALITY = """
    SELECT source_id, sum(told)::bigint, sum(believed)::bigint, sum(estimated)::bigint
      FROM energy_quality WHERE park_id = %s GROUP BY source_id
"""
_BALANCES = """
    SELECT source_id, sum(change_wh)::bigint FROM posting
     WHERE park_id = %s AND account = %s GROUP BY source_id
"""
_NODES = """
    SELECT node_id, start_us, metered_wh, children_wh, allowance_wh, tolerance_wh, verdict, missing
      FROM balance
     WHERE park_id = %s AND start_us >= %s AND start_us < %s AND (%s = '' OR node_id = %s)
       AND (NOT %s OR verdict <> 1)
     ORDER BY start_us, node_id LIMIT %s
"""
_EDIT = "SELECT body FROM edit WHERE park_id = %s AND edit_id = %s"


@dataclass(frozen=True, slots=True)
class SetAside:
    """Energy (Wh) that is set aside for (starts_at, ends_at] of a register."""

    entry_id: str
    point_id: str
    source_id: str
    starts_at: datetime
    ends_at: datetime
    reason: int
    balance_wh: int
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class NodeBalance:
    """A quarter hour of a node (Wh, positive into it) and who is not known."""

    node_id: str
    start_us: int
    metered_wh: int
    children_wh: int
    allowance_wh: int
    tolerance_wh: int
    verdict: int
    missing: list[str]


class Queries:
    """What can be asked of one park's accounts."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database, self._park_id = database, park_id

    async def entries(
        self, account: str, points: list[str], *, after: str = "", entry: str = "", limit: int
    ) -> list[SetAside]:
        """Return open entries in order of their id, beginning after one; all points when empty."""
        parameters = {
            "park": self._park_id,
            "account": account,
            "after": after,
            "all": not points,
            "points": points,
            "entry": entry,
            "limit": limit,
        }
        return [SetAside(*row) for row in await self._database.rows(_ENTRIES, parameters)]

    async def balance_wh(self, account: str, points: list[str]) -> int:
        """Return what an account holds."""
        parameters = {
            "park": self._park_id,
            "account": account,
            "all": not points,
            "points": points,
        }
        ((balance_wh,),) = await self._database.rows(_BALANCE, parameters)
        return int(balance_wh)

    async def quality(self) -> list[Quality]:
        """Return what the readings of each source were like at the newest checkpoints."""
        rows = await self._database.rows(_QUALITY, (self._park_id,))
        parts = [
            Quality(
                source_id, event, arrival, as_of, Quarters(*quarters), unheard, _counter(doubts)
            )
            for source_id, event, arrival, as_of, *quarters, unheard, doubts in rows
        ]
        by_source = groupby(parts, key=attrgetter("source_id"))
        return [reduce(together, of_source) for _, of_source in by_source]

    async def energy_quality(self) -> dict[str, EnergyQuality]:
        """Return the quarter hours of each source's registers at the newest checkpoints."""
        rows = await self._database.rows(_ENERGY_QUALITY, (self._park_id,))
        return {source_id: EnergyQuality(source_id, *counts) for source_id, *counts in rows}

    async def balances_wh(self, account: str) -> dict[str, int]:
        """Return what an account holds, by source."""
        return dict(await self._database.rows(_BALANCES, (self._park_id, account)))

    async def edits(self, points: list[str], limit: int) -> list[AppliedEdit]:
        """Return applied edits, newest first."""
        rows = await self._database.rows(_EDITS, (self._park_id, not points, points, limit))
        return [AppliedEdit.FromString(body) for (body,) in rows]

    async def edit(self, edit_id: str) -> AppliedEdit | None:
        """Return one applied edit."""
        rows = await self._database.rows(_EDIT, (self._park_id, edit_id))
        return AppliedEdit.FromString(rows[0][0]) if rows else None

    async def balances(
        self, node_id: str, start_us: int, end_us: int, *, only_imbalances: bool, limit: int
    ) -> list[NodeBalance]:
        """Return the balances of [start, end), of all nodes when `node_id` is empty."""
        span = (self._park_id, start_us, end_us)
        parameters = (*span, node_id, node_id, only_imbalances, limit)
        return [NodeBalance(*row) for row in await self._database.rows(_NODES, parameters)]


def _counter(doubts: Mapping[str, int]) -> Counter[int]:
    return Counter({int(doubt): count for doubt, count in doubts.items()})
