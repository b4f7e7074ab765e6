"""Indicators and reports behind a real gRPC server and a real database, without the bookkeeper.

It serves in a thread with a loop of its own, so that tests ask it as any client does.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import time

from parkflow.carbon.v1.carbon_service_pb2_grpc import add_CarbonServiceServicer_to_server
from services.carbon_accounting.indicators_rpc import IndicatorsRpc
from services.carbon_accounting.live.accounting import accounted_of
from services.carbon_accounting.live.definitions import DefinitionStore
from services.carbon_accounting.live.indicators import Indicators
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.months import Months
from services.carbon_accounting.live.outlook import Outlook
from services.carbon_accounting.settings import Settings
from services.carbon_accounting.stream import News
from services.demo.stack.ports import free_port
from services.runtime.database import Database
from services.runtime.environment import read_settings
from services.runtime.grpc_server import GrpcServer
from tests.support.builders import DEMO_PARK_FILE

PATIENCE_S = 60.0


class Rpc(IndicatorsRpc):
    """The RPCs of indicators."""

    def __init__(self, indicators: Indicators) -> None:
        self._indicators = indicators


@dataclass
class IndicatorServer:
    """A park of its own; `origin` is the park's time when it starts."""

    folder: Path
    database_url: str
    origin: datetime
    more_of_the_park: str = ""
    park_id: str = "park-of-indicators"
    grpc_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        park = DEMO_PARK_FILE.read_text(encoding="utf-8")
        park = park.replace("id: demo-park", f"id: {self.park_id}")
        self.park_file.write_text(park + self.more_of_the_park, encoding="utf-8")

    @property
    def park_file(self) -> Path:
        return self.folder / f"{self.park_id}.yaml"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def accounted(self) -> Accounted:
        return accounted_of(self.park_file)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve until the block ends; then nothing of it is left but the database."""
        ready, ending, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_until_complete, args=[self._serve(ready, ending)])
        thread.start()
        assert ready.wait(PATIENCE_S), "the server does not listen"
        try:
            yield
        finally:
            loop.call_soon_threadsafe(ending.set)
            thread.join(PATIENCE_S)
            loop.close()

    async def _serve(self, ready: threading.Event, ending: asyncio.Event) -> None:
        settings, database = self._settings(), Database("carbon_accounting", self.database_url)
        await database.start()
        accounted, clock = self.accounted, settings.clock
        months = Months(database, accounted, clock, News())
        store, outlook = DefinitionStore(database, accounted.site), Outlook(self.park_id, settings)
        indicators = Indicators(database, accounted, months, store, outlook, clock)
        server = GrpcServer(settings)
        server.add(
            add_CarbonServiceServicer_to_server, Rpc(indicators), "parkflow.carbon.v1.CarbonService"
        )
        await server.start()
        adding = asyncio.create_task(months.run())
        ready.set()
        await ending.wait()
        adding.cancel()
        await server.stop()
        await database.stop()

    def _settings(self) -> Settings:
        began = self.origin.isoformat().replace("+00:00", "Z")
        return read_settings(
            Settings,
            {
                "PARKFLOW_PARK": str(self.park_file),
                "PARKFLOW_DATABASE_URL": self.database_url,
                "PARKFLOW_CLOCK": f"{began}@{time():.3f}x1",
                "PARKFLOW_GRPC_PORT": str(self.grpc_port),
                "PARKFLOW_METRICS_PORT": str(free_port()),
            },
        )
