"""Whether a service serves: an open port alone does not say that it has restored what it knew."""

from __future__ import annotations

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

ASK_S = 5.0
NOT_YET = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


async def serves(channel: grpc.aio.Channel) -> bool:
    """Return whether the other end says SERVING; one that does not answer says no."""
    try:
        answer = await health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(), timeout=ASK_S
        )
    except grpc.aio.AioRpcError as refused:
        if refused.code() in NOT_YET:
            return False
        raise
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
