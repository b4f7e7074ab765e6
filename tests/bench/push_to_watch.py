"""From a gRPC push to the judged reading in Watch: `python -m tests.bench.push_to_watch`.

Beside it the two parts that were there before the raw topic: push until Kafka has it, and one
trip through Kafka by hand.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import grpc
import numpy as np
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from parkflow.telemetry.v1.telemetry_service_pb2 import PushRequest, WatchRequest
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.demo.stack import Kafka, Postgres
from services.demo.stack.ports import free_port
from services.runtime.database import migrate
from services.runtime.topics import DEAD_LETTERS, create_missing
from tests.support.builders import after
from tests.support.ingest import IngestProcess, ValidationProcess, running
from tests.support.stack import a_state_folder, started

PUSHES = 400
PAUSE_S = 0.05


async def _trips(kafka: str) -> list[float]:
    """Return how long a small message takes from one Kafka client to another, in seconds."""
    consumer = AIOKafkaConsumer(DEAD_LETTERS.name, bootstrap_servers=kafka, fetch_max_wait_ms=25)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=2)
    await consumer.start()
    await producer.start()
    took = []
    try:
        for _ in range(PUSHES):
            began = time.monotonic()
            await producer.send(DEAD_LETTERS.name, b"x")
            await consumer.getone()
            took.append(time.monotonic() - began)
            await asyncio.sleep(PAUSE_S)
    finally:
        await consumer.stop()
        await producer.stop()
    return took


async def _pushes(ingest: IngestProcess) -> tuple[list[float], list[float]]:
    """Return seconds from push to answer, and from push to Watch."""
    answered, watched = [], []
    async with grpc.aio.insecure_channel(ingest.address) as channel:
        stub = TelemetryServiceStub(channel)
        watch = stub.Watch(WatchRequest(park_id=ingest.park_id))
        await watch.read()
        for number in range(PUSHES):
            request = PushRequest(
                park_id=ingest.park_id, source_id=f"s{number % 8}", idempotency_key=f"{number}"
            )
            reading = request.readings.add(point_id="weather.temperature_c", value=number % 9)
            reading.event_time.FromDatetime(after(seconds=number - 3600))
            began = time.monotonic()
            await stub.Push(iter([request]))
            answered.append(time.monotonic() - began)
            await watch.read()
            watched.append(time.monotonic() - began)
            await asyncio.sleep(PAUSE_S)
    return answered, watched


def _line(what: str, took: list[float]) -> str:
    p50, p90, p99 = np.percentile(np.array(took) * 1e3, [50, 90, 99])
    return f"{what:<28} p50 {p50:6.1f} ms  p90 {p90:6.1f} ms  p99 {p99:6.1f} ms"


def main() -> None:
    """Start what is needed, measure, print."""
    with a_state_folder() as folder:
        kafka = Kafka(folder, port=free_port(), controller_port=free_port())
        postgres = Postgres(folder, port=free_port())
        with started(kafka), started(postgres), tempfile.TemporaryDirectory() as home:
            asyncio.run(create_missing(kafka.address))
            asyncio.run(migrate("validation", postgres.url()))
            ingest = IngestProcess(Path(home), kafka.address)
            validation = ValidationProcess(
                Path(home), kafka.address, postgres.url(), park_id=ingest.park_id,
                began=ingest.began,
            )  # fmt: skip
            with running(ingest), running(validation):
                time.sleep(3.0)
                answered, watched = asyncio.run(_pushes(ingest))
                print(_line("one trip through Kafka", asyncio.run(_trips(kafka.address))))
                print(_line("push -> answer", answered))
                print(_line("push -> judged in Watch", watched))


if __name__ == "__main__":
    main()
