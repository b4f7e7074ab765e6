"""Ingest and validation as processes for tests, and the log as it fills behind them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from google.protobuf.message import DecodeError, Message

from services.demo.stack import Kafka
from services.runtime.frames import frame_from
from services.runtime.patience import patiently
from services.runtime.raw_frames import raw_frame_from
from services.runtime.topics import RAW, READINGS, Topic, create_missing
from tests.support.park_process import NOWHERE, PATIENCE_S, ParkProcess, ended, running

__all__ = ["IngestProcess", "ValidationProcess", "ended", "running", "the_log", "write"]


@dataclass
class IngestProcess(ParkProcess):
    """One ingest of a park of its own."""

    service: ClassVar[str] = "ingest"
    mqtt_url: str = f"mqtt://{NOWHERE}"
    modbus_port: int = 9
    spool: bool = False

    def environment(self) -> dict[str, str]:
        told = {
            "PARKFLOW_MQTT": self.mqtt_url,
            "PARKFLOW_MODBUS_HOST": "127.0.0.1",
            "PARKFLOW_MODBUS_PORT": str(self.modbus_port),
        }
        if self.spool:
            told["PARKFLOW_SPOOL_FOLDER"] = str(self.folder / f"{self.park_id}-spool")
        return told

    async def until_connected(self, source_id: str, times: int = 1) -> None:
        """Wait until a source was connected so often (all starts together)."""
        async with asyncio.timeout(PATIENCE_S):
            while self._connections(source_id) < times:  # noqa: ASYNC110  another process
                await asyncio.sleep(0.05)

    def _connections(self, source_id: str) -> int:
        return sum(e["source"] == source_id for e in self.events("source_connected"))


@dataclass
class ValidationProcess(ParkProcess):
    """One worker of a park's validation."""

    service: ClassVar[str] = "validation"
    database_url: str
    checkpoint_every_s: float = 1.0

    def environment(self) -> dict[str, str]:
        return {
            "PARKFLOW_DATABASE_URL": self.database_url,
            "PARKFLOW_CHECKPOINT_EVERY_S": str(self.checkpoint_every_s),
        }

    def kept(self) -> dict[int, int]:
        """Return the offset of each partition's checkpoint."""
        with psycopg.connect(self.database_url) as connection:
            query = "SELECT partition, next_offset FROM validation.checkpoint WHERE park_id = %s"
            return dict(connection.execute(query, (self.park_id,)).fetchall())


@pytest.fixture(scope="session")
def kafka_with_topics(kafka: Kafka) -> Kafka:
    """A Kafka that has every topic of the map."""
    asyncio.run(with_topics(kafka))
    return kafka


async def with_topics(kafka: Kafka) -> None:
    """Make every topic of the map; a broker that has just started may not know of itself yet."""
    await patiently(lambda: create_missing(kafka.address), "kafka")


class Log:
    """What stands in a topic for one park, from the first message on."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: Topic, park_id: str) -> None:
        self._consumer, self._topic, self._park_id = consumer, topic, park_id
        self.messages: list[Any] = []
        self.headers: list[dict[str, bytes]] = []

    async def read(self) -> None:
        """Take in what is new; what is no message was put there by another test."""
        for records in (await self._consumer.getmany(timeout_ms=100)).values():
            for record in records:
                try:
                    message = self._topic.message.FromString(record.value)
                except DecodeError:
                    continue
                if self._park_id in (getattr(message, "park_id", ""), *_origin(message)):
                    self.messages.append(message)
                    self.headers.append(dict(record.headers))

    async def read_all(self) -> None:
        """Take in everything that stands in the topic at this moment."""
        ends = await self._consumer.end_offsets(self._consumer.assignment())
        async with asyncio.timeout(PATIENCE_S):
            while any([await self._consumer.position(one) < end for one, end in ends.items()]):
                await self.read()

    async def until(self, enough: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Read until `enough`; fails when it takes too long."""
        deadline = time.monotonic() + patience_s
        while not enough():
            assert time.monotonic() < deadline, f"{len(self.messages)} messages, not enough"
            await self.read()

    def told(self) -> set[tuple[str, int, float]]:
        """Return every (point, microseconds, value) of the raw frames."""
        assert self._topic is RAW
        return {
            (frame.point_ids[frame.point_index[i]], int(frame.event_time_us[i]), float(value))
            for frame in map(raw_frame_from, self.messages)
            for i, value in enumerate(frame.value)
        }

    def rows(self) -> list[tuple[str, int, float, int, int]]:
        """Return every row of every frame: point, microseconds, value, verdict, doubt."""
        assert self._topic is READINGS
        return [
            (
                frame.point_ids[frame.point_index[i]],
                int(frame.event_time_us[i]),
                float(frame.value[i]),
                int(frame.verdict[i]),
                int(frame.doubt[i]),
            )
            for frame in map(frame_from, self.messages)
            for i in range(len(frame))
        ]

    def believed(self) -> set[tuple[str, int, float]]:
        """Return the believed (point, microseconds, value)."""
        return {row[:3] for row in self.rows() if row[3] == 1}


def _origin(message: Message) -> list[str]:
    """Return the park a dead letter's origin names, as the first level of its MQTT topic."""
    origin = getattr(message, "origin", "")
    return [origin.removeprefix("mqtt:").split("/")[0]] if origin.startswith("mqtt:") else []


@asynccontextmanager
async def the_log(kafka: Kafka, topic: Topic, park_id: str) -> AsyncIterator[Log]:
    """Everything in `topic` of this park."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.address, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        yield Log(consumer, topic, park_id)
    finally:
        await consumer.stop()


async def write(
    kafka: Kafka, topic: Topic, key: str, *messages: Message, traceparent: str = ""
) -> None:
    """Put messages into a topic as another service would."""
    await put(
        kafka, topic, key, *(m.SerializeToString() for m in messages), traceparent=traceparent
    )


async def put(
    kafka: Kafka, topic: Topic, key: str, *payloads: bytes, traceparent: str = ""
) -> None:
    """Put bytes into a topic, whatever they are."""
    headers = [("traceparent", traceparent.encode())] if traceparent else []
    producer = AIOKafkaProducer(bootstrap_servers=kafka.address)
    await producer.start()
    try:
        sent = [
            await producer.send(topic.name, payload, key=key.encode(), headers=headers)
            for payload in payloads
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
