"""A whole history of one database, in this process: writers, refresher, readers, gRPC.

`engine_url` gives the same test a database with native partitions and one with TimescaleDB:
`PARKFLOW_TEST_TIMESCALE_URL` names a server that has it, unless the tests' own PostgreSQL does.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import grpc
import psycopg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from psycopg import sql

from parkflow.history.v1 import history_service_pb2 as wire
from parkflow.history.v1.history_service_pb2_grpc import (
    HistoryServiceStub,
    add_HistoryServiceServicer_to_server,
)
from parkflow.type.v1.interval_pb2 import Interval
from services.demo.stack import Postgres
from services.history.admission import AT_ONCE, READER_OPTIONS, WATCHING_CONNECTIONS
from services.history.domain.courses import courses_of
from services.history.energy_store import EnergyStore
from services.history.refreshing import Refresher
from services.history.rpc import HistoryRpc
from services.history.settings import Settings
from services.history.store import ReadingStore
from services.history.stream import HistoryWriter
from services.history.watching import Head
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from services.runtime.frames import Frame
from services.runtime.grpc_server import GrpcServer
from services.runtime.park_file import load_park
from tests.support.builders import DEMO_PARK_FILE
from tests.support.history import received
from tests.support.patience import PATIENCE_S

ENGINES = ["native partitions", "timescaledb"]
TIMESCALE = "PARKFLOW_TEST_TIMESCALE_URL"
SHANGHAI = ZoneInfo("Asia/Shanghai")
CALL_S = PATIENCE_S


@dataclass
class History:
    """What a test may ask of it."""

    url: str
    database: Database
    readers: Database
    writer: HistoryWriter
    refresher: Refresher
    stub: Any
    address: str

    async def write(self, *frames: Frame) -> None:
        """Let history take frames, one batch."""
        await self.writer.write([received(frame) for frame in frames])

    def another_writer(self) -> HistoryWriter:
        """Return a writer that remembers nothing of this one."""
        return a_writer(self.database)

    def rows(self, query: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]


def a_writer(database: Database, zone: ZoneInfo = SHANGHAI) -> HistoryWriter:
    """Return a writer that remembers nothing."""
    return HistoryWriter(
        database, ReadingStore(database), EnergyStore(database, zone), ParkClock.wall()
    )


@asynccontextmanager
async def running_history(url: str, zone: ZoneInfo = SHANGHAI) -> AsyncIterator[History]:
    """Run history on a database."""
    await migrate("history", url)
    database = Database("history", url)
    readers = Database("history", url, AT_ONCE + WATCHING_CONNECTIONS, READER_OPTIONS)
    await database.start()
    await readers.start()
    head = Head(readers)
    following = asyncio.create_task(head.follow())
    server = GrpcServer(Settings(park=Path("parks/demo.yaml"), database_url=url, grpc_port=0))
    courses = courses_of(load_park(DEMO_PARK_FILE))
    rpc = HistoryRpc("demo-park", zone, courses, readers, head)
    server.add(add_HistoryServiceServicer_to_server, rpc, "parkflow.history.v1.HistoryService")
    await server.start()
    address = f"127.0.0.1:{server.port}"
    async with grpc.aio.insecure_channel(
        address, options=[("grpc.max_receive_message_length", 64 << 20)]
    ) as channel:
        yield History(
            url,
            database,
            readers,
            a_writer(database, zone),
            Refresher(database, zone),
            HistoryServiceStub(channel),
            address,
        )
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    await server.stop()
    await readers.stop()
    await database.stop()


@pytest.fixture(params=ENGINES)
def engine_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database of each engine, dropped after the test."""
    if request.param == "timescaledb":
        yield from _with_timescale(request)
    elif not (postgres := request.getfixturevalue("postgres")).programs.offers_timescaledb():
        yield request.getfixturevalue("fresh_database")
    else:
        yield from _without_extension(postgres)


def _with_timescale(request: pytest.FixtureRequest) -> Iterator[str]:
    if named := os.environ.get(TIMESCALE):
        yield from _database_at(named)
        return
    if not request.getfixturevalue("postgres").programs.offers_timescaledb():
        pytest.skip(f"no TimescaleDB at hand; {TIMESCALE} may name one")
    yield request.getfixturevalue("fresh_database")


def _without_extension(postgres: Postgres) -> Iterator[str]:
    pytest.skip(f"{postgres.name} here makes every database with TimescaleDB")


def _database_at(server: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield psycopg.conninfo.make_conninfo(server, dbname=name)
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
async def history(engine_url: str) -> AsyncIterator[History]:
    """A running history on each engine."""
    async with running_history(engine_url) as running:
        yield running


def stamp(moment: datetime) -> Timestamp:
    """Return an instant as a message."""
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def interval(start: datetime, end: datetime) -> Interval:
    """Return a half-open interval as a message."""
    return Interval(start=stamp(start), end=stamp(end))


async def range_of(
    history: History,
    points: list[str],
    start: datetime,
    end: datetime,
    *,
    page_size: int = 0,
    **more: Any,
) -> list[tuple[str, datetime, float]]:
    """Return (point, event time, value) of all pages."""
    request = wire.GetRangeRequest(
        park_id="demo-park",
        point_ids=points,
        interval=interval(start, end),
        page_size=page_size,
        **more,
    )
    found = []
    while True:
        page = await history.stub.GetRange(request, timeout=CALL_S)
        found += [
            (r.point_id, r.event_time.ToDatetime(start.tzinfo), r.value) for r in page.readings
        ]
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token
