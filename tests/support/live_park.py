"""Ingest, validation and history of one park as processes, for the tests of a file."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from prometheus_client.parser import text_string_to_metric_families

from parkflow.history.v1.history_service_pb2_grpc import HistoryServiceStub
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from parkflow.validation.v1.validation_service_pb2_grpc import ValidationServiceStub
from services.demo.stack import Kafka
from services.runtime.database import migrate
from tests.support.history_process import HistoryProcess
from tests.support.ingest import IngestProcess, ValidationProcess
from tests.support.park_client import Client
from tests.support.park_process import ParkProcess
from tests.support.patience import CALL_S


@dataclass
class LivePark:
    """The three services of a park."""

    ingest: IngestProcess
    validation: ValidationProcess
    history: HistoryProcess

    @property
    def park_id(self) -> str:
        return self.ingest.park_id

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[Client]:
        """Somebody who is connected to all of them."""
        workers = self.ingest, self.validation, self.history
        channels = [grpc.aio.insecure_channel(worker.address) for worker in workers]
        stubs = TelemetryServiceStub, ValidationServiceStub, HistoryServiceStub
        try:
            yield Client(self.park_id, *map(_stub, stubs, channels))
        finally:
            await asyncio.gather(*(channel.close() for channel in channels))


def _stub(kind: Callable[[grpc.aio.Channel], Any], channel: grpc.aio.Channel) -> Any:
    return kind(channel)


def metric(worker: ParkProcess, name: str) -> dict[tuple[str, ...], float]:
    """Return a metric of a worker's page by the values of its own labels, in their names' order."""
    page = f"http://127.0.0.1:{worker.metrics_port}/metrics"
    with urllib.request.urlopen(page, timeout=CALL_S) as answer:
        families = [*text_string_to_metric_families(answer.read().decode())]
    return {
        tuple(
            value for label, value in sorted(one.labels.items()) if not label.startswith("otel_")
        ): one.value
        for family in families
        for one in family.samples
        if one.name == name
    }


@contextmanager
def a_live_park(kafka: Kafka, url: str, folder: Path) -> Iterator[LivePark]:
    """A park whose three services run; history leaves its group, so that the next one begins."""
    for service in ("validation", "history"):
        asyncio.run(migrate(service, url))
    ingest = IngestProcess(folder, kafka.address)
    same: dict[str, Any] = {"park_id": ingest.park_id, "began": ingest.began}
    validation = ValidationProcess(folder, kafka.address, url, **same)
    history_process = HistoryProcess(folder, kafka.address, url, **same)
    workers: tuple[ParkProcess, ...] = (ingest, validation, history_process)
    try:
        with ThreadPoolExecutor() as side_by_side:
            list(side_by_side.map(lambda worker: worker.start(), workers))
        yield LivePark(ingest, validation, history_process)
    finally:
        history_process.stop()
        for worker in workers:
            worker.kill()


@pytest.fixture(scope="module")
def live_park(
    kafka_with_topics: Kafka, module_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LivePark]:
    """A park that the tests of a file share; each takes points of its own."""
    with a_live_park(kafka_with_topics, module_database, tmp_path_factory.mktemp("park")) as park:
        yield park


@pytest.fixture
async def client(live_park: LivePark) -> AsyncIterator[Client]:
    """Somebody who pushes to the park, edits and asks."""
    async with live_park.asked() as client:
        yield client
