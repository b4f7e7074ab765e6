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
from services.carbon_accounting.domain.words import QUARTER_US, Word
from services.carbon_accounting.input_files.factor_import import load_factor_store
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.factors import LiveFactors
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.live.store import open_books
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


def rules_of(site: Site) -> RulesNow:
    """The rules of a park whose books begin with 2025."""
    factors = LiveFactors(site)
    rules = factors.rules_of(load_factor_store())
    return RulesNow(LiveRules(Accounted(site, rules), NEW_YEAR, timedelta(hours=2)), factors)


@dataclass
class Books:
    """The live books of a park: words go in, what they touch is booked."""

    database: Database
    rules: RulesNow
    told: int = 0

    @property
    def park_id(self) -> str:
        return self.rules.site.id

    async def tell(self, point: str, start: datetime, *wh: int) -> None:
        """All of each quarter hour of one register from `start` on is believed."""
        await self._take([self._word(point, start + n * QUARTER, one) for n, one in enumerate(wh)])

    async def tell_all(
        self,
        start: datetime,
        *,
        steel: Sequence[int],
        cloth: Sequence[int],
        wind: Sequence[int] | None = None,
    ) -> None:
        """Tell what both used and the wind gave; the rest came from the grid."""
        await self._take(self.words(start, steel=steel, cloth=cloth, wind=wind))

    def words(
        self,
        start: datetime,
        *,
        steel: Sequence[int],
        cloth: Sequence[int],
        wind: Sequence[int] | None = None,
    ) -> list[Word]:
        """The words that say so."""
        made = list(wind) if wind is not None else [0] * len(steel)
        grid = [a + b - c for a, b, c in zip(steel, cloth, made, strict=True)]
        some = ((GRID, grid), (WIND, made), (STEEL, steel), (CLOTH, cloth))
        return [
            self._word(point, start + n * QUARTER, one)
            for point, wh in some
            for n, one in enumerate(wh)
        ]

    async def _take(self, words: list[Word]) -> None:
        async with open_books(self.database, self.park_id) as books:
            rules = await self.rules.of(books.connection)
            await take(books, words, rules, words[-1].start + QUARTER)

    def _word(self, point: str, start: datetime, wh: int) -> Word:
        self.told += 1
        nothing = dict.fromkeys(("estimated_wh", "suspense_wh", "written_off_wh", "methods"), 0)
        return Word(
            point,
            start,
            believed_wh=wh,
            believed_us=QUARTER_US,
            known_us=QUARTER_US,
            known_at=start + QUARTER + timedelta(seconds=self.told),
            log_position=self.told,
            frame_number=0,
            **nothing,
        )


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
