"""Kafka is away and the field goes on: acknowledged from disk, in Kafka later, in order, once each.

The real broker is killed and started again; ingest is killed in between.
"""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest

from parkflow.telemetry.v1.telemetry_service_pb2 import (
    GetSpoolRequest,
    GetSpoolResponse,
    PushedReading,
    PushRequest,
)
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.demo.stack import Kafka, Mqtt
from services.runtime.raw_frames import raw_frame_from
from services.runtime.topics import RAW
from tests.support.builders import MORNING
from tests.support.field import until
from tests.support.ingest import IngestProcess, Log, running, the_log
from tests.support.mqtt_devices import Devices, devices_of
from tests.support.patience import CALL_S, PATIENCE_S
from tests.support.refusals import refusal_of
from tests.support.stack import frozen, killed


async def spool_of(ingest: IngestProcess) -> GetSpoolResponse:
    async with grpc.aio.insecure_channel(ingest.address) as channel:
        request = GetSpoolRequest(park_id=ingest.park_id)
        return await TelemetryServiceStub(channel).GetSpool(request, timeout=CALL_S)


async def until_spooled(
    ingest: IngestProcess, frames: int, since_s: float = 0.0
) -> GetSpoolResponse:
    """Return the state of the buffer when so many frames wait, the oldest for so long."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            spool = await spool_of(ingest)
            if spool.frame_count >= frames and spool.oldest_age_seconds > since_s:
                return spool
            await asyncio.sleep(0.2)


async def worked_until_spooled(
    devices: Devices, ingest: IngestProcess, frames: int, first: int
) -> tuple[int, GetSpoolResponse]:
    """Let devices speak until so many frames wait; how many readings share one nobody can say."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            first = await devices.work(1, first=first)
            if (spool := await spool_of(ingest)).frame_count >= frames:
                return first, spool


async def until_drained(ingest: IngestProcess) -> GetSpoolResponse:
    """Return the state of the buffer when it is empty, on disk too."""
    async with asyncio.timeout(2 * PATIENCE_S):
        while True:
            spool = await spool_of(ingest)
            if not (spool.frame_count or spool.stored_bytes):
                return spool
            await asyncio.sleep(0.2)


def first_arrivals_us(log: Log) -> list[int]:
    """The event times in the order of the log, each where it came first.

    After a kill the MQTT broker sends again what was on its way, perhaps in other frames.
    """
    frames = (raw_frame_from(message) for message in log.messages)
    return list(dict.fromkeys(int(t) for frame in frames for t in frame.event_time_us))


@pytest.mark.parametrize(
    ("hurt", "seconds"),
    [(killed, 20), (frozen, 10)],
    ids=["killed 20 s", "frozen 10 s"],
)
async def test_an_outage_costs_no_frame_no_order_and_no_acknowledgement(
    kafka_with_topics: Kafka, mqtt: Mqtt, tmp_path: Path, hurt: Any, seconds: int
) -> None:
    process = IngestProcess(tmp_path, kafka_with_topics.address, mqtt.url, spool=True)
    with running(process) as ingest:
        async with devices_of(ingest, mqtt) as devices:
            working = asyncio.create_task(devices.work(seconds + 6, rate=20))
            await until(lambda: len(devices.sent) > 20)
            with hurt(kafka_with_topics):
                await asyncio.sleep(seconds)
                during = await until_spooled(ingest, 5, since_s=seconds / 2)
            await working
            after = await until_drained(ingest)
            async with the_log(kafka_with_topics, RAW, ingest.park_id) as readings:
                await readings.until(lambda: devices.sent <= readings.told())

    assert 0 < during.stored_bytes <= during.limit_bytes
    assert readings.told() == devices.sent
    assert first_arrivals_us(readings) == sorted(first_arrivals_us(readings))
    assert (after.stored_bytes, after.dropped_frame_count) == (0, 0)


async def test_a_kill_of_ingest_while_kafka_is_away_loses_nothing_that_was_acknowledged(
    kafka_with_topics: Kafka, mqtt: Mqtt, tmp_path: Path
) -> None:
    process = IngestProcess(tmp_path, kafka_with_topics.address, mqtt.url, spool=True)
    with running(process) as ingest:
        async with devices_of(ingest, mqtt) as devices:
            first = await devices.work(1)
            with killed(kafka_with_topics):
                first, before = await worked_until_spooled(devices, ingest, 3, first)
                await asyncio.to_thread(ingest.kill)
                first = await devices.work(1, first=first)
                await asyncio.to_thread(ingest.start)
                wanted = before.frame_count + 3
                first, after = await worked_until_spooled(devices, ingest, wanted, first)
                await asyncio.to_thread(ingest.kill)
            await asyncio.to_thread(ingest.start)
            await devices.work(1, first=first)
            await until_drained(ingest)
            async with the_log(kafka_with_topics, RAW, ingest.park_id) as readings:
                await readings.until(lambda: devices.sent <= readings.told())

    assert after.frame_count > before.frame_count > 0
    assert readings.told() == devices.sent
    assert first_arrivals_us(readings) == sorted(first_arrivals_us(readings))


async def test_a_push_is_answered_by_kafka_alone_and_never_goes_to_disk(
    kafka_with_topics: Kafka, tmp_path: Path
) -> None:
    with running(IngestProcess(tmp_path, kafka_with_topics.address, spool=True)) as ingest:
        async with grpc.aio.insecure_channel(ingest.address) as channel:
            stub = TelemetryServiceStub(channel)
            with frozen(kafka_with_topics):
                push, refused = await refusal_of(stub, lambda n: a_push(ingest.park_id, f"k{n}"))
            spool = await spool_of(ingest)
            answer = await stub.Push(iter([push]), timeout=CALL_S)

    assert refused.code() is grpc.StatusCode.UNAVAILABLE
    assert spool.enabled
    assert spool.frame_count == 0
    assert answer.believed_count + answer.rejected_count == 1


async def test_without_a_folder_there_is_no_spool_and_it_says_so(
    kafka_with_topics: Kafka, tmp_path: Path
) -> None:
    with running(IngestProcess(tmp_path, kafka_with_topics.address)) as ingest:
        assert not (await spool_of(ingest)).enabled


def a_push(park_id: str, key: str) -> PushRequest:
    reading = PushedReading(point_id="weather.temperature_c", value=20.5)
    reading.event_time.FromDatetime(MORNING)
    return PushRequest(
        park_id=park_id, source_id="mqtt-site", idempotency_key=key, readings=[reading]
    )
