"""A connection that stays: pings do not end it, and a read that loses it is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from typing_extensions import override

from parkflow.dispatch.v1.dispatch_service_pb2 import OverrideRequest, OverrideResponse
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import (
    DispatchServiceServicer,
    DispatchServiceStub,
    add_DispatchServiceServicer_to_server,
)
from parkflow.history.v1.history_service_pb2 import GetLatestRequest, GetLatestResponse
from parkflow.history.v1.history_service_pb2_grpc import (
    HistoryServiceServicer,
    HistoryServiceStub,
    add_HistoryServiceServicer_to_server,
)
from services.runtime.environment import CommonSettings
from services.runtime.grpc_client import open_channel
from services.runtime.grpc_server import GrpcServer
from tests.support.builders import DEMO_PARK_FILE

PING_OFTEN = [
    ("grpc.keepalive_time_ms", 200),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
]
SETTINGS = CommonSettings(park=DEMO_PARK_FILE, grpc_port=0, metrics_port=0)


class LosesTheFirst(HistoryServiceServicer, DispatchServiceServicer):  # type: ignore[misc]
    """Answers the first call of each kind as a connection that is lost, the next ones well."""

    def __init__(self) -> None:
        self.asked = {"latest": 0, "override": 0}

    @override
    async def GetLatest(self, _request: Any, context: Any) -> GetLatestResponse:
        await self._lose_the_first("latest", context)
        return GetLatestResponse()

    @override
    async def Override(self, _request: Any, context: Any) -> OverrideResponse:
        await self._lose_the_first("override", context)
        return OverrideResponse()

    async def _lose_the_first(self, kind: str, context: Any) -> None:
        self.asked[kind] += 1
        if self.asked[kind] == 1:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the connection is lost")


@asynccontextmanager
async def a_server(servicer: LosesTheFirst | None = None) -> AsyncIterator[str]:
    """A server of ours; yields its address."""
    server = GrpcServer(SETTINGS)
    if servicer is not None:
        server.add(add_HistoryServiceServicer_to_server, servicer, "history")
        server.add(add_DispatchServiceServicer_to_server, servicer, "dispatch")
    await server.start()
    await server.set_serving(True)
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        await server.stop()


async def test_a_client_that_pings_often_keeps_its_watch() -> None:
    async with a_server() as address, grpc.aio.insecure_channel(address, PING_OFTEN) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        first = await watch.read()

        with pytest.raises(TimeoutError):  # nothing new, and no end either
            await asyncio.wait_for(watch.read(), 6)

    assert first.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_read_of_history_that_loses_its_connection_is_asked_again() -> None:
    servicer = LosesTheFirst()
    async with a_server(servicer) as address, open_channel(address, SETTINGS) as channel:
        answer = await HistoryServiceStub(channel).GetLatest(GetLatestRequest(), timeout=30)

    assert answer == GetLatestResponse()
    assert servicer.asked["latest"] == 2


async def test_an_order_that_loses_its_connection_is_told_and_not_sent_twice() -> None:
    servicer = LosesTheFirst()
    async with a_server(servicer) as address, open_channel(address, SETTINGS) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as lost:
            await DispatchServiceStub(channel).Override(OverrideRequest(), timeout=30)

    assert lost.value.code() is grpc.StatusCode.UNAVAILABLE
    assert servicer.asked["override"] == 1
