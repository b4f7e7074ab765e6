"""`python -m services.ingest`: what hangs together in one ingest process; `… import FILE`."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from parkflow.market.v1.market_service_pb2_grpc import add_MarketServiceServicer_to_server
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import add_TelemetryServiceServicer_to_server
from services.ingest import market, rpc
from services.ingest.adapters.adapter import Tools, open_adapters
from services.ingest.intake import Intake
from services.ingest.live import Live
from services.ingest.pacing import Pace
from services.ingest.settings import Settings
from services.ingest.spool.opening import open_ways
from services.ingest.stream import JudgedReadings, SetpointDesk
from services.runtime.consuming import Follower, read_back
from services.runtime.publishing import DeadLetterOffice
from services.runtime.service import Service, run
from services.runtime.telemetry import log_for
from services.runtime.topics import INTENSITY, PRICES, READINGS, SETPOINTS, Topic

READINGS_RECALLED = timedelta(minutes=30)
CURVES_RECALLED = timedelta(days=9)
log = log_for(__name__)


def assemble(service: Service[Settings]) -> None:
    """Register everything ingest does."""
    park, clock, settings = service.park, service.clock, service.settings
    live, curves = Live(), market.Market(park.id)
    ways = open_ways(service)
    intake = Intake(park, clock, ways.of_callers)
    take = partial(intake.take, through=ways.of_the_field)
    dead_letters = DeadLetterOffice(service.name, ways.of_the_field, clock)
    adapters = open_adapters(Tools(park, settings, clock, take, dead_letters))
    desk = SetpointDesk(park.id, clock, service.publisher, adapters, service.fail)

    follower = Follower(READINGS, bootstrap=settings.kafka, security=service.kafka_security)
    judged = JudgedReadings(park.id, follower, live, service.progress.stage("watch the log"))
    recalled = asyncio.Event()

    async def recall() -> None:
        await judged.recall(READINGS_RECALLED)
        for topic in (PRICES, INTENSITY):
            await _recall(service, topic, CURVES_RECALLED, curves.recall)
        recalled.set()

    async def recall_at_start() -> None:
        if service.publisher.is_connected:
            await recall()

    async def watch_the_log() -> None:
        if not recalled.is_set():  # Kafka was away at the start; the field did not wait for it
            await recall()
        await judged.watch()

    service.at_start(recall_at_start)
    service.keep_running("watch the log", watch_the_log)
    service.at_stop(follower.stop)
    service.react(SETPOINTS, desk.take)
    service.at_stop(desk.stop)
    for adapter in adapters:
        service.keep_running(f"adapter {adapter.source_id}", adapter.run)
    service.serve(
        add_TelemetryServiceServicer_to_server,
        rpc.TelemetryRpc(
            park, intake, live, Pace(clock), ways.shelf, [one.connection for one in adapters]
        ),
        rpc.SERVICE_NAME,
    )
    service.serve(
        add_MarketServiceServicer_to_server,
        market.MarketRpc(park, clock, service.publisher, curves),
        market.SERVICE_NAME,
    )


async def _recall(
    service: Service[Settings], topic: Topic, span: timedelta, take: Callable[[Any], None]
) -> None:
    """Feed `take` what the log got within the last `span` of wall time (Kafka's own stamps)."""
    count = 0
    async for received in read_back(
        topic,
        bootstrap=service.settings.kafka,
        security=service.kafka_security,
        since=datetime.now(UTC) - span,
    ):
        try:
            take(received.message)
            count += 1
        except ValueError as mistake:
            log.warning("not_recalled", position=received.position, error=str(mistake))
    log.info("recalled", topic=topic.name, messages=count)


if __name__ == "__main__":
    if sys.argv[1:2] == ["import"]:
        from services.ingest.importing.command import main as import_files

        sys.exit(import_files(sys.argv[2:]))
    run("ingest", Settings, assemble)
