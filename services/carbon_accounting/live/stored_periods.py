"""Closed months and what waits for approval there, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from services.carbon_accounting.domain.live.suspended import Content, Suspended
from services.carbon_accounting.live import statements as sql
from services.carbon_accounting.live.books import Pending
from services.carbon_accounting.live.suspended_json import content_of, json_of, sums_json
from services.energy.time_grid import Interval
from services.runtime.database import Connection


class StoredPeriods:
    """The part of the books that holds closed months."""

    _connection: Connection
    _park_id: str

    async def closed_months(self) -> frozenset[str]:
        """Return the local months that are closed."""
        cursor = await self._connection.execute(sql.CLOSED_MONTHS, (self._park_id,))
        return frozenset(row[0] for row in await cursor.fetchall())

    async def closed_at(self) -> dict[str, datetime]:
        """Return when local months were closed."""
        cursor = await self._connection.execute(sql.CLOSED_AT, (self._park_id,))
        return dict(await cursor.fetchall())

    async def approved_at(self) -> dict[datetime, datetime]:
        """Return when quarters of closed months were last approved, by their start."""
        cursor = await self._connection.execute(sql.APPROVED_AT, (self._park_id,))
        return dict(await cursor.fetchall())

    async def close_month(
        self, month: str, by: str, because: str, at: datetime, open_items: Sequence[str] = ()
    ) -> None:
        """Note that a month is closed, with the heads of its chains and what of it is open."""
        said = {"park": self._park_id, "month": month, "by": by, "because": because, "at": at}
        await self._connection.execute(sql.CLOSE_MONTH, said | {"open": list(open_items)})

    async def suspend(
        self, month: str, span: Interval, quarters: Sequence[Suspended], at: datetime
    ) -> None:
        """Note which quarters of a closed month's span would be restated, and no others of it."""
        cursor = await self._connection.execute(sql.PENDING_OF_MONTH, (self._park_id, month))
        row = await cursor.fetchone()
        if row is None and quarters:
            noted = Content().told(span, quarters)
            asked = (self._park_id, month, sorted(noted.quarters), *_columns(noted), at)
            await self._connection.execute(sql.SUSPEND, asked)
        elif row is not None:
            number, starts, kept = row
            before = content_of(kept)
            noted = before.told(span, quarters)
            if not noted.is_as(before):
                unknown = {*starts} - {*before.quarters}  # noted before contents were
                together = sorted({*noted.quarters} | unknown)
                changed = (together, *_columns(noted), self._park_id, number)
                await self._connection.execute(sql.SUSPEND_OTHERWISE, changed)

    async def undecided(self) -> frozenset[datetime]:
        """Return the quarters that would be restated and are not: pending, or refused."""
        cursor = await self._connection.execute(sql.DECISIONS, (self._park_id,))
        found: set[datetime] = set()
        for state, starts in await cursor.fetchall():
            found = found - {*starts} if state == "approved" else found | {*starts}
        return frozenset(found)

    async def pending(self, restatement_id: int) -> Pending | None:
        """Return a restatement that waits for a decision."""
        asked = (self._park_id, restatement_id)
        row = await (await self._connection.execute(sql.PENDING, asked)).fetchone()
        return None if row is None else Pending(row[0], row[1], tuple(row[2]), *row[3:])

    async def decide(
        self, restatement_id: int, state: str, by: str, because: str, at: datetime
    ) -> None:
        """Note a decision: `approved` or `rejected`."""
        asked = (state, by, because, at, self._park_id, restatement_id)
        await self._connection.execute(sql.DECIDE, asked)


def _columns(content: Content) -> tuple[str, list[str], Jsonb, Jsonb]:
    reasons = [*content.reasons]
    sums = Jsonb(sums_json(content.sums))
    return "; ".join(reasons), reasons, sums, Jsonb(json_of(content))
