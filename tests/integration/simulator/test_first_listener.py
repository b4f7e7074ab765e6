"""The first words of a park wait until somebody listens who will miss none of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from parkflow.telemetry.v1 import telemetry_service_pb2 as wire
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import (
    TelemetryServiceServicer,
    add_TelemetryServiceServicer_to_server,
)
from services.simulator import listener
from services.simulator.listener import first_listener
from tests.support.patience import PATIENCE_S


class Ingest(TelemetryServiceServicer):
    """Says of its sources whether they are connected; its meter never is."""

    def __init__(self) -> None:
        self.asked, self.hears_mqtt = 0, False

    async def ListSources(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.asked += 1
        mqtt = wire.SourceConnection(protocol="mqtt", connected=self.hears_mqtt)
        return wire.ListSourcesResponse(
            sources=[mqtt, wire.SourceConnection(protocol="modbus_tcp", connected=False)]
        )


@asynccontextmanager
async def asked(ingest: TelemetryServiceServicer) -> AsyncIterator[grpc.aio.Channel]:
    server = grpc.aio.server()
    add_TelemetryServiceServicer_to_server(ingest, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


async def test_an_ingest_that_serves_but_is_not_subscribed_yet_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listener, "ASK_EVERY_S", 0.02)
    ingest = Ingest()
    async with asked(ingest) as channel, asyncio.timeout(PATIENCE_S):
        waiting = asyncio.create_task(first_listener(channel, "demo-park"))
        while ingest.asked < 3:  # noqa: ASYNC110  it looks on from outside
            await asyncio.sleep(0.01)
        waited = not waiting.done()
        ingest.hears_mqtt = True
        await waiting

    assert waited


async def test_somebody_who_knows_of_no_sources_is_not_waited_for() -> None:
    async with asked(TelemetryServiceServicer()) as channel, asyncio.timeout(PATIENCE_S):
        await first_listener(channel, "demo-park")


async def test_where_nobody_is_the_story_begins_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listener, "ASK_EVERY_S", 0.02)
    monkeypatch.setattr(listener, "NOT_LONGER_THAN_S", 0.1)
    async with grpc.aio.insecure_channel("127.0.0.1:9") as channel, asyncio.timeout(PATIENCE_S):
        await first_listener(channel, "demo-park")


class Elsewhere(TelemetryServiceServicer):
    """Serves another park."""

    async def ListSources(self, request: Any, context: Any) -> Any:  # noqa: N802
        await context.abort(grpc.StatusCode.NOT_FOUND, "no park 'demo-park'")


async def test_an_ingest_of_another_park_is_said_and_not_taken_for_a_listener() -> None:
    async with asked(Elsewhere()) as channel, asyncio.timeout(PATIENCE_S):
        with pytest.raises(grpc.aio.AioRpcError, match="no park 'demo-park'"):
            await first_listener(channel, "demo-park")
