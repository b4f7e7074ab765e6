"""What the page of carbon asks of what a month took: its costs, other resources, its energy audit.

Who sees what of it is decided by carbon accounting: an enterprise its own, the audit and the
exchanges an operator alone.
"""

from typing import Any

import grpc

from parkflow.carbon.v1 import audit_pb2, cost_pb2, resource_pb2
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from services.console.audit_messages import audit_json
from services.console.carbon_books import BOOKING_S, days_of
from services.console.cost_messages import costs_json
from services.console.messages import Json
from services.console.resource_messages import exchanges_json, resources_json
from services.runtime.grpc_client import trace_metadata


class CarbonResources:
    """Calls to carbon accounting that read a month anew; a month is `2026-11`."""

    def __init__(self, park_id: str, carbon_accounting: grpc.aio.Channel) -> None:
        self._park_id = park_id
        self._carbon = CarbonServiceStub(carbon_accounting)

    async def costs(self, month: str) -> Json:
        """Return what energy cost each enterprise."""
        first, last = days_of(month)
        request = cost_pb2.ListCostsRequest(park_id=self._park_id, first_day=first, last_day=last)
        return costs_json(await _called(self._carbon.ListCosts, request))

    async def resources(self, month: str) -> Json:
        """Return water, waste, heat, cold and pressure, with their balances."""
        first, last = days_of(month)
        request = resource_pb2.GetResourcesRequest(
            park_id=self._park_id, first_day=first, last_day=last
        )
        return resources_json(await _called(self._carbon.GetResources, request))

    async def exchanges(self, month: str) -> Json:
        """Return whose waste heat, cold or water whom could serve, reckoned from the month."""
        first, last = days_of(month)
        request = resource_pb2.ProposeExchangesRequest(
            park_id=self._park_id, first_day=first, last_day=last
        )
        return exchanges_json(await _called(self._carbon.ProposeExchanges, request))

    async def audit(self, month: str) -> Json:
        """Return the energy audit."""
        request = audit_pb2.GetEnergyAuditRequest(park_id=self._park_id, first_month=month)
        return audit_json(await _called(self._carbon.GetEnergyAudit, request))


async def _called(call: Any, request: Any) -> Any:
    return await call(request, timeout=BOOKING_S, metadata=trace_metadata())
