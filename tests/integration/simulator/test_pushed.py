"""History and market curves reach an ingest over gRPC, each batch under its idempotency key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc

from parkflow.market.v1 import market_service_pb2, market_service_pb2_grpc
from parkflow.telemetry.v1 import telemetry_service_pb2, telemetry_service_pb2_grpc
from services.demo.stack import Mqtt
from tests.integration.simulator.running import Simulator, eventually


class Ingest(
    telemetry_service_pb2_grpc.TelemetryServiceServicer,
    market_service_pb2_grpc.MarketServiceServicer,
):
    """Takes everything and remembers it; fails the first push like an ingest that starts late."""

    def __init__(self) -> None:
        self.batches: dict[str, Any] = {}
        self.prices: list[Any] = []
        self.intensities: list[Any] = []
        self.refusals = 1

    async def Push(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802
        if self.refusals:
            self.refusals -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "starting")
        believed = 0
        async for request in request_iterator:
            self.batches[request.idempotency_key] = request
            believed += len(request.readings)
        return telemetry_service_pb2.PushResponse(believed_count=believed)

    async def PublishPrices(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.prices.append(request.curve)
        return market_service_pb2.PublishPricesResponse()

    async def PublishIntensity(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.intensities.append(request.curve)
        return market_service_pb2.PublishIntensityResponse()


@asynccontextmanager
async def an_ingest() -> AsyncIterator[tuple[Ingest, str]]:
    server, ingest = grpc.aio.server(), Ingest()
    telemetry_service_pb2_grpc.add_TelemetryServiceServicer_to_server(ingest, server)
    market_service_pb2_grpc.add_MarketServiceServicer_to_server(ingest, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield ingest, f"127.0.0.1:{port}"
    await server.stop(None)


async def test_history_is_pushed_once_and_the_market_every_noon(mqtt: Mqtt, tmp_path: Path) -> None:
    async with an_ingest() as (ingest, address):
        extra = {
            "PARKFLOW_INGEST_ADDRESS": address,
            "PARKFLOW_BACKFILL_DAYS": "2",
            "PARKFLOW_MARKET": "on",
        }
        simulator = Simulator(tmp_path, mqtt.url, extra)
        await simulator.start()
        try:
            await eventually(
                lambda: (
                    (len(ingest.batches), len(ingest.prices), len(ingest.intensities)) == (24, 4, 4)
                )
            )
        finally:
            await simulator.kill()

    pv = ingest.batches["backfill/pv/1559512800"].readings  # two days before the story
    registers = [r.value for r in pv if r.point_id == "pv.generation_energy_wh"]
    assert len(registers) == 96
    assert registers == sorted(registers)
    before, _, today, tomorrow = ingest.prices[:4]
    assert before.start.ToDatetime(UTC) == datetime(2019, 6, 1, 16, tzinfo=UTC)
    assert before.known_at.ToDatetime(UTC) == datetime(2019, 6, 1, 4, tzinfo=UTC)
    assert today.start.ToDatetime(UTC) == datetime(2019, 6, 3, 16, tzinfo=UTC)  # local midnight
    assert tomorrow.start.ToDatetime(UTC) == datetime(2019, 6, 4, 16, tzinfo=UTC)
    assert len(today.import_price_micros_per_kwh) == 24
    assert today.currency_code == "GBP"
    assert 40 < ingest.intensities[0].intensity_g_per_kwh[0] < 400
