"""AlertService: checks the request, asks the office or the store, answers."""

from collections.abc import AsyncIterator
from typing import Any

from parkflow.alert.v1 import alert_service_pb2 as wire
from parkflow.alert.v1.alert_service_pb2_grpc import AlertServiceServicer
from services.alerting.domain.events import Acknowledged
from services.alerting.messages import message_from
from services.alerting.office import IncidentOffice, TooSlow
from services.alerting.store import IncidentStore
from services.runtime.clock import ParkClock
from services.runtime.refusals import FieldMistake, NotFound, Unavailable, check_park
from services.runtime.requests import page_mistakes

SERVICE_NAME = "parkflow.alert.v1.AlertService"
LARGEST_PAGE = 1_000
USUAL_PAGE = 100
LONGEST_USER = 200


class AlertRpc(AlertServiceServicer):
    """Answers for one park."""

    def __init__(
        self, park_id: str, office: IncidentOffice, store: IncidentStore, clock: ParkClock
    ) -> None:
        self._park_id = park_id
        self._office = office
        self._store = store
        self._clock = clock

    async def ListIncidents(  # noqa: N802
        self, request: wire.ListIncidentsRequest, context: Any
    ) -> wire.ListIncidentsResponse:
        """Return incidents, newest first, with totals."""
        mistakes = page_mistakes(request.page_size, LARGEST_PAGE)
        check_park(request.park_id, self._park_id, mistakes)
        size = request.page_size or USUAL_PAGE
        listing = self._store.all if request.include_resolved else self._store.unresolved
        listed = await listing(size)
        return wire.ListIncidentsResponse(
            incidents=[message_from(incident, self._park_id) for incident in listed.incidents],
            raised_total=listed.raised_total,
            resolved_total=listed.resolved_total,
        )

    async def WatchIncidents(  # noqa: N802
        self, request: wire.WatchIncidentsRequest, context: Any
    ) -> AsyncIterator[wire.WatchIncidentsResponse]:
        """Send the unresolved incidents, then every change."""
        check_park(request.park_id, self._park_id)
        with self._office.watch() as (unresolved, watcher):
            for incident in unresolved:
                yield wire.WatchIncidentsResponse(incident=message_from(incident, self._park_id))
            while True:
                try:
                    incident = await watcher.next()
                except TooSlow as reason:
                    raise Unavailable(f"{reason}; watch again") from None
                yield wire.WatchIncidentsResponse(incident=message_from(incident, self._park_id))

    async def Acknowledge(  # noqa: N802
        self, request: wire.AcknowledgeRequest, context: Any
    ) -> wire.AcknowledgeResponse:
        """Note who has seen it; the first one stays, however often it is said."""
        user = request.user.strip()
        mistakes = []
        if not request.incident_id:
            mistakes.append(FieldMistake("incident_id", "is empty; name the incident"))
        if not user or len(user) > LONGEST_USER or "\x00" in user:
            mistakes.append(FieldMistake("user", f"say who, in 1 to {LONGEST_USER} characters"))
        check_park(request.park_id, self._park_id, mistakes)
        if "\x00" in request.incident_id:
            raise NotFound("incident", request.incident_id)
        order = Acknowledged(request.incident_id, user, self._clock.now())
        incident = await self._office.acknowledge(order)
        if incident is None:
            raise NotFound("incident", request.incident_id)
        return wire.AcknowledgeResponse(incident=message_from(incident, self._park_id))
