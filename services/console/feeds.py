"""One watch per service, each begun again with back-off when it ends. What a peer says is shown."""

import json
import math
import time
from datetime import UTC, datetime
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from parkflow.alert.v1 import alert_service_pb2 as alert
from parkflow.alert.v1.alert_service_pb2_grpc import AlertServiceStub
from parkflow.carbon.v1 import carbon_service_pb2 as carbon
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from parkflow.dispatch.v1 import dispatch_service_pb2 as dispatch
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from parkflow.forecast.v1 import forecast_service_pb2 as forecast
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceStub
from parkflow.market.v1 import market_service_pb2
from parkflow.market.v1.market_service_pb2_grpc import MarketServiceStub
from parkflow.telemetry.v1 import telemetry_service_pb2 as telemetry
from parkflow.telemetry.v1.reading_pb2 import (
    VERDICT_REJECTED,
    VERDICT_SUSPECT,
    Reading,
)
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.console.domain.latency import Latencies
from services.console.domain.picture import Picture, Shown
from services.console.hub import Hub
from services.console.incident_list import IncidentList
from services.console.memory import Memory
from services.console.messages import (
    carbon_json,
    control_json,
    forecast_json,
    incident_json,
    intensity_json,
    plan_json,
    prices_json,
    reading_json,
)
from services.console.watching import watch
from services.runtime import metrics
from services.runtime.clock import ParkClock
from services.runtime.grpc_client import CALL_S
from services.runtime.telemetry import record

CURVES_KEPT = 4


class Feeds:
    """Turns the services' streams into events of the hub."""

    def __init__(
        self,
        park_id: str,
        clock: ParkClock,
        picture: Picture,
        hub: Hub,
        latencies: Latencies,
        memory: Memory,
    ) -> None:
        self._park_id = park_id
        self._clock = clock
        self._picture = picture
        self._hub = hub
        self._latencies = latencies
        self._memory = memory
        self._began = max(clock.now(), clock.park_origin)
        self._up: dict[str, bool] = {}
        self._incidents = IncidentList()
        self._curves: dict[str, dict[str, None]] = {}

    # ---- the watches; each runs for ever

    async def readings(self, channel: grpc.aio.Channel) -> None:
        """Show live readings."""
        request = telemetry.WatchRequest(park_id=self._park_id)
        stub = TelemetryServiceStub(channel)
        await watch("ingest", lambda: stub.Watch(request), self._on_readings)

    async def market(self, channel: grpc.aio.Channel) -> None:
        """Show prices and intensity."""
        request = market_service_pb2.WatchMarketRequest(park_id=self._park_id)
        stub = MarketServiceStub(channel)
        await watch("market", lambda: stub.WatchMarket(request), self._on_market)

    async def forecasts(self, channel: grpc.aio.Channel) -> None:
        """Show forecast issues."""
        request = forecast.WatchForecastsRequest(park_id=self._park_id)
        stub = ForecastServiceStub(channel)
        await watch(
            "forecasting",
            lambda: stub.WatchForecasts(request),
            self._on_forecast,
        )

    async def plans(self, channel: grpc.aio.Channel) -> None:
        """Show plans."""
        request = dispatch.WatchPlansRequest(park_id=self._park_id)
        stub = DispatchServiceStub(channel)
        await watch(
            "dispatch",
            lambda: stub.WatchPlans(request),
            self._on_plan,
        )

    async def control(self, channel: grpc.aio.Channel) -> None:
        """Show control cycles."""
        request = dispatch.WatchControlRequest(park_id=self._park_id)
        stub = DispatchServiceStub(channel)
        await watch(
            "control",
            lambda: stub.WatchControl(request),
            lambda answer: self._send("control", control_json(answer), "control"),
        )

    async def carbon(self, channel: grpc.aio.Channel) -> None:
        """Show the carbon summary of the day."""
        request = carbon.WatchSummaryRequest(park_id=self._park_id)
        stub = CarbonServiceStub(channel)
        await watch(
            "carbon_accounting",
            lambda: stub.WatchSummary(request),
            lambda answer: self._send("carbon", carbon_json(answer.summary), "carbon"),
        )

    async def incidents(self, channel: grpc.aio.Channel) -> None:
        """Show incidents; what changed while alerting or we were away is asked for first."""
        request = alert.WatchIncidentsRequest(park_id=self._park_id)
        everything = alert.ListIncidentsRequest(park_id=self._park_id, include_resolved=True)
        stub = AlertServiceStub(channel)

        async def ask() -> None:
            answer = await stub.ListIncidents(everything, timeout=CALL_S)
            self._incidents = IncidentList(answer.incidents)
            self._send("incidents", self._incidents.json(), "incidents")

        await watch("alerting", lambda: stub.WatchIncidents(request), self._on_incident, first=ask)

    async def health(self, service: str, channel: grpc.aio.Channel) -> None:
        """Show whether a service says that it is serving.

        A connection that ends and is back with the next try was no outage, and none is shown.
        """
        stub = health_pb2_grpc.HealthStub(channel)
        serving = health_pb2.HealthCheckResponse.SERVING
        tries = 1

        def said(answer: health_pb2.HealthCheckResponse) -> None:
            nonlocal tries
            tries = 0
            self._say_up(service, answer.status == serving)

        def ended() -> None:
            nonlocal tries
            tries += 1
            if tries > 1:
                self._say_up(service, False)

        await watch(
            f"{service} health",
            lambda: stub.Watch(health_pb2.HealthCheckRequest(service="")),
            said,
            ended=ended,
        )

    def _say_up(self, service: str, up: bool) -> None:
        if self._up.get(service) is not up:
            self._up[service] = up
            self._send("peers", dict(self._up), "peers")

    # ---- what arrives

    def _on_readings(self, answer: telemetry.WatchResponse) -> None:
        now = self._clock.at_wall(time.time())
        values = {}
        for reading in answer.readings:
            if reading.verdict == VERDICT_REJECTED or not math.isfinite(reading.value):
                continue
            shown = _shown(reading)
            if self._picture.take(reading.point_id, shown):
                values[reading.point_id] = reading_json(shown)
                if not answer.snapshot:
                    self._measure(now, shown)
        if values:
            self._send("readings", values)

    def _measure(self, now: datetime, shown: Shown) -> None:
        """Note the wall time from the device's stamp to here; history that arrives late is none."""
        if shown.event_time <= self._began:
            return
        latency_s = self._clock.wall_seconds(now - shown.event_time)
        if 0 <= latency_s < 3600:
            self._latencies.add(latency_s)
            record(metrics.CONSOLE_LATENCY, latency_s)

    def _on_forecast(self, answer: forecast.WatchForecastsResponse) -> None:
        self._memory.take_issue(answer.issue)
        self._send("forecast", forecast_json(answer.issue), "forecast")

    def _on_plan(self, answer: dispatch.WatchPlansResponse) -> None:
        self._memory.take_plan(answer.plan)
        self._send("plan", plan_json(answer.plan), "plan")

    def _on_market(self, answer: market_service_pb2.WatchMarketResponse) -> None:
        if answer.HasField("prices"):
            body = prices_json(answer.prices)
            self._send("prices", body, self._curve_place("prices", body["start"]))
        elif answer.HasField("intensity"):
            body = intensity_json(answer.intensity)
            self._send("intensity", body, self._curve_place("intensity", body["start"]))

    def _curve_place(self, kind: str, start: str) -> str:
        """Return under which name a curve is kept; only the newest few are."""
        starts = self._curves.setdefault(kind, {})
        starts[start] = None
        while len(starts) > CURVES_KEPT:
            oldest = min(starts)
            del starts[oldest]
            self._hub.forget(f"{kind} {oldest}")
        return f"{kind} {start}"

    def _on_incident(self, answer: alert.WatchIncidentsResponse) -> None:
        if self._incidents.take(answer.incident):
            self._hub.keep("incidents", as_text(self._incidents.json()))
            self._send("incident", incident_json(answer.incident))

    def _send(self, kind: str, body: Any, keep_as: str | None = None) -> None:
        self._hub.send(kind, as_text(body), keep_as=keep_as)


def as_text(body: Any) -> str:
    """Return compact JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _shown(reading: Reading) -> Shown:
    return Shown(
        value=reading.value,
        event_time=reading.event_time.ToDatetime(UTC),
        suspect=reading.verdict == VERDICT_SUSPECT,
    )
