"""What the stores of electricity hold, and what certificates cover, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.booking import Claimed
from services.carbon_accounting.domain.inventory.electricity import Certificate
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.matching.supply import EmissionRate
from services.carbon_accounting.live import statements as sql
from services.carbon_accounting.live.books import State
from services.carbon_accounting.live.pools_json import pools_from, pools_json
from services.energy.time_grid import QUARTER, Interval
from services.runtime.database import Connection


class StoredStores:
    """The part of the books that holds states and coverage."""

    _connection: Connection
    _park_id: str

    async def state_before(self, moment: datetime, after: datetime) -> State | None:
        """Return the newest state at or before a moment, later than `after`."""
        asked = (self._park_id, moment, after)
        row = await (await self._connection.execute(sql.STATE_BEFORE, asked)).fetchone()
        return None if row is None else State(row[0], pools_from(row[1]))

    async def put_state(self, state: State, since: datetime) -> None:
        """Keep a state, and forget those after `since` and before it."""
        await self._connection.execute(sql.FORGET_STATES, (self._park_id, since, state.at))
        content = Jsonb(pools_json(state.pools))
        await self._connection.execute(sql.PUT_STATE, (self._park_id, state.at, content))

    async def coverage(self, span: Interval) -> dict[Ledger, Claimed]:
        """Return what certificates cover of a span by the newest run, shape (intervals,)."""
        asked = {"park": self._park_id, "start": span.start, "end": span.end}
        rows = await (await self._connection.execute(sql.COVERAGE, asked)).fetchall()
        return coverage_of(rows, span)


def coverage_of(rows: Sequence[Sequence[Any]], span: Interval) -> dict[Ledger, Claimed]:
    """Return rows of coverage by ledger, enterprise and certificate."""
    found: dict[Ledger, dict[str, dict[Certificate, Whole]]] = {}
    intervals = (span.end - span.start) // QUARTER
    for ledger, start, enterprise, claim, factor_id, ng_per_wh, trust, wh in rows:
        one = Certificate(claim, EmissionRate(factor_id, ng_per_wh, trust))
        claims = found.setdefault(Ledger(ledger), {}).setdefault(enterprise, {})
        claims.setdefault(one, np.zeros(intervals, np.int64))[(start - span.start) // QUARTER] = wh
    return dict(found)
