"""Closed months and what waits for approval there, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.carbon_accounting.live import statements as sql
from services.carbon_accounting.live.books import Pending
from services.runtime.database import Connection

MOST_REASONS = 1_000
"""Characters; what comes after them is in the quarters, not in the words."""


class StoredPeriods:
    """The part of the books that holds closed months."""

    _connection: Connection
    _park_id: str

    async def closed_months(self) -> frozenset[str]:
        """Return the local months that are closed."""
        cursor = await self._connection.execute(sql.CLOSED_MONTHS, (self._park_id,))
        return frozenset(row[0] for row in await cursor.fetchall())

    async def close_month(self, month: str, by: str, because: str, at: datetime) -> None:
        """Note that a month is closed, with the heads of its chains."""
        said = {"park": self._park_id, "month": month, "by": by, "because": because, "at": at}
        await self._connection.execute(sql.CLOSE_MONTH, said)

    async def suspend(
        self, month: str, starts: Sequence[datetime], because: str, at: datetime
    ) -> None:
        """Note that quarters of a closed month would be restated; adds to what is pending."""
        cursor = await self._connection.execute(sql.PENDING_OF_MONTH, (self._park_id, month))
        if (row := await cursor.fetchone()) is None:
            asked: tuple[Any, ...] = (self._park_id, month, list(starts), because, at)
            await self._connection.execute(sql.SUSPEND, asked)
            return
        number, before, reasons = row
        together = sorted({*before, *starts})
        told = because in reasons or len(reasons) > MOST_REASONS
        more = reasons if told else f"{reasons}; {because}"
        asked = (together, more, at, self._park_id, number)
        await self._connection.execute(sql.SUSPEND_MORE, asked)

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
        return None if row is None else Pending(row[0], row[1], tuple(row[2]), row[3])

    async def decide(
        self, restatement_id: int, state: str, by: str, because: str, at: datetime
    ) -> None:
        """Note a decision: `approved` or `rejected`."""
        asked = (state, by, because, at, self._park_id, restatement_id)
        await self._connection.execute(sql.DECIDE, asked)
