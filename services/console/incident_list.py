"""The incidents a fresh page begins with: all open ones and the newest resolved ones."""

from collections.abc import Iterable

from parkflow.alert.v1.incident_pb2 import INCIDENT_STATE_RESOLVED, Incident
from services.console.messages import Json, incident_json

RESOLVED_KEPT = 20


class IncidentList:
    """Holds the newest revision of each incident."""

    def __init__(self, incidents: Iterable[Incident] = ()) -> None:
        self._held: dict[str, Incident] = {}
        for incident in incidents:
            self.take(incident)

    def take(self, incident: Incident) -> bool:
        """Hold an incident; return whether it is news."""
        held = self._held.get(incident.incident_id)
        if held is not None and held.revision > incident.revision:
            return False
        self._held[incident.incident_id] = incident
        self._forget_oldest()
        return True

    def json(self) -> list[Json]:
        """Return them as the page reads them."""
        return [incident_json(incident) for incident in self._held.values()]

    def _forget_oldest(self) -> None:
        resolved = [one for one in self._held.values() if one.state == INCIDENT_STATE_RESOLVED]
        resolved.sort(key=lambda one: one.resolved_at.ToNanoseconds())
        for old in resolved[:-RESOLVED_KEPT]:
            del self._held[old.incident_id]
