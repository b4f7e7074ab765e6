"""Requirements in the database: rows are only added, so that what was set when can be read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from parkflow.dispatch.v1.dispatch_service_pb2 import Requirement
from services.dispatch.messages import moment_of
from services.energy.time_grid import Interval
from services.runtime.database import Connection, Database

FOUND = (
    "SELECT r.message, e.ended_at, e.ended_by, e.superseded_by"
    " FROM requirement r LEFT JOIN requirement_ending e USING (requirement_id)"
    " WHERE r.park_id = %s"
)


class RequirementStore:
    """Reads and writes of one park."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database, self._park_id = database, park_id

    async def save(
        self, requirement: Requirement, about: Interval, superseded: Iterable[str]
    ) -> None:
        """Keep a requirement and end those it takes the place of. Key: park and idempotency key;
        once it is taken nothing is written.
        """
        async with self._database.transaction() as connection:
            if await self._inserted(connection, requirement, about):
                for former in superseded:
                    await self._end(
                        connection,
                        former,
                        moment_of(requirement.set_at),
                        requirement.order.user,
                        requirement.requirement_id,
                    )

    async def _inserted(
        self, connection: Connection, requirement: Requirement, about: Interval
    ) -> bool:
        cursor = await connection.execute(
            "INSERT INTO requirement VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (park_id, idempotency_key) DO NOTHING",
            (
                requirement.requirement_id,
                self._park_id,
                requirement.order.idempotency_key,
                moment_of(requirement.set_at),
                about.start,
                about.end,
                requirement.SerializeToString(),
            ),
        )
        return cursor.rowcount == 1

    async def cancel(self, requirement_id: str, user: str, at: datetime) -> None:
        """Keep that a requirement ended early; a second time changes nothing."""
        async with self._database.transaction() as connection:
            await self._end(connection, requirement_id, at, user, None)

    async def _end(
        self, connection: Connection, name: str, at: datetime, user: str, heir: str | None
    ) -> None:
        await connection.execute(
            "INSERT INTO requirement_ending SELECT requirement_id, %s, %s, %s FROM requirement"
            " WHERE park_id = %s AND requirement_id = %s ON CONFLICT (requirement_id) DO NOTHING",
            (at, user, heir, self._park_id, name),
        )

    async def with_id(self, requirement_id: str) -> Requirement | None:
        """Return one requirement."""
        return await self._one("r.requirement_id = %s", requirement_id)

    async def with_key(self, idempotency_key: str) -> Requirement | None:
        """Return the requirement that was set under a key."""
        return await self._one("r.idempotency_key = %s", idempotency_key)

    async def _one(self, condition: str, value: str) -> Requirement | None:
        rows = await self._database.rows(f"{FOUND} AND {condition}", (self._park_id, value))
        return _requirement(rows[0]) if rows else None

    async def in_force(self, now: datetime) -> list[Requirement]:
        """Return what neither ended nor is over, oldest first."""
        rows = await self._database.rows(
            f"{FOUND} AND e.ended_at IS NULL AND r.ends_at > %s ORDER BY r.set_at, 1",
            (self._park_id, now),
        )
        return [_requirement(row) for row in rows]

    async def list(
        self, in_force_at: datetime | None, about: Interval | None, limit: int
    ) -> list[Requirement]:
        """Return requirements, newest first: all, or those in force at a time, as they stood then.

        `about`: only those about a time within it.
        """
        then, start, end = in_force_at, about and about.start, about and about.end
        rows = await self._database.rows(
            f"{FOUND}"
            " AND (%s::timestamptz IS NULL OR (r.set_at <= %s AND r.ends_at > %s"
            "   AND (e.ended_at IS NULL OR e.ended_at > %s)))"
            " AND (%s::timestamptz IS NULL OR (r.starts_at < %s AND r.ends_at >= %s))"
            " ORDER BY r.set_at DESC, r.requirement_id LIMIT %s",
            (self._park_id, then, then, then, then, start, end, start, limit),
        )
        return [_requirement(row if then is None else (row[0], None, "", None)) for row in rows]


def _requirement(row: Sequence[Any]) -> Requirement:
    message, ended_at, ended_by, superseded_by = row
    requirement = Requirement.FromString(message)
    if ended_at is not None:
        requirement.ended_at.FromDatetime(ended_at)
        requirement.ended_by = ended_by
        requirement.superseded_by = superseded_by or ""
    return requirement
