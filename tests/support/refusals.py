"""What ingest says while Kafka is away, on a machine that may be slower than its half second."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import grpc

from parkflow.telemetry.v1.telemetry_service_pb2 import PushRequest
from tests.support.patience import PATIENCE_S

WAITED_S = 3.0


async def refusal_of(
    telemetry: Any, push: Callable[[int], PushRequest]
) -> tuple[PushRequest, grpc.aio.AioRpcError]:
    """Return a push (made by number) that ingest refuses in time, and the refusal.

    Ingest answers half a second before its caller gives up. Where the machine stops for longer the
    caller has given up by then: that call says nothing, and another push is tried.
    """
    async with asyncio.timeout(PATIENCE_S):
        for number in itertools.count():
            request = push(number)
            try:
                await telemetry.Push(iter([request]), timeout=WAITED_S)
            except grpc.aio.AioRpcError as refused:
                if refused.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
                    return request, refused
            else:
                raise AssertionError("it was taken while Kafka was away")
    raise AssertionError("never refused")
