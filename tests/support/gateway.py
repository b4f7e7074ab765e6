"""Gateways that push: each sends its frames in order, a frame again until it is acknowledged."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import grpc

from parkflow.telemetry.v1.telemetry_service_pb2 import PushRequest
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.ingest.domain.batch import Batch
from tests.support.field_day import FieldDay

CALL_S = 5.0
TRY_AGAIN_S = 0.2
RETURNS = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
)
CHANNEL = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500)]


@dataclass
class Gateways:
    """All gateways of a day; `pace_s` lies between two frames of each, 0: as fast as they go."""

    address: str
    park_id: str
    day: FieldDay
    pace_s: float = 0.0
    acknowledged: int = 0
    pushed_again: int = 0
    longest_wait_s: float = 0.0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def play(self) -> None:
        """Push the whole day; returns when all of it is acknowledged."""
        async with grpc.aio.insecure_channel(self.address, options=CHANNEL) as channel:
            stub = TelemetryServiceStub(channel)
            await asyncio.gather(*(self._play_one(stub, name) for name in self.day.frames))

    async def until(self, share: float) -> None:
        """Wait until this share of all frames is acknowledged."""
        while self.acknowledged < share * self.day.count:
            self._moved.clear()
            await self._moved.wait()

    async def _play_one(self, stub: Any, gateway: str) -> None:
        began = time.monotonic()
        for number, frame in enumerate(self.day.frames[gateway]):
            await asyncio.sleep(max(0.0, began + number * self.pace_s - time.monotonic()))
            await self._push(stub, request_of(self.park_id, frame, f"{gateway}/{number}"))
            self.acknowledged += 1
            self._moved.set()

    async def _push(self, stub: Any, request: PushRequest) -> None:
        began = time.monotonic()
        while True:
            try:
                await stub.Push(iter([request]), timeout=CALL_S)
                break
            except grpc.aio.AioRpcError as error:
                if error.code() not in RETURNS:
                    raise
            self.pushed_again += 1
            await asyncio.sleep(TRY_AGAIN_S)
        self.longest_wait_s = max(self.longest_wait_s, time.monotonic() - began)


def request_of(park_id: str, batch: Batch, key: str) -> PushRequest:
    """Return a batch as its push."""
    request = PushRequest(park_id=park_id, source_id=batch.source_id, idempotency_key=key)
    columns = request.columns
    columns.point_ids.extend(batch.point_ids)
    columns.point_index = batch.point_index.astype("<u4").tobytes()
    columns.event_time_us = batch.event_time_us.astype("<i8").tobytes()
    columns.value = batch.value.astype("<f8").tobytes()
    columns.quality = batch.quality.tobytes()
    return request
