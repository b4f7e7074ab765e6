"""An ingest process for tests, and the log as it fills behind it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.demo.stack import Kafka
from services.demo.stack.ports import free_port
from services.runtime.frames import frame_from
from services.runtime.topics import READINGS, Topic, create_missing
from tests.support.builders import DEMO_PARK_FILE, MORNING, REPOSITORY

PATIENCE_S = 60.0
NOWHERE = "127.0.0.1:9"


@dataclass
class IngestProcess:
    """One ingest of a park of its own; `start` again after `kill` is the same ingest."""

    folder: Path
    kafka: str
    mqtt_url: str = f"mqtt://{NOWHERE}"
    modbus_port: int = 9
    speed: float = 1.0
    park_id: str = field(default_factory=lambda: f"park-{uuid4().hex[:8]}")
    grpc_port: int = field(default_factory=free_port)
    metrics_port: int = field(default_factory=free_port)
    began: float = field(default_factory=time.time)
    spool: bool = False
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.park_id}.log"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    def start(self) -> None:
        park = DEMO_PARK_FILE.read_text(encoding="utf-8")
        park = park.replace("id: demo-park", f"id: {self.park_id}")
        park = park.replace("topic_prefix: demo-park", f"topic_prefix: {self.park_id}")
        file = self.folder / f"{self.park_id}.yaml"
        file.write_text(park, encoding="utf-8")
        origin = MORNING.isoformat().replace("+00:00", "Z")
        environment = os.environ | {
            "PARKFLOW_PARK": str(file),
            "PARKFLOW_KAFKA": self.kafka,
            "PARKFLOW_MQTT": self.mqtt_url,
            "PARKFLOW_MODBUS_HOST": "127.0.0.1",
            "PARKFLOW_MODBUS_PORT": str(self.modbus_port),
            "PARKFLOW_CLOCK": f"{origin}@{self.began}x{self.speed:g}",
            "PARKFLOW_GRPC_PORT": str(self.grpc_port),
            "PARKFLOW_METRICS_PORT": str(self.metrics_port),
        }
        if self.spool:
            environment["PARKFLOW_SPOOL_FOLDER"] = str(self.folder / f"{self.park_id}-spool")
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.ingest"],
                env=environment,
                cwd=REPOSITORY,
                stderr=log,
            )
        self._wait_serving()

    def _wait_serving(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + PATIENCE_S
        with grpc.insecure_channel(self.address) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            while True:
                try:
                    answer = health.Check(health_pb2.HealthCheckRequest(), timeout=1)
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        return
                except grpc.RpcError:
                    pass
                assert self._process.poll() is None, self.log_file.read_text()[-3000:]
                assert time.monotonic() < deadline, self.log_file.read_text()[-3000:]
                time.sleep(0.1)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(30)
        self._process = None
        return code

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the log lines of this event."""
        lines = self.log_file.read_text(encoding="utf-8").splitlines()
        return [e for e in map(_parsed, lines) if e.get("event") == name]


def _parsed(line: str) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}
    return entry


@contextmanager
def ended(process: IngestProcess) -> Iterator[IngestProcess]:
    """An ingest that is ended whatever happens; the block starts it."""
    try:
        yield process
    finally:
        process.kill()


@contextmanager
def running(process: IngestProcess) -> Iterator[IngestProcess]:
    """An ingest from start to end."""
    with ended(process):
        process.start()
        yield process


@pytest.fixture(scope="session")
def kafka_with_topics(kafka: Kafka) -> Kafka:
    """A Kafka that has every topic of the map."""
    import asyncio

    asyncio.run(create_missing(kafka.address))
    return kafka


class Log:
    """What stands in a topic for one park, from the first message on."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: Topic, park_id: str) -> None:
        self._consumer, self._topic, self._park_id = consumer, topic, park_id
        self.messages: list[Any] = []
        self.headers: list[dict[str, bytes]] = []

    async def read(self) -> None:
        """Take in what is new."""
        for records in (await self._consumer.getmany(timeout_ms=100)).values():
            for record in records:
                message = self._topic.message.FromString(record.value)
                if self._park_id in (getattr(message, "park_id", ""), *_origin(message)):
                    self.messages.append(message)
                    self.headers.append(dict(record.headers))

    async def until(self, enough: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Read until `enough`; fails when it takes too long."""
        deadline = time.monotonic() + patience_s
        while not enough():
            assert time.monotonic() < deadline, f"{len(self.messages)} messages, not enough"
            await self.read()

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
        for payload in payloads:
            await producer.send_and_wait(topic.name, payload, key=key.encode(), headers=headers)
    finally:
        await producer.stop()
