"""Waits until ingest listens, so that the first telemetry of a new park finds its session."""

import asyncio
import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.runtime.patience import is_away
from services.runtime.telemetry import log_for

ASK_EVERY_S = 0.5
SUBSCRIBED_AFTER_S = 2.0
NOT_LONGER_THAN_S = 120.0
log = log_for(__name__)


async def first_listener(channel: grpc.aio.Channel) -> None:
    """Return when ingest serves and has had time to subscribe; after two minutes in any case."""
    health = health_pb2_grpc.HealthStub(channel)
    until = time.monotonic() + NOT_LONGER_THAN_S
    while not await _serves(health):
        if time.monotonic() > until:
            log.warning("nobody_listens", waited_s=NOT_LONGER_THAN_S, cure="start ingest first")
            return
        await asyncio.sleep(ASK_EVERY_S)
    await asyncio.sleep(SUBSCRIBED_AFTER_S)


async def _serves(health: health_pb2_grpc.HealthStub) -> bool:
    try:
        answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=ASK_EVERY_S)
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.UNIMPLEMENTED:
            return True  # it answers, without health
        if is_away(error):
            return False
        raise
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
