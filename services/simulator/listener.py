"""Waits until ingest listens, so that the first telemetry of a new park finds its session."""

import asyncio
import time

import grpc

from parkflow.telemetry.v1.telemetry_service_pb2 import ListSourcesRequest
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.runtime.patience import is_away
from services.runtime.telemetry import log_for

ASK_EVERY_S = 0.5
ANSWER_WITHIN_S = 2.0
NOT_LONGER_THAN_S = 120.0
MQTT = "mqtt"
log = log_for(__name__)


async def first_listener(channel: grpc.aio.Channel, park_id: str) -> None:
    """Return when ingest is connected to MQTT, so subscribed; after two minutes in any case."""
    ingest = TelemetryServiceStub(channel)
    until = time.monotonic() + NOT_LONGER_THAN_S
    while not await _listens(ingest, park_id):
        if time.monotonic() > until:
            log.warning("nobody_listens", waited_s=NOT_LONGER_THAN_S, cure="start ingest first")
            return
        await asyncio.sleep(ASK_EVERY_S)


async def _listens(ingest: TelemetryServiceStub, park_id: str) -> bool:
    try:
        request = ListSourcesRequest(park_id=park_id)
        answer = await ingest.ListSources(request, timeout=ANSWER_WITHIN_S)
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.UNIMPLEMENTED:
            return True  # it answers, and knows no sources
        if is_away(error):
            return False
        raise
    return all(source.connected for source in answer.sources if source.protocol == MQTT)
