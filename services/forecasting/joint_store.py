"""How errors hung together, as it was known at times, in PostgreSQL for two weeks.

An issue's paths are drawn from what was known when it was made, so that they are the same whenever
they are asked for. Idempotency key: (park, since).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np

from services.forecasting.domain.joint.past_errors import PastErrors
from services.forecasting.registry.codec import UnreadableBody, decode, encode
from services.runtime.database import Database

KEPT = timedelta(days=14)
_NEWEST = """
    SELECT since, body FROM past_errors WHERE park_id = %s AND since <= %s
     ORDER BY since DESC LIMIT 1
"""


class JointStore:
    """Keeps the past errors of one park's series, once a day."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def keep(
        self, since: datetime, errors: Mapping[str, PastErrors]
    ) -> dict[str, PastErrors]:
        """Keep what is known from `since` on; return what stands, rounded as it is kept.

        What was kept of that moment before stays.
        """
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO past_errors VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (self._park_id, since, _body(errors)),
            )
            await connection.execute(
                "DELETE FROM past_errors WHERE park_id = %s AND since < %s",
                (self._park_id, since - KEPT),
            )
            cursor = await connection.execute(
                "SELECT body FROM past_errors WHERE park_id = %s AND since = %s",
                (self._park_id, since),
            )
            row = await cursor.fetchone()
        return _errors(row[0]) if row else {}

    async def known_at(self, moment: datetime) -> tuple[datetime, dict[str, PastErrors]] | None:
        """Return what was known at a moment and since when, None where nothing is kept of it."""
        rows = await self._database.rows(_NEWEST, (self._park_id, moment))
        return (rows[0][0], _errors(rows[0][1])) if rows else None


def _body(errors: Mapping[str, PastErrors]) -> bytes:
    return encode(
        {
            name: (one.minute, one.horizons, one.score.astype(np.float16), one.memory)
            for name, one in errors.items()
        }
    )


def _errors(body: bytes) -> dict[str, PastErrors]:
    try:
        kept = decode(body)
    except UnreadableBody:
        return {}  # of other code: paths are independent until the next day's are kept
    return {
        name: PastErrors(minute, horizons, score.astype(np.float32), memory)
        for name, (minute, horizons, score, memory) in kept.items()
    }
