"""Ingest, validation and history of a park as processes on a Kafka and PostgreSQL of their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Protocol
from uuid import uuid4

import psycopg

from services.demo.stack import Kafka, Postgres
from services.demo.stack.ports import free_port
from services.runtime.database import migrate
from services.runtime.topics import DEAD_LETTERS, EDITS, INTERVALS, RAW, READINGS, Topic
from tests.support.field_day import DAY_ENDS
from tests.support.ingest import IngestProcess, ValidationProcess, with_topics
from tests.support.kept import Kept, kept_of
from tests.support.log_read import until_read
from tests.support.park_process import ParkProcess
from tests.support.stack import a_state_folder, started

SETTLE_S = 400.0
OF_HISTORY = (READINGS, INTERVALS, DEAD_LETTERS)
"""What history keeps of what ingest and validation publish."""
NOW = DAY_ENDS + timedelta(hours=1)
"""Park time at the start: all of the day is late, however long a run takes."""
MORE_OF_THE_PARK = """
topology:
  - {id: park, meter: grid, children: [steel, metalwork, electroplating, labs_a, labs_b, offices,
      pv, wind, battery], tolerance_kwh: 0.5}
virtual_points:
  - {id: works.active_power_w, formula: steel.active_power_w + metalwork.active_power_w, step: 5min}
  - {id: net.active_power_w, formula: works.active_power_w + pv.active_power_w, step: 15min}
"""


@dataclass
class HistoryProcess(ParkProcess):
    """One worker of history."""

    service: ClassVar[str] = "history"
    database_url: str

    def environment(self) -> dict[str, str]:
        return {"PARKFLOW_DATABASE_URL": self.database_url}


class Victim(Protocol):
    """What can be killed and started again."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


@dataclass(frozen=True)
class Servers:
    """A Kafka with all topics and a PostgreSQL that nobody else uses."""

    kafka: Kafka
    postgres: Postgres


@contextmanager
def own_servers() -> Iterator[Servers]:
    """Start them; they may be hurt at will."""
    with a_state_folder() as folder:
        kafka = Kafka(folder, port=free_port(), controller_port=free_port())
        postgres = Postgres(folder, port=free_port())
        with started(kafka), started(postgres):
            asyncio.run(with_topics(kafka))
            yield Servers(kafka, postgres)


@dataclass
class Pipeline:
    """What a run has: `workers` by name, ended with it."""

    servers: Servers
    folder: Path
    url: str
    now: datetime = NOW
    park_id: str = field(default_factory=lambda: f"park-{uuid4().hex[:8]}")
    began: float = field(default_factory=time.time)
    workers: dict[str, ParkProcess] = field(default_factory=dict)

    def add(self, name: str, kind: type[ParkProcess], **settings: Any) -> ParkProcess:
        """Return a new worker of this park, not yet started."""
        if not issubclass(kind, IngestProcess):
            settings["database_url"] = self.url
        self.workers[name] = kind(
            self.folder,
            self.servers.kafka.address,
            origin=self.now,
            began=self.began,
            park_id=self.park_id,
            more_of_the_park=MORE_OF_THE_PARK,
            **settings,
        )
        return self.workers[name]

    @property
    def victims(self) -> dict[str, Victim]:
        """Everything that can be killed, by name."""
        servers: dict[str, Victim] = {
            "broker": self.servers.kafka,
            "database": self.servers.postgres,
        }
        return {**self.workers, **servers}

    async def start(self, *names: str) -> None:
        """Start workers (all by default) side by side."""
        wanted = [self.workers[name] for name in names or self.workers]
        await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in wanted))

    async def settle(self, patience_s: float = SETTLE_S) -> None:
        """Wait until everything in the log is done and rolled up; fails when it takes too long."""
        park = f"parkflow-validation-{self.park_id}"
        async with asyncio.timeout(patience_s):
            await self._until_read(park, RAW)
            await self._until_read(f"{park}-virtual", READINGS)
            await self._until_read(f"{park}-accounts", INTERVALS, EDITS)
            await self._until_read(f"{park}-balances", INTERVALS)
            await self._until_read("parkflow-history-bulk", *OF_HISTORY)
            while self._waiting():  # noqa: ASYNC110  another process
                await asyncio.sleep(0.3)

    def kept(self, *queries: dict[str, str]) -> Kept:
        """Return what the run left."""
        return kept_of(self.url, self.park_id, *queries)

    def failures(self) -> list[str]:
        """Return what workers died of by themselves, and what they could not handle."""
        return [
            f"{name}: {line}"
            for name, worker in self.workers.items()
            for event in ("failed", "bug", "batch_failed", "dead_letter")
            for line in worker.events(event)
        ]

    async def _until_read(self, group: str, *topics: Topic) -> None:
        await until_read(self.servers.kafka.address, group, *topics)

    def _waiting(self) -> int:
        with psycopg.connect(self.url) as connection:
            row = connection.execute("SELECT count(*) FROM history.touched").fetchone()
        return int(row[0]) if row else 0


@asynccontextmanager
async def a_pipeline(servers: Servers, folder: Path, **settings: Any) -> AsyncIterator[Pipeline]:
    """A pipeline with a database of its own; the block adds and starts its workers."""
    name = f"run_{uuid4().hex[:8]}"
    url = servers.postgres.create_database(name)
    for service in ("validation", "history"):
        await migrate(service, url)
    pipeline = Pipeline(servers, folder, url, **settings)
    try:
        yield pipeline
    finally:
        await asyncio.gather(*(asyncio.to_thread(_leave, w) for w in pipeline.workers.values()))
        servers.postgres.drop_database(name)


def _leave(worker: ParkProcess) -> None:
    """End a worker; history leaves its group, or the next run's waits until its session is over."""
    if worker.service == "history" and worker.is_running:
        worker.stop()
    worker.kill()


def whole(pipeline: Pipeline, without: str = "") -> None:
    """Add one worker of each service."""
    kinds = (IngestProcess, ValidationProcess, HistoryProcess)
    for kind in kinds:
        if kind.service != without:
            pipeline.add(kind.service, kind)
