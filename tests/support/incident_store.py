"""A store of incidents in memory, for tests without a database."""

from collections.abc import Sequence

import psycopg

from services.alerting.domain.incidents import Incident, IncidentKind


class IncidentsInMemory:
    """Keeps every revision; `is_away` makes it refuse like a database that cannot be reached."""

    def __init__(self) -> None:
        self.revisions: dict[tuple[str, int], Incident] = {}
        self.is_away = False

    async def save(self, revisions: Sequence[Incident]) -> None:
        self._must_be_there()
        for incident in revisions:
            self.revisions.setdefault((incident.id, incident.revision), incident)

    async def newest(self) -> list[Incident]:
        self._must_be_there()
        found: dict[tuple[IncidentKind, str], Incident] = {}
        for incident in sorted(self.revisions.values(), key=lambda i: (i.raised_at, i.revision)):
            found[incident.kind, incident.subject] = incident
        return list(found.values())

    async def find(self, incident_id: str) -> Incident | None:
        self._must_be_there()
        mine = [i for i in self.revisions.values() if i.id == incident_id]
        return max(mine, key=lambda i: i.revision, default=None)

    def _must_be_there(self) -> None:
        if self.is_away:
            raise psycopg.OperationalError("the database is away")
