"""MQTT to Kafka: what cannot be read is told, and nothing that a broker holds is ever lost."""

import asyncio
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.demo.stack import Kafka, Mqtt
from services.demo.stack.mqtt import SYSTEM_PROGRAMS
from services.demo.stack.ports import free_port
from services.runtime.topics import DEAD_LETTERS, RAW
from tests.support.field import until
from tests.support.ingest import IngestProcess, running, the_log
from tests.support.mqtt_devices import devices_of
from tests.support.stack import a_state_folder, frozen, killed, started

has_mosquitto = shutil.which("mosquitto", path=SYSTEM_PROGRAMS) is not None


@pytest.fixture(params=["", "mosquitto"], ids=["ours", "mosquitto"])
def broker(request: pytest.FixtureRequest) -> Iterator[Mqtt]:
    if request.param and not has_mosquitto:
        pytest.skip("mosquitto is not installed")
    with a_state_folder() as folder:
        server = Mqtt(folder, port=free_port(), broker=request.param)
        with started(server):
            yield server


async def test_a_payload_that_cannot_be_read_is_told_and_harms_no_other(
    kafka_with_topics: Kafka, mqtt: Mqtt, tmp_path: Path
) -> None:
    with running(IngestProcess(tmp_path, kafka_with_topics.address, mqtt.url)) as ingest:
        async with (
            devices_of(ingest, mqtt) as devices,
            the_log(kafka_with_topics, RAW, ingest.park_id) as readings,
            the_log(kafka_with_topics, DEAD_LETTERS, ingest.park_id) as letters,
        ):
            await devices.tell("steel", 1, active_power_w=1000.0)
            await devices.raw("steel", b'\x00\xff{"ts": "yesterday", "values": [')
            await devices.raw("steel", '{"ts": "yesterday", "values": {"active_power_w": 1}}')
            await devices.raw("steel", '{"ts": "2019-06-03T22:00:00", "values": {}}')
            await devices.raw("steel", "[1, 2]")
            await devices.raw("steel", '{"ts": "2019-06-03T22:00:00Z", "values": 7}')
            await devices.raw("nobody", '{"ts": "2019-06-03T22:00:00Z", "values": {}}')
            await devices.raw(
                "offices",
                '{"ts": "2019-06-03T22:00:00Z", "values": {"active_power_w": "many", '
                '"consumption_energy_wh": 7, "colour": 3, "": 5}}',
            )
            await devices.tell("steel", 2, active_power_w=2000.0)

            await readings.until(lambda: devices.sent <= readings.told())
            await letters.until(lambda: len(letters.messages) >= 7)

    details = " | ".join(letter.detail for letter in letters.messages)
    for words in ("not JSON", "yesterday", "no time zone", "not an object", '"values" is 7'):
        assert words in details
    assert "no device 'nobody' in the park file" in details
    assert "cannot be a quantity" in details
    offices = {point: value for point, _, value in readings.told() if point.startswith("offices")}
    assert math.isnan(offices.pop("offices.active_power_w"))
    assert offices == {"offices.consumption_energy_wh": 7.0, "offices.colour": 3.0}
    assert all(letter.payload for letter in letters.messages)
    assert all(b"-" in headers["traceparent"] for headers in readings.headers)


async def test_a_killed_ingest_loses_nothing(
    kafka_with_topics: Kafka, broker: Mqtt, tmp_path: Path
) -> None:
    with running(IngestProcess(tmp_path, kafka_with_topics.address, broker.url)) as ingest:
        async with (
            devices_of(ingest, broker) as devices,
            the_log(kafka_with_topics, RAW, ingest.park_id) as readings,
        ):
            first = 0
            for _ in range(2):
                first = await devices.work(1, first=first)
                working = asyncio.create_task(devices.work(1, first=first))
                await asyncio.to_thread(ingest.kill)
                first = await working
                working = asyncio.create_task(devices.work(1, first=first))
                await asyncio.to_thread(ingest.start)
                first = await working

            await readings.until(lambda: devices.sent <= readings.told())

    assert readings.told() == devices.sent


@pytest.mark.parametrize(
    ("hurt", "seconds"),
    [
        (frozen, 6),
        (killed, 6),
        pytest.param(frozen, 20, marks=[pytest.mark.slow, pytest.mark.timeout(400)]),
    ],
    ids=["frozen 6 s", "killed 6 s", "frozen 20 s"],
)
async def test_a_kafka_that_is_away_under_load_costs_nothing(
    kafka_with_topics: Kafka, mqtt: Mqtt, tmp_path: Path, hurt: Any, seconds: int
) -> None:
    with running(IngestProcess(tmp_path, kafka_with_topics.address, mqtt.url)) as ingest:
        async with devices_of(ingest, mqtt) as devices:
            working = asyncio.create_task(devices.work(seconds + 5, rate=20))
            await until(lambda: len(devices.sent) > 20)
            with hurt(kafka_with_topics):
                await asyncio.sleep(seconds)
                await until(lambda: "kafka" in [e["what"] for e in ingest.events("waiting")])
            await working
            async with the_log(kafka_with_topics, RAW, ingest.park_id) as readings:
                await readings.until(lambda: devices.sent <= readings.told(), 120)

    assert readings.told() == devices.sent


async def test_a_broker_that_comes_back_finds_ingest_again(
    kafka_with_topics: Kafka, broker: Mqtt, tmp_path: Path
) -> None:
    with running(IngestProcess(tmp_path, kafka_with_topics.address, broker.url)) as ingest:
        async with devices_of(ingest, broker) as devices:
            await devices.work(1)
        broker.stop()
        broker.start()
        async with (
            devices_of(ingest, broker) as again,
            the_log(kafka_with_topics, RAW, ingest.park_id) as readings,
        ):
            await again.work(1, first=100)

            await readings.until(lambda: devices.sent | again.sent <= readings.told())


async def test_ingest_ends_in_good_order_when_told(
    kafka_with_topics: Kafka, mqtt: Mqtt, tmp_path: Path
) -> None:
    with running(IngestProcess(tmp_path, kafka_with_topics.address, mqtt.url)) as ingest:
        assert await asyncio.to_thread(ingest.stop) == 0
