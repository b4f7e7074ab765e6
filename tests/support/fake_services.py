"""The services the console talks to, as tiny gRPC servers on free ports in this process.

    async with FakeServices.at(clock) as fakes:
        fakes.silent.add("grid")          # the meter sends nothing any more
        fakes.raise_incident("i-1", …)    # alerting warns

They say what the real ones say (same messages, same order); `health` answers per service.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as aio_health

from parkflow.alert.v1 import alert_service_pb2 as alert
from parkflow.alert.v1 import alert_service_pb2_grpc as alert_grpc
from parkflow.alert.v1 import incident_pb2
from parkflow.carbon.v1 import carbon_service_pb2 as carbon
from parkflow.carbon.v1 import carbon_service_pb2_grpc as carbon_grpc
from parkflow.dispatch.v1 import dispatch_service_pb2 as dispatch
from parkflow.dispatch.v1 import dispatch_service_pb2_grpc as dispatch_grpc
from parkflow.forecast.v1 import forecast_service_pb2 as forecast
from parkflow.forecast.v1 import forecast_service_pb2_grpc as forecast_grpc
from parkflow.forecast.v1 import score_pb2
from parkflow.history.v1 import history_service_pb2 as history
from parkflow.history.v1 import history_service_pb2_grpc as history_grpc
from parkflow.market.v1 import market_service_pb2 as market
from parkflow.market.v1 import market_service_pb2_grpc as market_grpc
from parkflow.telemetry.v1 import reading_pb2
from parkflow.telemetry.v1 import telemetry_service_pb2 as telemetry
from parkflow.telemetry.v1 import telemetry_service_pb2_grpc as telemetry_grpc
from parkflow.validation.v1.validation_service_pb2_grpc import (
    add_ValidationServiceServicer_to_server,
)
from services.energy.time_grid import QUARTER, floor
from services.runtime.clock import ParkClock
from tests.support import fake_messages, fake_park
from tests.support.builders import a_park
from tests.support.fake_carbon import FakeCarbon
from tests.support.fake_validation import FakeValidation

SERVICES = (
    "ingest", "validation", "history", "forecasting", "dispatch", "carbon_accounting", "alerting",
)  # fmt: skip
SAMPLE = timedelta(minutes=1)
TICK_S = 0.1


class FakeServices(
    telemetry_grpc.TelemetryServiceServicer,
    market_grpc.MarketServiceServicer,
    forecast_grpc.ForecastServiceServicer,
    dispatch_grpc.DispatchServiceServicer,
    FakeCarbon,
    alert_grpc.AlertServiceServicer,
    history_grpc.HistoryServiceServicer,
):
    """What every service says; tests change the public fields while it runs."""

    def __init__(self, clock: ParkClock) -> None:
        super().__init__()
        self.clock = clock
        self.silent: set[str] = set()
        self.silent_since: datetime | None = None
        self.mode = dispatch.CONTROL_MODE_FRESH_PLAN
        self.override_refusal: str | None = None
        self.answers_lost = 0
        self.orders: list[dispatch.OverrideRequest] = []
        self.overrides: dict[str, dispatch.ManualOverride] = {}
        self.incidents: dict[str, incident_pb2.Incident] = {}
        self.curtailed = False
        self.validation = FakeValidation()
        self.validation.now = clock.now
        self.spool = telemetry.GetSpoolResponse(enabled=True, limit_bytes=1 << 30)
        self.disconnected: dict[str, str] = {}
        self._changes: list[asyncio.Queue[str]] = []
        self._servers: dict[str, grpc.aio.Server] = {}
        self._health: dict[str, aio_health.HealthServicer] = {}
        self.ports: dict[str, int] = {}

    @classmethod
    @asynccontextmanager
    async def at(cls, clock: ParkClock) -> AsyncIterator["FakeServices"]:
        """Serve until the block ends."""
        fakes = cls(clock)
        for name in SERVICES:
            await fakes.start(name)
        try:
            yield fakes
        finally:
            for name in list(fakes._servers):
                await fakes.stop(name)

    async def start(self, name: str) -> None:
        """Serve one service, on the same port as before if it was stopped."""
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        self._add(name, server)
        health = aio_health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(health, server)
        self.ports[name] = server.add_insecure_port(f"127.0.0.1:{self.ports.get(name, 0)}")
        await server.start()
        await health.set("", health_pb2.HealthCheckResponse.SERVING)
        self._servers[name], self._health[name] = server, health

    async def stop(self, name: str) -> None:
        """End one service."""
        await self._servers.pop(name).stop(0)

    def _add(self, name: str, server: grpc.aio.Server) -> None:
        match name:
            case "ingest":
                telemetry_grpc.add_TelemetryServiceServicer_to_server(self, server)
                market_grpc.add_MarketServiceServicer_to_server(self, server)
            case "validation":
                add_ValidationServiceServicer_to_server(self.validation, server)
            case "history":
                history_grpc.add_HistoryServiceServicer_to_server(self, server)
            case "forecasting":
                forecast_grpc.add_ForecastServiceServicer_to_server(self, server)
            case "dispatch":
                dispatch_grpc.add_DispatchServiceServicer_to_server(self, server)
            case "carbon_accounting":
                carbon_grpc.add_CarbonServiceServicer_to_server(self, server)
            case "alerting":
                alert_grpc.add_AlertServiceServicer_to_server(self, server)

    # ---- ingest

    def readings(self, at: datetime, *, everything: bool = False) -> list[reading_pb2.Reading]:
        """Return one believed reading of every point of the devices that are not silent."""
        found = []
        for device in a_park().devices:
            if device.id in self.silent and not everything:
                continue
            for point, value in fake_park.values(device, at):
                if self.curtailed and point == "pv.active_power_w":
                    value *= 0.8
                reading = reading_pb2.Reading(
                    point_id=point, value=value, verdict=reading_pb2.VERDICT_BELIEVED
                )
                reading.event_time.FromDatetime(at)
                reading.arrival_time.FromDatetime(at)
                found.append(reading)
        return found

    async def Watch(  # noqa: N802
        self, request: telemetry.WatchRequest, context: Any
    ) -> AsyncIterator[telemetry.WatchResponse]:
        sample = floor(self.clock.now(), SAMPLE)
        snapshot = self.readings(sample)
        if self.silent and self.silent_since:
            old = self.readings(self.silent_since, everything=True)
            snapshot += [r for r in old if r.point_id.partition(".")[0] in self.silent]
        yield telemetry.WatchResponse(snapshot=True, readings=snapshot)
        while True:
            await asyncio.sleep(TICK_S)
            newest = floor(self.clock.now(), SAMPLE)
            if newest > sample:
                sample = newest
                yield telemetry.WatchResponse(readings=self.readings(sample))

    async def GetSpool(  # noqa: N802
        self, request: telemetry.GetSpoolRequest, context: Any
    ) -> telemetry.GetSpoolResponse:
        return self.spool

    async def ListSources(  # noqa: N802
        self, request: telemetry.ListSourcesRequest, context: Any
    ) -> telemetry.ListSourcesResponse:
        return telemetry.ListSourcesResponse(
            sources=[
                telemetry.SourceConnection(
                    source_id=source.id,
                    protocol=source.protocol,
                    connected=source.id not in self.disconnected,
                    connection_count=1,
                    away_reason=self.disconnected.get(source.id, ""),
                )
                for source in a_park().sources
            ]
        )

    async def WatchMarket(  # noqa: N802
        self, request: market.WatchMarketRequest, context: Any
    ) -> AsyncIterator[market.WatchMarketResponse]:
        yield market.WatchMarketResponse(prices=fake_messages.prices(self.clock.now()))
        yield market.WatchMarketResponse(intensity=fake_messages.intensity(self.clock.now()))
        await asyncio.Event().wait()

    # ---- history

    async def GetLatest(  # noqa: N802
        self, request: history.GetLatestRequest, context: Any
    ) -> history.GetLatestResponse:
        return history.GetLatestResponse(readings=self.readings(self.clock.now(), everything=True))

    async def GetAggregate(  # noqa: N802
        self, request: history.GetAggregateRequest, context: Any
    ) -> history.GetAggregateResponse:
        return fake_messages.aggregate(request, self.clock.now())

    # ---- forecasting

    async def GetForecast(  # noqa: N802
        self, request: forecast.GetForecastRequest, context: Any
    ) -> forecast.GetForecastResponse:
        at = request.issued_by.ToDatetime(UTC) if request.HasField("issued_by") else None
        return forecast.GetForecastResponse(issue=fake_messages.issue(at or self.clock.now()))

    async def GetPastForecasts(  # noqa: N802
        self, request: score_pb2.GetPastForecastsRequest, context: Any
    ) -> score_pb2.GetPastForecastsResponse:
        return fake_messages.past_forecasts(request.point_id, self.clock.now())

    async def ListModels(  # noqa: N802
        self, request: forecast.ListModelsRequest, context: Any
    ) -> forecast.ListModelsResponse:
        return forecast.ListModelsResponse(models=fake_messages.models(self.clock.now()))

    async def ListScores(  # noqa: N802
        self, request: score_pb2.ListScoresRequest, context: Any
    ) -> score_pb2.ListScoresResponse:
        return score_pb2.ListScoresResponse(scores=fake_messages.scores(request.point_ids))

    async def ListSignalScores(  # noqa: N802
        self, request: score_pb2.ListSignalScoresRequest, context: Any
    ) -> score_pb2.ListSignalScoresResponse:
        scores = fake_messages.signal_scores(request.signal_ids)
        return score_pb2.ListSignalScoresResponse(scores=scores)

    async def WatchForecasts(  # noqa: N802
        self, request: forecast.WatchForecastsRequest, context: Any
    ) -> AsyncIterator[forecast.WatchForecastsResponse]:
        async for at in self._quarters():
            yield forecast.WatchForecastsResponse(issue=fake_messages.issue(at))

    async def _quarters(self) -> AsyncIterator[datetime]:
        at = floor(self.clock.now(), QUARTER)
        while True:
            yield at
            await self.clock.sleep_until(at + QUARTER)
            at += QUARTER

    # ---- dispatch

    async def GetPlan(  # noqa: N802
        self, request: dispatch.GetPlanRequest, context: Any
    ) -> dispatch.GetPlanResponse:
        at = request.in_force_at.ToDatetime(UTC)
        return dispatch.GetPlanResponse(plan=fake_messages.plan(floor(at, QUARTER)))

    async def WatchPlans(  # noqa: N802
        self, request: dispatch.WatchPlansRequest, context: Any
    ) -> AsyncIterator[dispatch.WatchPlansResponse]:
        async for at in self._quarters():
            yield dispatch.WatchPlansResponse(plan=fake_messages.plan(at))

    async def WatchControl(  # noqa: N802
        self, request: dispatch.WatchControlRequest, context: Any
    ) -> AsyncIterator[dispatch.WatchControlResponse]:
        while True:
            in_force = [o for o in self.overrides.values() if not o.HasField("cancelled_at")]
            now = self.clock.now()
            yield fake_messages.control(now, self.mode, in_force, stale=self.silent)
            await asyncio.sleep(1.0)

    async def Explain(  # noqa: N802
        self, request: dispatch.ExplainRequest, context: Any
    ) -> dispatch.ExplainResponse:
        return fake_messages.explanation(request.device_id, self.clock.now())

    async def Override(  # noqa: N802
        self, request: dispatch.OverrideRequest, context: Any
    ) -> dispatch.OverrideResponse:
        self.orders.append(request)
        if self.override_refusal is not None:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, self.override_refusal)
        override = self.overrides.setdefault(
            request.idempotency_key,
            dispatch.ManualOverride(override_id=f"o-{len(self.overrides) + 1}", order=request),
        )
        if override.order != request:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the key is of another order")
        override.created_at.FromDatetime(self.clock.now())
        if self.answers_lost:
            self.answers_lost -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the answer was lost")
        return dispatch.OverrideResponse(override=override)

    async def ListOverrides(  # noqa: N802
        self, request: dispatch.ListOverridesRequest, context: Any
    ) -> dispatch.ListOverridesResponse:
        return dispatch.ListOverridesResponse(overrides=reversed(self.overrides.values()))

    async def CancelOverride(  # noqa: N802
        self, request: dispatch.CancelOverrideRequest, context: Any
    ) -> dispatch.CancelOverrideResponse:
        for override in self.overrides.values():
            if override.override_id == request.override_id:
                override.cancelled_at.FromDatetime(self.clock.now())
                return dispatch.CancelOverrideResponse(override=override)
        await context.abort(grpc.StatusCode.NOT_FOUND, f"no override {request.override_id}")
        raise AssertionError

    # ---- carbon accounting

    async def WatchSummary(  # noqa: N802
        self, request: carbon.WatchSummaryRequest, context: Any
    ) -> AsyncIterator[carbon.WatchSummaryResponse]:
        async for at in self._quarters():
            yield carbon.WatchSummaryResponse(summary=fake_messages.summary(at))

    # ---- alerting

    def raise_incident(self, incident_id: str, **fields: Any) -> None:
        """Warn; `fields` are those of `fake_messages.incident`."""
        self._change(fake_messages.incident(incident_id, self.clock.now(), **fields))

    def resolve_incident(self, incident_id: str) -> None:
        """Say that it is over."""
        incident = self.incidents[incident_id]
        incident.state = incident_pb2.INCIDENT_STATE_RESOLVED
        incident.resolved_at.FromDatetime(self.clock.now())
        self._change(incident)

    def _change(self, incident: incident_pb2.Incident) -> None:
        incident.revision += 1
        self.incidents[incident.incident_id] = incident
        for queue in self._changes:
            queue.put_nowait(incident.incident_id)

    async def ListIncidents(  # noqa: N802
        self, request: alert.ListIncidentsRequest, context: Any
    ) -> alert.ListIncidentsResponse:
        newest_first = reversed(self.incidents.values())
        return alert.ListIncidentsResponse(incidents=newest_first)

    async def WatchIncidents(  # noqa: N802
        self, request: alert.WatchIncidentsRequest, context: Any
    ) -> AsyncIterator[alert.WatchIncidentsResponse]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._changes.append(queue)
        for incident in list(self.incidents.values()):
            if incident.state != incident_pb2.INCIDENT_STATE_RESOLVED:
                yield alert.WatchIncidentsResponse(incident=incident)
        try:
            while True:
                yield alert.WatchIncidentsResponse(incident=self.incidents[await queue.get()])
        finally:
            self._changes.remove(queue)

    async def Acknowledge(  # noqa: N802
        self, request: alert.AcknowledgeRequest, context: Any
    ) -> alert.AcknowledgeResponse:
        incident = self.incidents.get(request.incident_id)
        if incident is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no incident {request.incident_id}")
            raise AssertionError
        incident.acknowledged_at.FromDatetime(self.clock.now())
        incident.acknowledged_by = request.user
        self._change(incident)
        return alert.AcknowledgeResponse(incident=incident)
