"""What the stores of electricity hold, and what certificates cover, in PostgreSQL."""

from datetime import datetime

from psycopg.types.json import Jsonb

from services.carbon_accounting.domain.inventory.booking import Claimed
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live import statements as sql
from services.carbon_accounting.live.books import State
from services.carbon_accounting.live.coverage import covered
from services.carbon_accounting.live.pools_json import pools_from, pools_json
from services.energy.time_grid import Interval
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
        return await covered(self._connection, self._park_id, span)
