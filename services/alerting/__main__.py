"""`python -m services.alerting`: what hangs together in the alerting process."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

from parkflow.alert.v1.alert_service_pb2_grpc import add_AlertServiceServicer_to_server
from services.alerting.domain.desk import Setup
from services.alerting.health import Rounds
from services.alerting.office import IncidentOffice
from services.alerting.outbox import Outbox
from services.alerting.rpc import SERVICE_NAME, AlertRpc
from services.alerting.settings import Settings
from services.alerting.store import IncidentStore
from services.alerting.stream import IncidentStream
from services.alerting.tail import Ends, Tail
from services.runtime.consuming import read_back
from services.runtime.patience import patiently
from services.runtime.service import Service, run
from services.runtime.telemetry import log_for
from services.runtime.topics import DEAD_LETTERS, OUTCOMES, PLANS, READINGS, SETPOINTS, Topic

LOOK_EVERY_S = 0.5
START_GRACE_S = 60.0  # of wall time: services start together
RECALL_MARGIN_S = 30.0
log = log_for(__name__)


def assemble(service: Service[Settings]) -> None:
    """Register everything alerting does."""
    park, clock, settings = service.park, service.clock, service.settings
    start_grace = timedelta(seconds=START_GRACE_S * clock.speed)
    store = IncidentStore(service.database, park.id)
    office = IncidentOffice(Setup(park, clock.now(), start_grace), store)
    stream = IncidentStream(park, office, clock)
    tail = Tail([READINGS, PLANS, DEAD_LETTERS], settings.kafka, service.kafka_security)
    looking = service.progress.stage("look at the log")

    async def take_up() -> None:
        await patiently(office.open, "database")
        await tail.start()
        await look_once()
        for topic, span in _recalled(service):
            await _recall(service, stream, topic, span)

    async def look_once() -> None:
        if (ends := await tail.ends()) is not None:
            await patiently(partial(judge, ends), "database")

    async def judge(ends: Ends) -> None:
        looking.move()  # also while it waits for the database
        await stream.look(ends)

    async def look() -> None:
        while True:
            looking.move()
            await look_once()
            await asyncio.sleep(LOOK_EVERY_S)

    service.at_start(take_up)
    service.at_stop(tail.stop)
    service.react(READINGS, stream.take_readings)
    service.react(PLANS, stream.take_plan)
    service.react(SETPOINTS, stream.take_setpoint)
    service.react(OUTCOMES, stream.take_outcome)
    service.react(DEAD_LETTERS, stream.take_dead_letter)
    service.keep_running("look at the log", look)
    service.keep_running("health", Rounds(settings, park.id, office, clock, tail).run)
    service.keep_running("outbox", Outbox(store, service.publisher, park.id, office.has_news).run)
    service.serve(
        add_AlertServiceServicer_to_server, AlertRpc(park.id, office, store, clock), SERVICE_NAME
    )


def _recalled(service: Service[Settings]) -> list[tuple[Topic, timedelta]]:
    """Return what to read back at start and how much of park time."""
    park = service.park
    longest_ttl = max(device.ttl for device in park.devices)
    return [
        (SETPOINTS, park.dispatch.setpoint_lease),
        (PLANS, park.dispatch.plan_valid),
        (READINGS, longest_ttl),
    ]


async def _recall(
    service: Service[Settings], stream: IncidentStream, topic: Topic, span: timedelta
) -> None:
    """Take what a topic got within the last `span` of park time (by Kafka's own wall stamps)."""
    wall_s = service.clock.wall_seconds(span) + RECALL_MARGIN_S
    count = 0
    async for received in read_back(
        topic,
        bootstrap=service.settings.kafka,
        security=service.kafka_security,
        since=datetime.now(UTC) - timedelta(seconds=wall_s),
    ):
        try:
            await patiently(partial(stream.recall, received), "database")
            count += 1
        except ValueError as mistake:
            log.warning("not_recalled", position=received.position, error=str(mistake))
    log.info("recalled", topic=topic.name, messages=count)


if __name__ == "__main__":
    run("alerting", Settings, assemble)
