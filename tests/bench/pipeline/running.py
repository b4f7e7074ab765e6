"""Kafka, PostgreSQL, ingest, validation and history as real processes, for one measurement."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psutil

from services.demo.service_process import ServiceProcess
from services.demo.stack import Kafka, Postgres, Server, StateFolder
from services.demo.stack.ports import free_port
from services.runtime.database import migrate, migration_files
from services.runtime.topics import create_missing
from tests.bench.pipeline.park_file import write_park
from tests.support.park_process import NOWHERE
from tests.support.stack import a_state_folder, started

SERVICES = ("ingest", "validation", "history")
PARK_FILE = "park.yaml"


@dataclass(frozen=True)
class Pipeline:
    """What runs; `services` are by name."""

    kafka: Kafka
    postgres: Postgres
    services: dict[str, ServiceProcess]

    @property
    def push_address(self) -> str:
        """Where ingest takes pushes."""
        return self.services["ingest"].address

    @property
    def database_url(self) -> str:
        """The database that history writes into."""
        return self.postgres.url()

    def cpu_seconds(self) -> dict[str, float]:
        """Return what each process and its children have used since their start."""
        servers: dict[str, Server] = {"Kafka": self.kafka, "PostgreSQL": self.postgres}
        return {name: cpu_seconds_of(s.pid) for name, s in (servers | self.services).items()}

    def resident_mb(self, service: str) -> float:
        """Return what one service holds in memory."""
        return self.services[service].memory_bytes() / 1e6


def cpu_seconds_of(pid: int) -> float:
    """Return the CPU time of a process, its living children and those that have ended."""
    process = psutil.Process(pid)
    own = process.cpu_times()
    total: float = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        try:
            used = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
    return total


@contextmanager
def a_pipeline(points: int, services: tuple[str, ...] = SERVICES) -> Iterator[Pipeline]:
    """Bring the pipeline of a park of `points` points up; end it whatever happens."""
    with a_state_folder() as folder, ExitStack() as up:
        kafka = Kafka(folder, port=free_port(), controller_port=free_port())
        postgres = Postgres(folder, port=free_port())
        for server in (kafka, postgres):
            up.enter_context(started(server))
        asyncio.run(_prepare(kafka, postgres, services))
        write_park(folder.path / PARK_FILE, points)
        running = {name: _service(folder, name, kafka, postgres) for name in services}
        for service in running.values():
            up.enter_context(started(service))
        yield Pipeline(kafka, postgres, running)


async def _prepare(kafka: Kafka, postgres: Postgres, services: tuple[str, ...]) -> None:
    await create_missing(kafka.address)
    for name in services:
        if migration_files(name):
            await migrate(name, postgres.url())


def _service(folder: StateFolder, name: str, kafka: Kafka, postgres: Postgres) -> ServiceProcess:
    grpc_port, metrics_port = free_port(), free_port()
    environment = {
        "PARKFLOW_PARK": str(folder.path / PARK_FILE),
        "PARKFLOW_KAFKA": kafka.address,
        "PARKFLOW_CLOCK": "wall",
        "PARKFLOW_MQTT": f"mqtt://{NOWHERE}",
        "PARKFLOW_MODBUS_HOST": "127.0.0.1",
        "PARKFLOW_MODBUS_PORT": "9",
        "PARKFLOW_GRPC_PORT": str(grpc_port),
        "PARKFLOW_METRICS_PORT": str(metrics_port),
        "PARKFLOW_LOG_LEVEL": "error",
    }
    if migration_files(name):
        environment["PARKFLOW_DATABASE_URL"] = postgres.url()
    return ServiceProcess(
        folder, name, grpc_port=grpc_port, metrics_port=metrics_port, environment=environment
    )


def wait_until(reached: "object", patience_s: float) -> None:
    """Wait until `reached()`; AssertionError when it takes longer than `patience_s`."""
    deadline = time.monotonic() + patience_s
    while not reached():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"not reached within {patience_s:.0f} s"
        time.sleep(0.05)
