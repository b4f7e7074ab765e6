"""Training, killed and started again: at most one champion a point, each point judged once."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import psycopg
import pytest

from services.demo.service_process import ServiceProcess
from services.demo.stack import StateFolder
from services.demo.stack.ports import free_port
from services.runtime.database import Database, migrate
from tests.support.builders import DEMO_PARK_FILE
from tests.support.training import NOW, Training, shift_quarters

DAYS = 60
POINTS = tuple(
    f"{load}.active_power_w"
    for load in ("steel", "metalwork", "electroplating", "labs_a", "labs_b", "offices")
)
SERVING = "SELECT point, count(*) FROM forecasting.model WHERE status = 'champion' GROUP BY point"
JUDGED = "SELECT point, count(*) FROM forecasting.model GROUP BY point"


@dataclass
class Process:
    """The process, and hands to look at what it leaves behind."""

    child: ServiceProcess
    training: Training
    url: str

    def champions(self) -> dict[str, int]:
        return self._counted(SERVING)

    def judged(self) -> dict[str, int]:
        return self._counted(JUDGED)

    def _counted(self, query: str) -> dict[str, int]:
        with psycopg.connect(self.url) as connection:
            return dict(connection.execute(query).fetchall())

    def odd_ones(self) -> list[tuple[object, ...]]:
        """Return what a torn promotion would leave: champions without body, ledger or card."""
        query = (
            "SELECT m.version FROM forecasting.model m LEFT JOIN forecasting.standing s"
            " ON (s.park_id, s.point, s.version) = (m.park_id, m.point, m.version)"
            " WHERE m.status = 'champion' AND (m.body IS NULL OR s.ledger IS NULL)"
        )
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()

    async def until_judged(self, count: int, within_s: float = 60) -> None:
        ends = time.monotonic() + within_s
        while len(self.judged()) < count and time.monotonic() < ends:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        assert len(self.judged()) >= count


@pytest.fixture
async def process(fresh_database: str, stack_folder: StateFolder) -> AsyncIterator[Process]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    training = Training(database, points=POINTS)
    for number, point in enumerate(POINTS):
        await training.know(point, shift_quarters(DAYS, seed=number))
    port = free_port()
    child = ServiceProcess(
        stack_folder,
        "forecasting_training",
        grpc_port=None,
        metrics_port=port,
        environment={
            "PARKFLOW_PARK": str(DEMO_PARK_FILE),
            "PARKFLOW_DATABASE_URL": fresh_database,
            "PARKFLOW_CLOCK": f"{NOW.isoformat()}@{time.time()}x1",
            "PARKFLOW_METRICS_PORT": str(port),
            "PARKFLOW_TRAIN_CASES": "600",
            "PARKFLOW_TRAIN_ROUNDS": "10",
            "PARKFLOW_LOOK_EVERY_S": "0.2",
        },
    )
    child.start()
    try:
        yield Process(child, training, fresh_database)
    finally:
        child.stop()
        await database.stop()


async def test_nothing_is_trained_before_the_first_forecast_was_issued(process: Process) -> None:
    await asyncio.sleep(1.5)
    before = process.judged()

    await process.training.issue()
    await process.until_judged(1)

    assert before == {}


async def test_killed_again_and_again_each_point_is_judged_once_and_no_champion_is_torn(
    process: Process,
) -> None:
    await process.training.issue()

    for trained in range(1, len(POINTS)):
        await process.until_judged(trained)
        process.child.kill()
        assert set(process.champions().values()) <= {1}
        assert process.odd_ones() == []
        process.child.start()
    await process.until_judged(len(POINTS))

    assert process.judged() == dict.fromkeys(POINTS, 1)
    assert process.champions()
    assert process.odd_ones() == []
