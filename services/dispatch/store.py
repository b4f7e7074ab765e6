"""Dispatch's tables. Every write is idempotent under its natural key."""

import dataclasses
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from parkflow.dispatch.v1.dispatch_service_pb2 import ManualOverride
from parkflow.dispatch.v1.plan_pb2 import Plan
from parkflow.dispatch.v1.setpoint_pb2 import Setpoint, SetpointOutcome
from services.dispatch.domain.explanation import Reasons
from services.dispatch.domain.feed_in import Counter
from services.dispatch.messages import moment_of, plan_from
from services.dispatch.plan_record import Explainable
from services.runtime.database import Connection, Database

SNAPSHOTS_KEPT = 5_000
SETPOINTS_KEPT = timedelta(days=31)
PLANS_KEPT = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class OpenSetpoint:
    """A set-point without a final state."""

    message: Setpoint
    accepted_at: datetime | None


class Store:
    """Reads and writes of one park."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    # ---- plans

    async def save_plan(self, connection: Connection, plan: Plan, explainable: Explainable) -> None:
        """Keep a plan with what explains it. Key: plan_id."""
        await connection.execute(
            "INSERT INTO plan (plan_id, park_id, issue_time, valid_until, message, reasons, record)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (plan_id) DO NOTHING",
            (
                plan.plan_id,
                self._park_id,
                moment_of(plan.issue_time),
                moment_of(plan.valid_until),
                plan.SerializeToString(),
                json.dumps(dataclasses.asdict(explainable.reasons)),
                explainable.record,
            ),
        )

    async def untold_plans(self) -> list[Plan]:
        """Return plans that Kafka may not have, oldest first."""
        rows = await self._database.rows(
            "SELECT message FROM plan WHERE park_id = %s AND NOT published"
            " ORDER BY issue_time LIMIT 1000",
            (self._park_id,),
        )
        return [Plan.FromString(row[0]) for row in rows]

    async def mark_plans_told(self, connection: Connection, plan_ids: list[str]) -> None:
        """Keep that Kafka has these plans."""
        await connection.execute(
            "UPDATE plan SET published = true WHERE plan_id = ANY(%s)", (plan_ids,)
        )

    async def plan_at(self, moment: datetime | None) -> Plan | None:
        """Return the newest plan, or the one that was in force at `moment`."""
        return await self._plan(
            "park_id = %s AND (%s::timestamptz IS NULL OR issue_time <= %s::timestamptz)"
            " ORDER BY issue_time DESC",
            (self._park_id, moment, moment),
        )

    async def plan_with(self, plan_id: str) -> Explainable | None:
        """Return one plan with what explains it."""
        rows = await self._database.rows(
            "SELECT message, reasons, record FROM plan WHERE park_id = %s AND plan_id = %s",
            (self._park_id, plan_id),
        )
        if not rows:
            return None
        message, reasons, record = rows[0]
        return Explainable(plan_from(Plan.FromString(message)), _reasons(reasons), record)

    async def _plan(self, condition: str, parameters: Sequence[Any]) -> Plan | None:
        rows = await self._database.rows(
            f"SELECT message FROM plan WHERE {condition} LIMIT 1",  # noqa: S608 - our own text
            parameters,
        )
        return Plan.FromString(rows[0][0]) if rows else None

    # ---- set-points

    async def save_setpoints(self, connection: Connection, setpoints: Iterable[Setpoint]) -> None:
        """Keep set-points that were sent. Key: setpoint_id."""
        async with connection.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO setpoint"
                " (setpoint_id, park_id, device_id, issued_at, expires_at, message)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (setpoint_id) DO NOTHING",
                [
                    (
                        s.setpoint_id,
                        s.park_id,
                        s.device_id,
                        moment_of(s.issued_at),
                        moment_of(s.expires_at),
                        s.SerializeToString(),
                    )
                    for s in setpoints
                ],
            )

    async def save_acceptance(
        self, connection: Connection, setpoint_id: str, accepted_at: datetime
    ) -> None:
        """Keep when a device took a set-point."""
        await connection.execute(
            "UPDATE setpoint SET accepted_at = %s WHERE setpoint_id = %s AND accepted_at IS NULL",
            (accepted_at, setpoint_id),
        )

    async def save_outcomes(
        self, connection: Connection, outcomes: Iterable[SetpointOutcome]
    ) -> None:
        """Keep final states; the first one of a set-point stands."""
        async with connection.cursor() as cursor:
            await cursor.executemany(
                "UPDATE setpoint SET outcome = %s, outcome_message = %s"
                " WHERE setpoint_id = %s AND outcome IS NULL",
                [(o.outcome, o.SerializeToString(), o.setpoint_id) for o in outcomes],
            )

    async def untold_outcomes(self) -> list[SetpointOutcome]:
        """Return final states that may not have been published."""
        rows = await self._database.rows(
            "SELECT outcome_message FROM setpoint WHERE park_id = %s"
            " AND outcome IS NOT NULL AND NOT outcome_published ORDER BY issued_at LIMIT 5000",
            (self._park_id,),
        )
        return [SetpointOutcome.FromString(row[0]) for row in rows]

    async def keep_outcomes(self, outcomes: list[SetpointOutcome]) -> None:
        """Keep final states in a transaction of their own."""
        async with self._database.transaction() as connection:
            await self.save_outcomes(connection, outcomes)

    async def keep_setpoints(self, setpoints: list[Setpoint]) -> None:
        """Keep set-points in a transaction of their own."""
        async with self._database.transaction() as connection:
            await self.save_setpoints(connection, setpoints)

    async def mark_told(self, setpoint_ids: list[str]) -> None:
        """Keep that these final states are published."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE setpoint SET outcome_published = true WHERE setpoint_id = ANY(%s)",
                (setpoint_ids,),
            )

    async def open_setpoints(self) -> list[OpenSetpoint]:
        """Return set-points without a final state, oldest first."""
        rows = await self._database.rows(
            "SELECT message, accepted_at FROM setpoint"
            " WHERE park_id = %s AND outcome IS NULL ORDER BY issued_at",
            (self._park_id,),
        )
        return [OpenSetpoint(Setpoint.FromString(row[0]), row[1]) for row in rows]

    async def newest_setpoints(self, now: datetime) -> list[Setpoint]:
        """Return the newest set-point of each device whose lease still runs."""
        rows = await self._database.rows(
            "SELECT DISTINCT ON (device_id) message FROM setpoint"
            " WHERE park_id = %s AND expires_at > %s ORDER BY device_id, issued_at DESC",
            (self._park_id, now),
        )
        return [Setpoint.FromString(row[0]) for row in rows]

    async def list_setpoints(
        self, device_id: str, since: datetime, limit: int
    ) -> list[tuple[Setpoint, SetpointOutcome | None]]:
        """Return the newest set-points issued from `since` on, with their final states."""
        rows = await self._database.rows(
            "SELECT message, outcome_message FROM setpoint WHERE park_id = %s"
            " AND (%s = '' OR device_id = %s) AND issued_at >= %s"
            " ORDER BY issued_at DESC, setpoint_id LIMIT %s",
            (self._park_id, device_id, device_id, since, limit),
        )
        return [
            (Setpoint.FromString(m), SetpointOutcome.FromString(o) if o is not None else None)
            for m, o in rows
        ]

    async def outcome_counts(self, device_id: str, since: datetime) -> dict[int | None, int]:
        """Return how many set-points issued from `since` on ended how; None: still open."""
        rows = await self._database.rows(
            "SELECT outcome, count(*) FROM setpoint WHERE park_id = %s"
            " AND (%s = '' OR device_id = %s) AND issued_at >= %s GROUP BY outcome",
            (self._park_id, device_id, device_id, since),
        )
        return dict(rows)

    # ---- overrides

    async def save_override(self, override: ManualOverride) -> ManualOverride:
        """Keep an order; the same idempotency key again returns the first one."""
        order = override.order
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO manual_override (override_id, park_id, device_id, idempotency_key,"
                " created_at, expires_at, message) VALUES (%s, %s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (park_id, idempotency_key) DO NOTHING",
                (
                    override.override_id,
                    self._park_id,
                    order.device_id,
                    order.idempotency_key or override.override_id,
                    moment_of(override.created_at),
                    moment_of(order.expires_at),
                    override.SerializeToString(),
                ),
            )
            cursor = await connection.execute(
                "SELECT message, cancelled_at, cancelled_by FROM manual_override"
                " WHERE park_id = %s AND idempotency_key = %s",
                (self._park_id, order.idempotency_key or override.override_id),
            )
            row = await cursor.fetchone()
        return _override(row) if row else override

    async def cancel_override(
        self, override_id: str, user: str, at: datetime
    ) -> ManualOverride | None:
        """Keep that an order was ended early; a second time changes nothing."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE manual_override SET cancelled_at = %s, cancelled_by = %s"
                " WHERE park_id = %s AND override_id = %s AND cancelled_at IS NULL",
                (at, user, self._park_id, override_id),
            )
            cursor = await connection.execute(
                "SELECT message, cancelled_at, cancelled_by FROM manual_override"
                " WHERE park_id = %s AND override_id = %s",
                (self._park_id, override_id),
            )
            row = await cursor.fetchone()
        return _override(row) if row else None

    async def list_overrides(self, limit: int) -> list[ManualOverride]:
        """Return orders, newest first."""
        rows = await self._database.rows(
            "SELECT message, cancelled_at, cancelled_by FROM manual_override"
            " WHERE park_id = %s ORDER BY created_at DESC, override_id LIMIT %s",
            (self._park_id, limit),
        )
        return [_override(row) for row in rows]

    # ---- snapshots and counters

    async def save_snapshot(
        self, connection: Connection, snapshot_id: str, taken_at: datetime, content: str
    ) -> None:
        """Keep the frozen inputs of a cycle for replay. Key: snapshot_id."""
        await connection.execute(
            "INSERT INTO snapshot VALUES (%s, %s, %s, %s) ON CONFLICT (snapshot_id) DO NOTHING",
            (snapshot_id, self._park_id, taken_at, zlib.compress(content.encode(), 3)),
        )

    async def snapshot(self, snapshot_id: str) -> str | None:
        """Return the frozen inputs of a cycle as JSON."""
        rows = await self._database.rows(
            "SELECT content FROM snapshot WHERE park_id = %s AND snapshot_id = %s",
            (self._park_id, snapshot_id),
        )
        return zlib.decompress(rows[0][0]).decode() if rows else None

    async def save_counters(self, connection: Connection, counters: Iterable[Counter]) -> None:
        """Keep the registers of the feed-in rule. Key: point."""
        async with connection.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO counter VALUES (%s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (park_id, point_id) DO UPDATE SET first_wh = excluded.first_wh,"
                " first_time = excluded.first_time, newest_wh = excluded.newest_wh,"
                " newest_time = excluded.newest_time"
                " WHERE counter.newest_time <= excluded.newest_time",
                [(self._park_id, *dataclasses.astuple(counter)) for counter in counters],
            )

    async def counters(self) -> list[Counter]:
        """Return the registers of the feed-in rule."""
        rows = await self._database.rows(
            "SELECT point_id, first_wh, first_time, newest_wh, newest_time FROM counter"
            " WHERE park_id = %s",
            (self._park_id,),
        )
        return [Counter(*row) for row in rows]

    async def tidy(self, now: datetime) -> None:
        """Drop what is older than is kept; open set-points and orders always stay."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM snapshot WHERE park_id = %s AND taken_at < (SELECT min(taken_at)"
                " FROM (SELECT taken_at FROM snapshot WHERE park_id = %s"
                " ORDER BY taken_at DESC LIMIT %s) AS kept)",
                (self._park_id, self._park_id, SNAPSHOTS_KEPT),
            )
            await connection.execute(
                "DELETE FROM setpoint WHERE park_id = %s AND issued_at < %s"
                " AND outcome IS NOT NULL AND outcome_published",
                (self._park_id, now - SETPOINTS_KEPT),
            )
            await connection.execute(
                "DELETE FROM plan WHERE park_id = %s AND issue_time < %s",
                (self._park_id, now - PLANS_KEPT),
            )


def _reasons(kept: Mapping[str, Any]) -> Reasons:
    """Return reasons as they were kept; older ones hold more than is asked for."""
    return Reasons(**{one.name: kept[one.name] for one in dataclasses.fields(Reasons)})


def _override(row: Sequence[Any]) -> ManualOverride:
    override = ManualOverride.FromString(row[0])
    if row[1] is not None:
        override.cancelled_at.FromDatetime(row[1])
        override.cancelled_by = row[2]
    return override
