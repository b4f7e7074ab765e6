"""A park of two enterprises with its live books in PostgreSQL, and its service over gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import grpc

from parkflow.carbon.v1.carbon_service_pb2_grpc import (
    CarbonServiceServicer,
    CarbonServiceStub,
    add_CarbonServiceServicer_to_server,
)
from services.carbon_accounting.domain.inventory.site import (
    Choices,
    Meter,
    Owner,
    Role,
    Site,
)
from services.carbon_accounting.settings import Settings
from services.energy.site import Tenant, Text
from services.energy.time_grid import QUARTER
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.grpc_server import GrpcServer
from tests.support.builders import DEMO_PARK_FILE

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YEAR = datetime(2024, 12, 31, 16, tzinfo=UTC)  # 2025-01-01 in the park
SPRING = datetime(2025, 4, 15, tzinfo=UTC)
GRID, WIND, STEEL, CLOTH = "grid.in", "wind.made", "steel.used", "cloth.used"
METERS = (
    Meter(GRID, Role.GRID_IMPORT, "Wh"),
    Meter(WIND, Role.GENERATION, "Wh", kind="wind"),
    Meter(STEEL, Role.CONSUMPTION, "Wh", owner=Owner("steel")),
    Meter(CLOTH, Role.CONSUMPTION, "Wh", owner=Owner("cloth")),
)


def a_site(park_id: str, **choices: Any) -> Site:
    """Two enterprises at one node, with wind of their own; the year 2025 has factors of 2023."""
    usual = Choices(region="CN", factor_year=2023)
    return Site(
        id=park_id,
        name=Text("Two", "二"),
        time_zone=SHANGHAI,
        currency="CNY",
        step=QUARTER,
        enterprises=(
            Tenant("steel", Text("Steel", "钢")),
            Tenant("cloth", Text("Cloth", "布")),
        ),
        nodes=("main",),
        meters=METERS,
        stores=(),
        streams=(),
        gas_balances=(),
        keys=(),
        products=(),
        choices=replace(usual, **choices),
    )


async def tell(database: Database, park_id: str, point: str, start: datetime, *wh: int) -> None:
    """Keep words: all of each quarter hour from `start` on is believed."""
    async with database.transaction() as connection:
        copy = connection.cursor().copy(
            "COPY register_quarter (park_id, start, point_id, believed_wh, estimated_wh,"
            " suspense_wh, written_off_wh, believed_us, known_us, methods, known_at, log_position,"
            " frame_number) FROM STDIN"
        )
        async with copy as rows:
            for number, one in enumerate(wh):
                at = start + number * QUARTER
                row = (park_id, at, point, one, 0, 0, 0, 900_000_000, 900_000_000, 0)
                await rows.write_row((*row, at + QUARTER, number, 0))


async def tell_all(
    database: Database,
    park_id: str,
    start: datetime,
    *,
    steel: Sequence[int],
    cloth: Sequence[int],
    wind: Sequence[int] | None = None,
) -> None:
    """Keep what both used and the wind gave; the rest came from the grid."""
    made = list(wind) if wind is not None else [0] * len(steel)
    grid = [a + b - c for a, b, c in zip(steel, cloth, made, strict=True)]
    for point, some in ((GRID, grid), (WIND, made), (STEEL, steel), (CLOTH, cloth)):
        await tell(database, park_id, point, start, *some)


@dataclass
class Wakes:
    """Counts how often somebody was woken."""

    count: int = 0

    def __call__(self) -> None:
        self.count += 1


def clock_at(moment: datetime) -> ParkClock:
    """A clock that (nearly) stands at a moment."""
    return ParkClock(moment, datetime.now(UTC).timestamp(), 0.001)


@dataclass
class Served:
    """The service and who asks it."""

    stub: CarbonServiceStub
    park_id: str
    wakes: Wakes = field(default_factory=Wakes)


@asynccontextmanager
async def serving(servicer: CarbonServiceServicer) -> AsyncIterator[CarbonServiceStub]:
    """Serve on a free port of this machine."""
    settings = Settings(park=DEMO_PARK_FILE, database_url="none", grpc_port=0, metrics_port=0)
    server = GrpcServer(settings)
    server.add(add_CarbonServiceServicer_to_server, servicer, "parkflow.carbon.v1.CarbonService")
    await server.start()
    await server.set_serving(True)
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield CarbonServiceStub(channel)
    finally:
        await server.stop()


def days(count: int) -> timedelta:
    return timedelta(days=count)


async def mark_booked(database: Database, park_id: str, start: datetime) -> None:
    """Let a quarter be in the books, with nothing in it."""
    columns = ("believed_wh", "estimated_wh", "suspense_wh", "written_off_wh", "believed_us")
    columns += ("known_us", "methods", "known_at", "log_position", "frame_number")
    async with database.transaction() as connection:
        await connection.execute(
            f"INSERT INTO basis (park_id, start, number, digest, point_ids, {', '.join(columns)})"
            f" VALUES (%s, %s, 1, '', '{{}}'{', %s' * len(columns)})",
            (park_id, start, *([[]] * len(columns))),
        )
        await connection.execute(
            "INSERT INTO posting (park_id, ledger, start, number, known_at, because, basis,"
            " line_ids, amounts, emissions_ng, measured, reversed, month, place, link)"
            " VALUES (%s, 1, %s, 1, %s, '', 1, '{}', '{}', '{}', '{}', '{}', %s, (SELECT"
            " count(*) + 1 FROM posting WHERE park_id = %s), '')",
            (park_id, start, start, f"{start.astimezone(SHANGHAI):%Y-%m}", park_id),
        )
