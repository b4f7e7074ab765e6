"""What a person does on the page, passed on to the services; refusals come back as they are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import grpc

from parkflow.alert.v1 import alert_service_pb2 as alert
from parkflow.alert.v1.alert_service_pb2_grpc import AlertServiceStub
from parkflow.dispatch.v1 import dispatch_service_pb2 as dispatch
from parkflow.dispatch.v1 import setpoint_pb2
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from parkflow.history.v1 import history_service_pb2 as history
from parkflow.history.v1.history_service_pb2_grpc import HistoryServiceStub
from services.console.messages import incident_json, iso, override_json, setpoint_json
from services.energy.time_grid import Interval
from services.runtime.grpc_client import CALL_S, trace_metadata

QUANTITIES = {
    "active_power_w": setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_W,
    "active_power_limit_w": setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_LIMIT_W,
}


class BadOrder(Exception):
    """The page sent something that cannot be passed on; the text says what would be right."""


class Actions:
    """Calls to the services on behalf of a person."""

    def __init__(
        self,
        park_id: str,
        *,
        alerting: grpc.aio.Channel,
        dispatching: grpc.aio.Channel,
        history: grpc.aio.Channel,
    ) -> None:
        self._park_id = park_id
        self._alerts = AlertServiceStub(alerting)
        self._dispatch = DispatchServiceStub(dispatching)
        self._history = HistoryServiceStub(history)

    async def acknowledge(self, body: dict[str, Any], user: str) -> dict[str, Any]:
        """Acknowledge an incident."""
        request = alert.AcknowledgeRequest(
            park_id=self._park_id, incident_id=text_in(body, "incident_id"), user=user
        )
        answer = await self._alerts.Acknowledge(request, timeout=CALL_S, metadata=trace_metadata())
        return incident_json(answer.incident)

    async def override(self, body: dict[str, Any], user: str, now: datetime) -> dict[str, Any]:
        """Steer a device by hand until `expires_at`, or for some `minutes` of park time from now.

        Sent again with the same idempotency key, an order must be the same: a page that repeats
        itself gives `expires_at`.
        """
        if body.get("quantity") not in QUANTITIES:
            raise BadOrder(f"quantity must be one of {', '.join(QUANTITIES)}")
        request = dispatch.OverrideRequest(
            park_id=self._park_id,
            device_id=text_in(body, "device_id"),
            quantity=QUANTITIES[body["quantity"]],
            value_w=_number(body, "value_w"),
            user=user,
            reason=text_in(body, "reason"),
            idempotency_key=text_in(body, "idempotency_key"),
        )
        request.expires_at.FromDatetime(_expiry(body, now))
        answer = await self._dispatch.Override(request, timeout=CALL_S, metadata=trace_metadata())
        return override_json(answer.override)

    async def cancel_override(self, body: dict[str, Any], user: str) -> dict[str, Any]:
        """End an override early."""
        request = dispatch.CancelOverrideRequest(
            park_id=self._park_id, override_id=text_in(body, "override_id"), user=user
        )
        answer = await self._dispatch.CancelOverride(
            request, timeout=CALL_S, metadata=trace_metadata()
        )
        return override_json(answer.override)

    async def overrides(self, now: datetime) -> list[dict[str, Any]]:
        """Return the overrides in force now, newest first."""
        request = dispatch.ListOverridesRequest(park_id=self._park_id)
        answer = await self._dispatch.ListOverrides(
            request, timeout=CALL_S, metadata=trace_metadata()
        )
        return [
            override_json(override)
            for override in answer.overrides
            if not override.HasField("cancelled_at")
            and override.order.expires_at.ToDatetime(UTC) > now
        ]

    async def explain(self, device_id: str) -> dict[str, Any]:
        """Return why a device is told what it is told now."""
        request = dispatch.ExplainRequest(park_id=self._park_id, device_id=device_id)
        answer = await self._dispatch.Explain(request, timeout=CALL_S, metadata=trace_metadata())
        return {
            "device_id": answer.device_id,
            "step_start": iso(answer.step_start.ToDatetime(UTC)),
            "planned_power_w": answer.planned_power_w,
            "text": {"en": answer.text_en, "zh": answer.text_zh},
            "marginal_price_per_kwh": answer.marginal_price_micros_per_kwh / 1e6
            if answer.HasField("marginal_price_micros_per_kwh")
            else None,
            "binding_limits": [
                {
                    "limit": limit.limit,
                    "limit_zh": limit.limit_zh,
                    "worth_per_kwh": limit.worth_micros_per_kwh / 1e6,
                }
                for limit in answer.binding_limits
            ],
            "inputs": [
                {
                    "name": given.name,
                    "value": given.value if given.HasField("value") else None,
                    "unit": given.unit,
                    "source": given.source,
                }
                for given in answer.inputs
            ],
            "setpoint": setpoint_json(answer.setpoint) if answer.HasField("setpoint") else None,
        }

    async def day(self, points: list[str], interval: Interval, step: timedelta) -> dict[str, Any]:
        """Return the mean of each point on a grid, from history; absent points are left out."""
        points = await self._kept_points(points)
        if not points:
            return {}
        request = history.GetAggregateRequest(
            park_id=self._park_id, point_ids=points, aggregation=history.AGGREGATION_MEAN
        )
        request.interval.start.FromDatetime(interval.start)
        request.interval.end.FromDatetime(interval.end)
        request.step.FromTimedelta(step)
        answer = await self._history.GetAggregate(
            request, timeout=CALL_S, metadata=trace_metadata()
        )
        return {
            series.point_id: {
                "start": iso(series.start.ToDatetime(UTC)),
                "step_s": series.step.seconds,
                "values": [None if v != v else v for v in series.value],
            }
            for series in answer.series
        }

    async def _kept_points(self, points: list[str]) -> list[str]:
        """Return those of the points that history has: it refuses to aggregate unknown ones."""
        answer = await self._history.GetLatest(
            history.GetLatestRequest(park_id=self._park_id),
            timeout=CALL_S,
            metadata=trace_metadata(),
        )
        kept = {reading.point_id for reading in answer.readings}
        return [point for point in points if point in kept]


def text_in(body: dict[str, Any], field: str) -> str:
    """Return a text that must be there, without the spaces around it."""
    value = body.get(field)
    if not isinstance(value, str) or not value.strip():
        raise BadOrder(f"{field} is missing; send a text")
    return value.strip()


def moment_in(body: dict[str, Any], field: str) -> datetime:
    """Return an instant that must be there, with its zone."""
    try:
        moment = datetime.fromisoformat(text_in(body, field))
    except ValueError:
        raise BadOrder(f"{field} is {body[field]!r}; send an ISO 8601 time") from None
    if moment.tzinfo is None:
        raise BadOrder(f"{field} has no time zone; send UTC with Z")
    return moment


def _expiry(body: dict[str, Any], now: datetime) -> datetime:
    if "expires_at" not in body:
        return now + timedelta(minutes=_number(body, "minutes"))
    return moment_in(body, "expires_at")


def _number(body: dict[str, Any], field: str) -> float:
    value = body.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadOrder(f"{field} is {value!r}; send a number")
    return float(value)
