"""What people and drift ask of the models: kept with who and why, done once.

Idempotency key: (park, request id). Asking again with the same id changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg.rows import TupleRow

from services.forecasting.domain.training.due import Cause
from services.forecasting.registry.models import ModelStore
from services.runtime.database import Connection, Database

_KEEP = """
    INSERT INTO request (park_id, request_id, action, cause, user_name, reason, requested_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING request_id
"""
_POINTS = """
    INSERT INTO request_point (park_id, request_id, point, version, outcome)
    SELECT %s, %s, unnest(%s::text[]), %s, %s
"""
_NEWEST = """
    SELECT r.request_id, r.action, r.cause, r.user_name, r.reason, r.requested_at,
           array_agg(p.point ORDER BY p.point), array_agg(p.version ORDER BY p.point),
           array_agg(coalesce(p.outcome, '') ORDER BY p.point)
      FROM request r JOIN request_point p USING (park_id, request_id)
     WHERE r.park_id = %s AND (%s::text IS NULL OR r.request_id = %s)
     GROUP BY r.park_id, r.request_id ORDER BY r.requested_at DESC, r.request_id LIMIT %s
"""
_WAITING = """
    SELECT p.point, bool_or(r.cause <> 'drift')
      FROM request_point p JOIN request r USING (park_id, request_id)
     WHERE p.park_id = %s AND p.outcome IS NULL GROUP BY p.point ORDER BY min(r.requested_at)
"""


_CLOSE = """
    UPDATE request_point SET outcome = %s
     WHERE park_id = %s AND point = ANY(%s) AND outcome IS NULL
"""


class Action(StrEnum):
    """What is asked."""

    RETRAIN = "retrain"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True, slots=True)
class Asked:
    """One point of a request; no version and an empty outcome while it waits."""

    point_id: str
    version: int | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Who asked for what, and why."""

    request_id: str
    action: Action
    cause: Cause
    user: str
    reason: str
    requested_at: datetime
    points: tuple[Asked, ...] = ()


class RequestStore:
    """Keeps the requests of one park."""

    def __init__(self, database: Database, park_id: str, models: ModelStore) -> None:
        self._database = database
        self._park_id = park_id
        self._models = models

    async def ask(self, request: Request) -> None:
        """Keep a request to train its points."""
        async with self._database.transaction() as connection:
            if await self._keep(connection, request):
                points = [asked.point_id for asked in request.points]
                given = (self._park_id, request.request_id, points, None, None)
                await connection.execute(_POINTS, given)

    async def roll_back(self, request: Request, point_id: str, version: int) -> None:
        """Let a version serve again and keep who asked for it; CannotServe when it cannot."""
        async with self._database.transaction() as connection:
            if await self._keep(connection, request):
                at = request.requested_at
                await self._models.serve_again(connection, point_id, version, at)
                given = (self._park_id, request.request_id, [point_id], version, "serves again")
                await connection.execute(_POINTS, given)

    async def waiting(self) -> dict[str, Cause]:
        """Return the points that wait for a training, the longest waiting first, and why."""
        rows = await self._database.rows(_WAITING, (self._park_id,))
        return {row[0]: Cause.REQUEST if row[1] else Cause.DRIFT for row in rows}

    async def close(self, point_ids: list[str], outcome: str) -> None:
        """Tell those who wait for a training of the points that none will come, and why."""
        async with self._database.transaction() as connection:
            await connection.execute(_CLOSE, (outcome, self._park_id, point_ids))

    async def newest(self, limit: int) -> list[Request]:
        """Return the newest requests, newest first."""
        rows = await self._database.rows(_NEWEST, (self._park_id, None, None, limit))
        return [_request(row) for row in rows]

    async def of(self, request_id: str) -> Request | None:
        """Return a request with what has come of it, None where there is none such."""
        rows = await self._database.rows(_NEWEST, (self._park_id, request_id, request_id, 1))
        return _request(rows[0]) if rows else None

    async def _keep(self, connection: Connection, request: Request) -> bool:
        """Keep what was asked; False when it was kept before."""
        what = (request.request_id, request.action.value, request.cause.value)
        who = (request.user, request.reason, request.requested_at)
        cursor = await connection.execute(_KEEP, (self._park_id, *what, *who))
        return await cursor.fetchone() is not None


def _request(row: TupleRow) -> Request:
    asked = zip(row[6], row[7], row[8], strict=True)
    return Request(
        request_id=row[0],
        action=Action(row[1]),
        cause=Cause(row[2]),
        user=row[3],
        reason=row[4],
        requested_at=row[5],
        points=tuple(Asked(*one) for one in asked),
    )
