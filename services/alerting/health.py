"""Asks the peers whether they serve, ingest how full its buffer is, forecasting how it does.

By gRPC, because this must be known exactly while Kafka is away.
"""

import asyncio

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceStub
from parkflow.forecast.v1.health_pb2 import GetForecastHealthRequest
from parkflow.telemetry.v1.telemetry_service_pb2 import GetSpoolRequest
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.alerting.domain.events import HealthChecked
from services.alerting.messages import buffer_from, forecasts_from
from services.alerting.office import IncidentOffice
from services.alerting.settings import Settings
from services.alerting.tail import Tail
from services.runtime.clock import ParkClock
from services.runtime.grpc_client import open_channel
from services.runtime.patience import patiently

ASK_EVERY_S = 4.0
ANSWER_S = 3.0
BUFFERED, JUDGED = "ingest", "forecasting"


class Rounds:
    """Visits every watched service in turn, for ever; Kafka is one of them."""

    def __init__(
        self,
        settings: Settings,
        park_id: str,
        office: IncidentOffice,
        clock: ParkClock,
        tail: Tail,
    ) -> None:
        self._settings = settings
        self._park_id = park_id
        self._office = office
        self._clock = clock
        self._tail = tail

    async def run(self) -> None:
        """Ask all peers at once, again and again."""
        names = self._settings.watched_services
        channels = [open_channel(self._settings.address_of(n), self._settings) for n in names]
        stubs = [health_pb2_grpc.HealthStub(channel) for channel in channels]
        buffers = [
            TelemetryServiceStub(c) for n, c in zip(names, channels, strict=True) if n == BUFFERED
        ]
        judges = [
            ForecastServiceStub(c) for n, c in zip(names, channels, strict=True) if n == JUDGED
        ]
        try:
            while True:
                answers = await asyncio.gather(*(is_serving(stub) for stub in stubs))
                for name, serving in zip(names, answers, strict=True):
                    await self._note(name, serving)
                await self._note("kafka", self._tail.is_answering)
                for buffer in buffers:
                    await self._ask_buffer(buffer)
                for judge in judges:
                    await self._ask_forecasts(judge)
                await asyncio.sleep(ASK_EVERY_S)
        finally:
            await asyncio.gather(*(channel.close() for channel in channels))

    async def _ask_buffer(self, stub: TelemetryServiceStub) -> None:
        request = GetSpoolRequest(park_id=self._park_id)
        try:
            answer = await stub.GetSpool(request, timeout=ANSWER_S)
        except grpc.aio.AioRpcError:
            return  # its health check says so
        if (check := buffer_from(answer, BUFFERED, self._clock.now())) is not None:
            await patiently(lambda: self._office.take(check), "database")

    async def _ask_forecasts(self, stub: ForecastServiceStub) -> None:
        request = GetForecastHealthRequest(park_id=self._park_id)
        try:
            answer = await stub.GetForecastHealth(request, timeout=ANSWER_S)
        except grpc.aio.AioRpcError:
            return  # its health check says so
        if (judged := forecasts_from(answer)) is not None:
            await patiently(lambda: self._office.take(judged), "database")

    async def _note(self, service: str, serving: bool) -> None:
        check = HealthChecked(service, serving, self._clock.now())
        await patiently(lambda: self._office.take(check), "database")


async def is_serving(stub: health_pb2_grpc.HealthStub) -> bool:
    """Return whether a peer says that it serves, within the time it has for the answer."""
    try:
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=ANSWER_S)
    except grpc.aio.AioRpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
