"""Incidents in PostgreSQL. A revision written twice is there once: its key is (id, revision)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from services.alerting.domain.incidents import Incident, IncidentKind, Severity
from services.energy.site import Text
from services.runtime.database import Database

COLUMNS = (
    "incident_id",
    "kind",
    "subject",
    "severity",
    "revision",
    "occurrences",
    "raised_at",
    "changed_at",
    "resolved_at",
    "acknowledged_at",
    "acknowledged_by",
    "text_en",
    "text_zh",
)
_NAMES = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
_VALUES = sql.SQL(", ").join(sql.Placeholder() for _ in COLUMNS)
_ADD_REVISION = sql.SQL(
    "INSERT INTO incident_revision (park_id, {names}) VALUES (%s, {values})"
    " ON CONFLICT (incident_id, revision) DO NOTHING"
).format(names=_NAMES, values=_VALUES)
_SET_INCIDENT = sql.SQL(
    "INSERT INTO incident (park_id, {names}) VALUES (%s, {values})"
    " ON CONFLICT (incident_id) DO UPDATE SET ({names}) = ({excluded})"
    " WHERE incident.revision < excluded.revision"
).format(
    names=_NAMES,
    values=_VALUES,
    excluded=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in COLUMNS),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """Incidents of one answer, with the totals over all kept ones."""

    incidents: list[Incident]
    raised_total: int
    resolved_total: int


class IncidentStore:
    """The incidents of one park."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def save(self, revisions: Sequence[Incident]) -> None:
        """Write revisions, all or none."""
        rows = [(self._park_id, *_row(incident)) for incident in revisions]
        async with self._database.transaction() as connection, connection.cursor() as cursor:
            await cursor.executemany(_ADD_REVISION, rows)
            await cursor.executemany(_SET_INCIDENT, rows)

    async def newest(self) -> list[Incident]:
        """Return the newest incident of every kind and subject."""
        query = sql.SQL(
            "SELECT DISTINCT ON (kind, subject) {names} FROM incident WHERE park_id = %s"
            " ORDER BY kind, subject, raised_at DESC"
        ).format(names=_NAMES)
        return [_incident(row) for row in await self._rows(query, (self._park_id,))]

    async def find(self, incident_id: str) -> Incident | None:
        """Return an incident as it stands, or None when this park has none of that id."""
        query = sql.SQL(
            "SELECT {names} FROM incident WHERE park_id = %s AND incident_id = %s"
        ).format(names=_NAMES)
        rows = await self._rows(query, (self._park_id, incident_id))
        return _incident(rows[0]) if rows else None

    async def unresolved(self, limit: int) -> Listed:
        """Return the unresolved incidents, newest first."""
        return await self._listed("AND resolved_at IS NULL", limit)

    async def all(self, limit: int) -> Listed:
        """Return incidents of every state, newest first."""
        return await self._listed("", limit)

    async def unpublished(self, limit: int) -> list[Incident]:
        """Return revisions that Kafka may not have yet, oldest first."""
        query = sql.SQL(
            "SELECT {names} FROM incident_revision WHERE park_id = %s AND NOT published"
            " ORDER BY sequence LIMIT %s"
        ).format(names=_NAMES)
        return [_incident(row) for row in await self._rows(query, (self._park_id, limit))]

    async def mark_published(self, revisions: Sequence[Incident]) -> None:
        """Note that Kafka has these revisions."""
        keys = [(incident.id, incident.revision) for incident in revisions]
        async with self._database.transaction() as connection, connection.cursor() as cursor:
            await cursor.executemany(
                "UPDATE incident_revision SET published = true"
                " WHERE incident_id = %s AND revision = %s",
                keys,
            )

    async def _listed(self, condition: str, limit: int) -> Listed:
        query = sql.SQL(
            "SELECT {names} FROM incident WHERE park_id = %s {condition}"
            " ORDER BY raised_at DESC, incident_id LIMIT %s"
        ).format(names=_NAMES, condition=sql.SQL(condition))
        rows = await self._rows(query, (self._park_id, limit))
        totals = await self._database.rows(
            "SELECT count(*), count(resolved_at) FROM incident WHERE park_id = %s",
            (self._park_id,),
        )
        return Listed([_incident(row) for row in rows], *totals[0])

    async def _rows(self, query: Any, parameters: tuple[Any, ...]) -> list[Any]:
        return await self._database.rows(query, parameters)


def _row(incident: Incident) -> tuple[Any, ...]:
    return (
        incident.id,
        int(incident.kind),
        incident.subject,
        int(incident.severity),
        incident.revision,
        incident.occurrences,
        incident.raised_at,
        incident.changed_at,
        incident.resolved_at,
        incident.acknowledged_at,
        incident.acknowledged_by,
        _storable(incident.text.en),
        _storable(incident.text.zh),
    )


def _storable(text: str) -> str:
    """Return the text without NUL, which PostgreSQL cannot hold (it may come in a dead letter)."""
    return text.replace("\x00", "␀")


def _incident(row: Sequence[Any]) -> Incident:
    value = dict(zip(COLUMNS, row, strict=True))
    return Incident(
        id=value["incident_id"],
        kind=IncidentKind(value["kind"]),
        subject=value["subject"],
        severity=Severity(value["severity"]),
        raised_at=value["raised_at"],
        changed_at=value["changed_at"],
        text=Text(value["text_en"], value["text_zh"]),
        revision=value["revision"],
        occurrences=value["occurrences"],
        resolved_at=value["resolved_at"],
        acknowledged_at=value["acknowledged_at"],
        acknowledged_by=value["acknowledged_by"],
    )
