"""Nowcasts in PostgreSQL, for two days. Idempotency key: (park, issue time)."""

from datetime import datetime, timedelta

from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue
from services.runtime.database import Database

KEPT = timedelta(days=2)


class NowcastStore:
    """Keeps every nowcast of one park as it was first made, until it is two days old."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def keep(self, nowcast: NowcastIssue, known_at: datetime) -> NowcastIssue:
        """Keep a nowcast and return what stands: an earlier one of the same minute stays."""
        issue_time = nowcast.issue_time.ToDatetime(tzinfo=known_at.tzinfo)
        body = nowcast.SerializeToString(deterministic=True)
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO nowcast VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (self._park_id, issue_time, known_at, body),
            )
            cursor = await connection.execute(
                "SELECT body FROM nowcast WHERE park_id = %s AND issue_time = %s",
                (self._park_id, issue_time),
            )
            row = await cursor.fetchone()
        return NowcastIssue.FromString(row[0]) if row else nowcast

    async def newest(self, by: datetime | None = None) -> NowcastIssue | None:
        """Return the newest nowcast, or the newest at or before `by`."""
        rows = await self._database.rows(
            "SELECT body FROM nowcast WHERE park_id = %s"
            " AND issue_time <= coalesce(%s, 'infinity'::timestamptz)"
            " ORDER BY issue_time DESC LIMIT 1",
            (self._park_id, by),
        )
        return NowcastIssue.FromString(rows[0][0]) if rows else None

    async def forget_before(self, moment: datetime) -> None:
        """Drop nowcasts that are older."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM nowcast WHERE park_id = %s AND issue_time < %s",
                (self._park_id, moment),
            )
