"""Issues in PostgreSQL. Idempotency key: (park, issue time).

An issue of a thousand points has 5 MB: they are read beside the event loop, few at a time.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.runtime.database import Database


class IssueStore:
    """Keeps every issue of one park as it was first made."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def keep(self, issue: ForecastIssue, known_at: datetime) -> ForecastIssue:
        """Keep the issue and return what stands: an earlier one of the same time stays."""
        issue_time = issue.issue_time.ToDatetime(tzinfo=known_at.tzinfo)
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO issue VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (self._park_id, issue_time, known_at, issue.SerializeToString(deterministic=True)),
            )
            cursor = await connection.execute(
                "SELECT body FROM issue WHERE park_id = %s AND issue_time = %s",
                (self._park_id, issue_time),
            )
            row = await cursor.fetchone()
        return await _read(row[0]) if row else issue

    async def newest(self, by: datetime | None = None) -> ForecastIssue | None:
        """Return the newest issue, or the newest at or before `by`."""
        rows = await self._database.rows(
            "SELECT body FROM issue WHERE park_id = %s"
            " AND issue_time <= coalesce(%s, 'infinity'::timestamptz)"
            " ORDER BY issue_time DESC LIMIT 1",
            (self._park_id, by),
        )
        return await _read(rows[0][0]) if rows else None

    async def times_after(self, moment: datetime) -> list[datetime]:
        """Return the issue times after `moment`, oldest first."""
        rows = await self._database.rows(
            "SELECT issue_time FROM issue WHERE park_id = %s AND issue_time > %s ORDER BY 1",
            (self._park_id, moment),
        )
        return [row[0] for row in rows]

    async def times_among(self, moments: Sequence[datetime]) -> list[datetime]:
        """Return those of `moments` for which an issue was made, oldest first."""
        rows = await self._database.rows(
            "SELECT issue_time FROM issue WHERE park_id = %s AND issue_time = ANY(%s) ORDER BY 1",
            (self._park_id, list(moments)),
        )
        return [row[0] for row in rows]

    async def made_at(self, moments: Sequence[datetime]) -> list[ForecastIssue]:
        """Return the issues of these few issue times that were made, oldest first."""
        rows = await self._database.rows(
            "SELECT body FROM issue WHERE park_id = %s AND issue_time = ANY(%s)"
            " ORDER BY issue_time",
            (self._park_id, list(moments)),
        )
        return [await _read(row[0]) for row in rows]


async def _read(body: bytes) -> ForecastIssue:
    return await asyncio.to_thread(ForecastIssue.FromString, body)
