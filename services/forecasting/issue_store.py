"""Issues and scores in PostgreSQL.

Idempotency keys: (park, issue time); (park, point, quarter, horizon).
"""

from dataclasses import astuple
from datetime import datetime

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.forecasting.domain.scoring import Score
from services.runtime.database import Database

_SCORE = """
    INSERT INTO score VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (park_id, point, quarter, horizon_hours) DO UPDATE SET
      (cases, p50_error_w, persistence_error_w, day_ago_error_w, in_band_share)
      = (excluded.cases, excluded.p50_error_w, excluded.persistence_error_w,
         excluded.day_ago_error_w, excluded.in_band_share)
"""
_SKILL = """
    SELECT point, horizon_hours, avg(p50_error_w), avg(least(persistence_error_w, day_ago_error_w))
      FROM score WHERE park_id = %s AND quarter >= %s GROUP BY point, horizon_hours
"""


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
        return ForecastIssue.FromString(row[0]) if row else issue

    async def newest(self, by: datetime | None = None) -> ForecastIssue | None:
        """Return the newest issue, or the newest at or before `by`."""
        rows = await self._database.rows(
            "SELECT body FROM issue WHERE park_id = %s"
            " AND issue_time <= coalesce(%s, 'infinity'::timestamptz)"
            " ORDER BY issue_time DESC LIMIT 1",
            (self._park_id, by),
        )
        return ForecastIssue.FromString(rows[0][0]) if rows else None

    async def since(self, moment: datetime) -> list[ForecastIssue]:
        """Return the issues after `moment`, oldest first."""
        rows = await self._database.rows(
            "SELECT body FROM issue WHERE park_id = %s AND issue_time > %s ORDER BY issue_time",
            (self._park_id, moment),
        )
        return [ForecastIssue.FromString(row[0]) for row in rows]

    async def keep_scores(self, scores: list[Score]) -> None:
        """Keep scores; scoring a quarter again replaces its rows."""
        rows = [(self._park_id, *astuple(score)) for score in scores]
        async with self._database.transaction() as connection, connection.cursor() as cursor:
            await cursor.executemany(_SCORE, rows)

    async def errors_w(self, since_quarter: int) -> list[tuple[str, int, float, float | None]]:
        """Return (point, horizon, mean error, mean error of the better naive) since a quarter."""
        rows = await self._database.rows(_SKILL, (self._park_id, since_quarter))
        return [(row[0], row[1], row[2], row[3]) for row in rows]
