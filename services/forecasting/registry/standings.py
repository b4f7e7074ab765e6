"""What serving has reckoned since a model was learnt, so that a restart goes on from there."""

from dataclasses import dataclass
from datetime import datetime

from services.runtime.database import Database

# A version that has been replaced meanwhile keeps nothing: the row lock waits for a promotion.
_KEEP = """
    WITH serving AS (
      SELECT version FROM model
       WHERE park_id = %(park)s AND point = %(point)s AND version = %(version)s
         AND status = 'champion' FOR SHARE)
    INSERT INTO standing (park_id, point, version, reckoned_at, body, ledger)
    SELECT %(park)s, %(point)s, version, %(at)s, %(body)s, %(ledger)s FROM serving
    ON CONFLICT (park_id, point) DO UPDATE SET (version, reckoned_at, body, ledger)
      = (excluded.version, excluded.reckoned_at, excluded.body, excluded.ledger)
    RETURNING version
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one point: the version it belongs to, and `body` (None until it first reckoned)."""

    point_id: str
    version: int
    reckoned_at: datetime
    body: bytes | None


class StandingStore:
    """Keeps the standings of one park, one a point."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def keep(self, standing: Standing, ledger: bytes) -> bool:
        """Keep a standing; False, and nothing kept, when its version serves no more."""
        given = {
            "park": self._park_id,
            "point": standing.point_id,
            "version": standing.version,
            "at": standing.reckoned_at,
            "body": standing.body,
            "ledger": ledger,
        }
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_KEEP, given)
            return await cursor.fetchone() is not None

    async def of(self, point_ids: list[str]) -> dict[str, Standing]:
        """Return the standings of points, without their ledgers."""
        rows = await self._database.rows(
            "SELECT point, version, reckoned_at, body FROM standing"
            " WHERE park_id = %s AND point = ANY(%s)",
            (self._park_id, point_ids),
        )
        return {row[0]: Standing(*row) for row in rows}

    async def ledger(self, point_id: str) -> tuple[bytes, datetime] | None:
        """Return a point's ledger and until when it reaches, None where none is kept."""
        rows = await self._database.rows(
            "SELECT ledger, reckoned_at FROM standing WHERE park_id = %s AND point = %s",
            (self._park_id, point_id),
        )
        return (rows[0][0], rows[0][1]) if rows else None
