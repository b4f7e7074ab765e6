"""Alerting as a process with a real Kafka and PostgreSQL: killed, cut off, asked, watched."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import psycopg
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as aio_health

from parkflow.alert.v1 import alert_service_pb2 as wire
from parkflow.alert.v1 import incident_pb2
from parkflow.alert.v1.alert_service_pb2_grpc import AlertServiceStub
from parkflow.forecast.v1.forecast_service_pb2_grpc import (
    ForecastServiceServicer,
    add_ForecastServiceServicer_to_server,
)
from parkflow.forecast.v1.health_pb2 import (
    TROUBLE_KIND_LOST_SKILL,
    GetForecastHealthRequest,
    GetForecastHealthResponse,
)
from parkflow.forecast.v1.score_pb2 import HORIZON_CLASS_24_H
from parkflow.telemetry.v1.dead_letter_pb2 import DeadLetter
from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from parkflow.telemetry.v1.telemetry_service_pb2 import (
    GetSpoolRequest,
    GetSpoolResponse,
    SpoolPolicy,
)
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import (
    TelemetryServiceServicer,
    add_TelemetryServiceServicer_to_server,
)
from services.demo.stack import Kafka
from services.demo.stack.ports import free_port
from services.energy.site import Park
from services.runtime.clock import ParkClock
from services.runtime.consuming import read_back
from services.runtime.database import migrate
from services.runtime.patience import patiently
from services.runtime.publishing import Publisher
from services.runtime.topics import DEAD_LETTERS, INCIDENTS, READINGS, create_missing
from tests.support.alerting import Watch, grid
from tests.support.builders import MORNING, REPOSITORY, after
from tests.support.patience import PATIENCE_S, TRIES, until
from tests.support.reading_frames import a_frame, a_park_named
from tests.support.serving import serves
from tests.support.stack import frozen

SKILL = incident_pb2.INCIDENT_KIND_FORECAST_SKILL
BUFFER = incident_pb2.INCIDENT_KIND_BUFFER_FILLING
LIMIT, STALE = incident_pb2.INCIDENT_KIND_LIMIT, incident_pb2.INCIDENT_KIND_STALE_SOURCE


@dataclass
class Running:
    """The service as a child process."""

    park: Park
    park_file: Path
    kafka: str
    database_url: str
    port: int
    log: Path
    clock: ParkClock
    watched: str = "none"
    ingest_address: str = "127.0.0.1:1"
    forecasting_address: str = "127.0.0.1:1"
    child: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        environment = os.environ | {
            "PARKFLOW_PARK": str(self.park_file),
            "PARKFLOW_KAFKA": self.kafka,
            "PARKFLOW_DATABASE_URL": self.database_url,
            "PARKFLOW_CLOCK": str(self.clock),
            "PARKFLOW_GRPC_PORT": str(self.port),
            "PARKFLOW_METRICS_PORT": str(free_port()),
            "PARKFLOW_WATCHED": self.watched,
            "PARKFLOW_INGEST_ADDRESS": self.ingest_address,
            "PARKFLOW_FORECASTING_ADDRESS": self.forecasting_address,
        }
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "services.alerting"],
                env=environment,
                cwd=REPOSITORY,
                stderr=log,
            )

    def kill(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def stop(self) -> int:
        assert self.child is not None
        self.child.terminate()
        return self.child.wait(timeout=PATIENCE_S)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def keys(self, kind: int) -> set[tuple[str, int]]:
        """Return what is written down of a kind: (incident, revision)."""
        query = f"SELECT incident_id, revision FROM alerting.incident_revision WHERE kind = {kind}"
        return {(row[0], row[1]) for row in self.rows(query)}

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[AlertServiceStub]:
        address = f"127.0.0.1:{self.port}"
        async with grpc.aio.insecure_channel(address) as channel:
            await until(lambda: serves(channel), "alerting serves")
            yield AlertServiceStub(channel)


@pytest.fixture
async def running(kafka: Kafka, fresh_database: str, tmp_path: Path) -> AsyncIterator[Running]:
    await patiently(lambda: create_missing(kafka.address), "kafka")
    await migrate("alerting", fresh_database)
    file, park = a_park_named(f"park-{uuid4().hex[:8]}", tmp_path)
    service = Running(
        park,
        file,
        kafka.address,
        fresh_database,
        free_port(),
        tmp_path / "service.log",
        ParkClock(MORNING, time.time(), 1.0),
    )
    yield service
    service.kill()


@asynccontextmanager
async def publishing(kafka: Kafka) -> AsyncIterator[Publisher]:
    publisher = Publisher("validation", kafka.address, {})
    await publisher.start()
    yield publisher
    await publisher.stop()


def frame(park: Park, source: str, device_kw: dict[str, int], at: datetime) -> ReadingFrame:
    rows = [(f"{device}.active_power_w", kw * 1000) for device, kw in device_kw.items()]
    return a_frame(park.id, source, at, rows, arrived=at)


async def send(publisher: Publisher, *frames: ReadingFrame) -> None:
    await publisher.publish_all(READINGS, [(f"{f.park_id}/{f.source_id}", f) for f in frames])


async def send_fresh(publisher: Publisher, park: Park, at: datetime, but: str = "") -> None:
    """Every electric device of the MQTT source and the grid meter report at `at`."""
    site = {
        device.id: 0
        for device in park.devices_from("mqtt-site")
        if park.point(f"{device.id}.active_power_w") and device.id != but
    }
    await send(
        publisher, frame(park, "mqtt-site", site, at), frame(park, "modbus-grid", {"grid": 0}, at)
    )


async def test_kills_and_repetitions_leave_every_incident_once(
    running: Running, kafka: Kafka
) -> None:
    chance, park = random.Random(3), running.park
    series = [(chance.choice([500, 1000, 1890, 2000, 2100, -900]), 20 * n) for n in range(240)]
    undisturbed = Watch(park)
    for kw, seconds in series:
        undisturbed.hear(grid(kw, seconds))
    expected = undisturbed.revisions.keys()
    assert len(expected) > 10

    running.start()
    async with publishing(kafka) as publisher:
        for first in range(0, len(series), 40):
            part = series[first : first + 40]
            sent = [frame(park, "modbus-grid", {"grid": kw}, after(at)) for kw, at in part]
            await send(publisher, *sent)
            await send(publisher, *chance.sample(sent, 10))  # repeated and out of order
            await asyncio.sleep(chance.uniform(0.5, 4))
            running.kill()
            running.start()

    async def all_written() -> bool:
        return running.keys(LIMIT) >= expected

    async def all_published() -> bool:
        query = "SELECT count(*) FROM alerting.incident_revision WHERE NOT published"
        return running.rows(query) == [(0,)]

    await until(all_written, "every incident is written down", 150)
    await until(all_published, "every revision is published")
    async with running.asked():
        pass  # the last one is up
    assert running.stop() == 0
    assert running.keys(LIMIT) == expected
    published: dict[tuple[str, int], bytes] = {}
    async for received in read_back(INCIDENTS, bootstrap=kafka.address, security={}):
        message = received.message
        if message.park_id == park.id and message.kind == LIMIT:
            key, content = (message.incident_id, message.revision), message.SerializeToString()
            assert published.setdefault(key, content) == content
    assert published.keys() == expected


async def test_an_operator_lists_watches_and_acknowledges(running: Running, kafka: Kafka) -> None:
    park = running.park
    running.start()
    async with publishing(kafka) as publisher, running.asked() as service:
        for seconds in (0, 40):
            sent = frame(park, "modbus-grid", {"grid": 2000}, after(seconds))
            await send(publisher, sent)

        async def listed() -> Any:
            answer = await service.ListIncidents(wire.ListIncidentsRequest(park_id=park.id))
            return [i for i in answer.incidents if i.kind == LIMIT]

        (incident,) = await until(listed, "the incident")
        watch = service.WatchIncidents(wire.WatchIncidentsRequest(park_id=park.id))
        first = await asyncio.wait_for(watch.read(), PATIENCE_S)
        seen = await service.Acknowledge(
            wire.AcknowledgeRequest(
                park_id=park.id, incident_id=incident.incident_id, user="li.wei"
            )
        )
        change = first.incident
        while change.revision < 2:
            change = (await asyncio.wait_for(watch.read(), PATIENCE_S)).incident

        assert incident.severity == incident_pb2.SEVERITY_CRITICAL
        assert "2,000 kW" in incident.text_en
        assert seen.incident.acknowledged_by == "li.wei"
        assert change == seen.incident
        await refused(service, park.id, incident.incident_id)
        watch.cancel()

        for seconds in (100, 160):
            sent = frame(park, "modbus-grid", {"grid": 0}, after(seconds))
            await send(publisher, sent)

        async def resolved() -> Any:
            request = wire.ListIncidentsRequest(park_id=park.id, include_resolved=True)
            answer = await service.ListIncidents(request)
            over = next(i for i in answer.incidents if i.kind == LIMIT)
            is_over = over.state == incident_pb2.INCIDENT_STATE_RESOLVED
            return over if is_over and answer.resolved_total else None

        over = await until(resolved, "the resolution")
        assert (over.acknowledged_by, over.revision) == ("li.wei", 3)
    assert running.stop() == 0


async def refused(service: AlertServiceStub, park_id: str, incident_id: str) -> None:
    """Wrong requests are refused with every mistake named."""
    for request, code, words in (
        (wire.AcknowledgeRequest(park_id=park_id), "INVALID_ARGUMENT", ("incident_id", "user")),
        (
            wire.AcknowledgeRequest(park_id=park_id, incident_id=incident_id, user="  "),
            "INVALID_ARGUMENT",
            ("user",),
        ),
        (
            wire.AcknowledgeRequest(park_id=park_id, incident_id="limit-0", user="li.wei"),
            "NOT_FOUND",
            ("incident", "limit-0"),
        ),
        (
            wire.AcknowledgeRequest(park_id="elsewhere", incident_id=incident_id, user="li.wei"),
            "NOT_FOUND",
            ("park", "elsewhere"),
        ),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await service.Acknowledge(request)
        assert caught.value.code().name == code
        assert all(word in caught.value.details() for word in words)
    with pytest.raises(grpc.aio.AioRpcError) as listing:
        await service.ListIncidents(wire.ListIncidentsRequest(page_size=-1))
    assert "page_size" in listing.value.details()
    assert "park_id" in listing.value.details()


async def test_a_silent_device_is_known_in_time_and_a_frozen_kafka_blames_nobody(
    running: Running, kafka: Kafka
) -> None:
    running.clock = ParkClock(MORNING, time.time(), 30.0)  # 3 min of silence are 6 s
    park, clock = running.park, running.clock
    running.start()
    async with publishing(kafka) as publisher, running.asked() as service:

        async def stale() -> set[str]:
            answer = await service.ListIncidents(wire.ListIncidentsRequest(park_id=park.id))
            return {i.subject for i in answer.incidents if i.kind == STALE}

        last = clock.now()
        await send_fresh(publisher, park, last)

        async def battery_alone() -> bool:
            await asyncio.sleep(0.3)
            await send_fresh(publisher, park, clock.now(), but="battery")
            return await stale() == {"battery"}

        await until(battery_alone, "the battery is stale, and nobody else")
        raised_after_s = clock.wall_seconds(clock.now() - last)
        print(f"stale {raised_after_s:.1f} s of wall time after the last reading, at 30 times")
        assert raised_after_s > 6

        async def nothing_stale() -> bool:
            await send_fresh(publisher, park, clock.now())
            return not await stale()

        async def blamed_without_kafka() -> set[str]:
            """Whom alerting blames when Kafka stands still for longer than they may be silent."""
            await until(nothing_stale, "fresh again")
            with frozen(kafka):
                await asyncio.sleep(9)  # 4.5 min of park time: beyond the ttl of battery and grid
                return await stale()

        blamed = [await blamed_without_kafka()]
        while blamed[-1] and len(blamed) < TRIES:  # who paused for seconds before the outage began
            blamed.append(await blamed_without_kafka())
        assert blamed[-1] == set(), blamed
    assert running.stop() == 0


class AskedHealth(aio_health.HealthServicer):  # type: ignore[misc]
    """Counts how often it was asked."""

    asked = 0

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.asked += 1
        return await super().Check(request, context)


async def test_a_peer_that_stops_serving_is_noticed_and_forgiven(
    running: Running, kafka: Kafka
) -> None:
    health = AskedHealth()
    server = grpc.aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await health.set("", health_pb2.HealthCheckResponse.SERVING)
    await server.start()
    running.watched, running.ingest_address = "ingest", f"127.0.0.1:{port}"
    running.start()
    async with running.asked() as service:

        async def silent() -> bool:
            answer = await service.ListIncidents(wire.ListIncidentsRequest(park_id=running.park.id))
            return "ingest" in {i.subject for i in answer.incidents}

        async def not_silent() -> bool:
            return not await silent()

        await until(lambda: health.asked > 1, "alerting asks ingest again")
        await until(not_silent, "who serves is not silent")
        await health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
        await until(silent, "ingest is silent")
        await health.set("", health_pb2.HealthCheckResponse.SERVING)
        await until(not_silent, "ingest serves again")
    await server.stop(0)
    assert running.stop() == 0


async def test_a_thousand_dead_letters_at_once_are_one_incident(
    running: Running, kafka: Kafka
) -> None:
    writer = "ingest"
    running.start()
    async with publishing(kafka) as publisher, running.asked() as service:
        letters = []
        for number in range(1000):
            letter = DeadLetter(
                dead_letter_id=f"{running.park.id}-{number}",
                writer=writer,
                origin=f"mqtt:{number}",
                reason="undecodable",
                detail="not JSON",
            )
            letter.arrival_time.FromDatetime(running.clock.now() + timedelta(microseconds=number))
            letters.append((f"{writer}/{letter.origin}", letter))
        await publisher.publish_all(DEAD_LETTERS, letters)

        async def counted() -> Any:
            answer = await service.ListIncidents(wire.ListIncidentsRequest(park_id=running.park.id))
            found = [i for i in answer.incidents if i.subject == writer]
            return found if any("1000 times" in one.text_en for one in found) else None

        found = await until(counted, "all are counted")
        assert len(found) == 1
    assert running.stop() == 0


class FillingIngest(TelemetryServiceServicer):
    """An ingest whose disk buffer is as full as the test says."""

    stored_bytes = 0

    async def GetSpool(  # noqa: N802
        self, request: GetSpoolRequest, context: Any
    ) -> GetSpoolResponse:
        return GetSpoolResponse(
            enabled=True,
            policy=SpoolPolicy.SPOOL_POLICY_REFUSE_NEWEST,
            frame_count=self.stored_bytes,
            stored_bytes=self.stored_bytes,
            limit_bytes=100,
            longest_age_seconds=3600,
        )


async def test_a_filling_disk_buffer_is_told_while_kafka_is_away(
    running: Running, kafka: Kafka
) -> None:
    ingest, health, server = FillingIngest(), aio_health.HealthServicer(), grpc.aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    add_TelemetryServiceServicer_to_server(ingest, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await health.set("", health_pb2.HealthCheckResponse.SERVING)
    await server.start()
    running.watched, running.ingest_address = "ingest", f"127.0.0.1:{port}"
    running.start()
    async with running.asked() as service:

        async def filling() -> bool:
            answer = await service.ListIncidents(wire.ListIncidentsRequest(park_id=running.park.id))
            return BUFFER in {i.kind for i in answer.incidents}

        assert not await filling()
        with frozen(kafka):
            ingest.stored_bytes = 60
            await until(filling, "the buffer fills")
        ingest.stored_bytes = 0

        async def calm() -> bool:
            return not await filling()

        await until(calm, "the buffer is empty")
    await server.stop(0)
    assert running.stop() == 0


class TroubledForecasting(ForecastServiceServicer):
    """A forecasting that finds what the test says."""

    def __init__(self) -> None:
        self.answer = GetForecastHealthResponse()
        self.answer.judged_until.FromDatetime(MORNING)

    async def GetForecastHealth(  # noqa: N802
        self, request: GetForecastHealthRequest, context: Any
    ) -> GetForecastHealthResponse:
        return self.answer


async def test_lost_skill_of_forecasts_is_one_incident_until_forecasting_no_longer_finds_it(
    running: Running,
) -> None:
    forecasting, health, server = (
        TroubledForecasting(),
        aio_health.HealthServicer(),
        grpc.aio.server(),
    )
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    add_ForecastServiceServicer_to_server(forecasting, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await health.set("", health_pb2.HealthCheckResponse.SERVING)
    await server.start()
    forecasting.answer.troubles.add(
        point_id="steel.active_power_w",
        horizon=HORIZON_CLASS_24_H,
        kind=TROUBLE_KIND_LOST_SKILL,
        mean_error_w=120_000.0,
        compared_error_w=80_000.0,
        coverage_share=0.5,
    )
    running.watched, running.forecasting_address = "forecasting", f"127.0.0.1:{port}"
    running.start()
    async with running.asked() as service:

        async def told(*, resolved: bool) -> Any:
            request = wire.ListIncidentsRequest(park_id=running.park.id, include_resolved=True)
            answer = await service.ListIncidents(request)
            found = [i for i in answer.incidents if i.kind == SKILL]
            return found if found and found[0].HasField("resolved_at") is resolved else None

        [incident] = await until(lambda: told(resolved=False), "the trouble is told")
        forecasting.answer.judged_until.FromDatetime(MORNING + timedelta(days=1))
        del forecasting.answer.troubles[:]
        [over] = await until(lambda: told(resolved=True), "the trouble is over")
    assert over.incident_id == incident.incident_id
    assert incident.runbook_url == "docs/runbooks/forecast_skill.md"
    await server.stop(0)
    assert running.stop() == 0
