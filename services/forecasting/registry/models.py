"""Versions of models in PostgreSQL: one champion a point, at any moment.

A promotion is one transaction, so a process that dies leaves the old champion or the new one;
promotions and roll-backs of one point wait for each other, and the partial unique index
`one_champion` holds it against any other writer.
Idempotency key: the training's id, so a version whose COMMIT was not heard of is kept once.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import TupleRow

from services.forecasting.domain.plans import PRODUCTION
from services.forecasting.domain.targets import CURVE_POWER
from services.forecasting.domain.training.due import Attempt, Cause
from services.forecasting.domain.training.scores import HeldBack
from services.forecasting.domain.weather import Weather
from services.forecasting.registry.cards import Card, Status
from services.runtime.database import Connection, Database

BODIES_KEPT = 3
"""Retired versions of a point that can still be rolled back to."""
_COLUMNS = """point, created_at, trained_from, trained_to, rows, features, cases, rounds, cause,
    scores, status, reason, version, status_since, body IS NOT NULL, training_id"""
_INSERT = """
    INSERT INTO model (park_id, point, created_at, trained_from, trained_to, rows, features, cases,
                       rounds, cause, scores, status, status_since, reason, body,
                       training_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    RETURNING version
"""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s || '/' || %s, 0))"
_RETIRE = """
    UPDATE model SET status = 'retired', status_since = %s
     WHERE park_id = %s AND point = %s AND status = 'champion'
"""
_STANDING = """
    INSERT INTO standing (park_id, point, version, reckoned_at, body, ledger)
    VALUES (%s, %s, %s, %s, NULL, %s)
    ON CONFLICT (park_id, point) DO UPDATE SET (version, reckoned_at, body, ledger)
      = (excluded.version, excluded.reckoned_at, excluded.body, excluded.ledger)
"""
_FORGET_BODIES = """
    UPDATE model SET body = NULL
     WHERE park_id = %s AND point = %s AND status = 'retired' AND body IS NOT NULL
       AND version NOT IN (
         SELECT version FROM model
          WHERE park_id = %s AND point = %s AND status = 'retired' AND body IS NOT NULL
          ORDER BY status_since DESC, version DESC LIMIT %s)
"""
_TELL = """
    UPDATE request_point SET version = %s, outcome = %s
     WHERE park_id = %s AND point = %s AND outcome IS NULL
"""
_CHAMPIONS = """
    SELECT point, version FROM model
     WHERE park_id = %s AND status = 'champion' AND (%s::text[] IS NULL OR point = ANY(%s))
"""
_MODELS = f"""
    SELECT {_COLUMNS} FROM model
     WHERE park_id = %s AND point = ANY(%s) AND version < %s ORDER BY version DESC LIMIT %s
"""  # noqa: S608 - only our own constant goes in
_ATTEMPTS = """
    SELECT asked.point, m.created_at, m.rows,
           ARRAY(SELECT unnest(m.features) INTERSECT SELECT unnest(%(weather)s::text[]))
      FROM unnest(%(points)s::text[]) AS asked (point)
     CROSS JOIN LATERAL (
        SELECT created_at, rows, features FROM model
         WHERE park_id = %(park)s AND point = asked.point ORDER BY version DESC LIMIT 1) AS m
"""
_ROLL_BACKS = """
    SELECT p.point, max(r.requested_at)
      FROM request r JOIN request_point p USING (park_id, request_id)
     WHERE r.park_id = %s AND r.action = 'roll_back' AND p.version IS NOT NULL GROUP BY p.point
"""


class CannotServe(Exception):
    """A version that was rejected, is too old, or is none of this point."""


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """The bytes of a new champion: what answers need, and the ledger up to `reckoned_at`."""

    body: bytes
    ledger: bytes
    reckoned_at: datetime


class ModelStore:
    """Keeps the models of one park."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def promote(self, card: Card, learnt: Learnt) -> int:
        """Let a model serve from now on in place of the champion; return its version.

        Whoever waits for a training of the point is told in the same transaction. A training that
        is kept already is left as it is.
        """
        async with self._database.transaction() as connection:
            if (kept := await self._kept(connection, card)) is not None:
                return kept
            await self._retire(connection, card.point_id, card.created_at)
            version = await self._insert(connection, card, learnt.body)
            given = (self._park_id, card.point_id, version, learnt.reckoned_at, learnt.ledger)
            await connection.execute(_STANDING, given)
            key = (self._park_id, card.point_id)
            await connection.execute(_FORGET_BODIES, (*key, *key, BODIES_KEPT))
            await self._tell(connection, card, version)
        return version

    async def reject(self, card: Card) -> int:
        """Keep what is known of a model that will not serve, once; return its version."""
        async with self._database.transaction() as connection:
            if (kept := await self._kept(connection, card)) is not None:
                return kept
            version = await self._insert(connection, card, None)
            await self._tell(connection, card, version)
        return version

    async def champions(self, point_ids: list[str] | None = None) -> dict[str, int]:
        """Return the version that serves each point (all points when none are named)."""
        given = (self._park_id, point_ids, point_ids)
        return {row[0]: row[1] for row in await self._database.rows(_CHAMPIONS, given)}

    async def bodies(self, versions: list[int]) -> dict[int, bytes]:
        """Return the bodies of versions that still have one."""
        rows = await self._database.rows(
            "SELECT version, body FROM model"
            " WHERE park_id = %s AND version = ANY(%s) AND body IS NOT NULL",
            (self._park_id, versions),
        )
        return {row[0]: row[1] for row in rows}

    async def models(
        self, point_ids: list[str], limit: int, before: int | None = None
    ) -> list[Card]:
        """Return cards of points, newest first, older than version `before`."""
        newest = before if before is not None else 2**63 - 1
        rows = await self._database.rows(_MODELS, (self._park_id, point_ids, newest, limit))
        return [_card(row) for row in rows]

    async def card(self, version: int) -> Card | None:
        """Return the card of a version, None where the park has none such."""
        rows = await self._database.rows(
            f"SELECT {_COLUMNS} FROM model WHERE park_id = %s AND version = %s",  # noqa: S608
            (self._park_id, version),
        )
        return _card(rows[0]) if rows else None

    async def attempts(self, point_ids: list[str]) -> dict[str, Attempt]:
        """Return the newest training or roll-back of those points that have had one."""
        weather = [*(one.column for one in Weather), PRODUCTION, CURVE_POWER]
        asked = {"park": self._park_id, "points": point_ids, "weather": weather}
        trained = await self._database.rows(_ATTEMPTS, asked)
        attempts = {row[0]: Attempt(row[1], row[2], frozenset(row[3])) for row in trained}
        for point, at in await self._database.rows(_ROLL_BACKS, (self._park_id,)):
            if point not in attempts or at > attempts[point].at:
                attempts[point] = Attempt(at, None)
        return attempts

    async def serve_again(
        self, connection: Connection, point_id: str, version: int, at: datetime
    ) -> None:
        """Let a retired version serve, in the caller's transaction; CannotServe when it cannot.

        The ledger stays, for words of models of the same names; weights are the version's own
        until the serving process reckons again.
        """
        await self._retire(connection, point_id, at)
        cursor = await connection.execute(
            "UPDATE model SET status = 'champion', status_since = %s"
            " WHERE park_id = %s AND point = %s AND version = %s"
            " AND status = 'retired' AND body IS NOT NULL RETURNING version",
            (at, self._park_id, point_id, version),
        )
        if await cursor.fetchone() is None:
            raise CannotServe(f"version {version} of {point_id} is not kept for serving")
        await connection.execute(
            "UPDATE standing SET version = %s, body = NULL WHERE park_id = %s AND point = %s",
            (version, self._park_id, point_id),
        )

    async def _kept(self, connection: Connection, card: Card) -> int | None:
        """Return the version of a training that is kept already; the point is locked from here."""
        await connection.execute(_ONE_AT_A_TIME, (self._park_id, card.point_id))
        cursor = await connection.execute(
            "SELECT version FROM model WHERE training_id = %s", (card.training_id,)
        )
        row = await cursor.fetchone()
        return None if row is None else int(row[0])

    async def _retire(self, connection: Connection, point_id: str, at: datetime) -> None:
        await connection.execute(_ONE_AT_A_TIME, (self._park_id, point_id))
        await connection.execute(_RETIRE, (at, self._park_id, point_id))

    async def _tell(self, connection: Connection, card: Card, version: int) -> None:
        outcome = f"{card.status.value}: {card.reason}"
        given = (version, outcome, self._park_id, card.point_id)
        await connection.execute(_TELL, given)

    async def _insert(self, connection: Connection, card: Card, body: bytes | None) -> int:
        scores = json.dumps([asdict(score) for score in card.scores])
        window = (card.created_at, card.trained_from, card.trained_to, card.rows)
        made = (list(card.features), card.cases, card.rounds, card.cause.value, scores)
        stands = (card.status.value, card.created_at, card.reason, body, card.training_id)
        given = (self._park_id, card.point_id, *window, *made, *stands)
        row: Any = await (await connection.execute(_INSERT, given)).fetchone()
        return int(row[0])


def _card(row: TupleRow) -> Card:
    return Card(
        point_id=row[0],
        created_at=row[1],
        trained_from=row[2],
        trained_to=row[3],
        rows=row[4],
        features=tuple(row[5]),
        cases=row[6],
        rounds=row[7],
        cause=Cause(row[8]),
        scores=tuple(HeldBack(**score) for score in row[9]),
        status=Status(row[10]),
        reason=row[11],
        version=row[12],
        status_since=row[13],
        can_serve=row[14],
        training_id=row[15],
    )
