"""What is forgotten once a day: samples nobody changes any more, of this park only, and scores."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.forecasting.board import Board
from services.forecasting.charging_store import ChargingStore
from services.forecasting.domain.scoring import SCORES_KEPT
from services.forecasting.nowcast_store import NowcastStore
from services.forecasting.plan_store import PlanStore
from services.forecasting.score_store import ScoreStore
from services.forecasting.signal_score_store import SignalScoreStore
from services.forecasting.signal_store import SignalStore
from services.forecasting.store import QuarterStore
from services.forecasting.tidier import Tidier
from services.runtime.database import Database, migrate
from services.runtime.progress import Stage
from tests.support.builders import MORNING, a_park

DAY = timedelta(days=1)
LATER = MORNING + 100 * DAY
"""When what was known on that morning is of no use any more."""


@dataclass
class Kept:
    """A database with some rows of a park and of its neighbour."""

    database: Database
    tidier: Tidier

    async def sample(self, park_id: str, point: str) -> None:
        quarters = QuarterStore(self.database, park_id)
        await quarters.learn([point])
        number = quarters.numbers[point]
        async with self.database.transaction() as connection:
            for minute in range(3):
                at = int(MORNING.timestamp() + 60 * minute) * 1_000_000
                await connection.execute(
                    "INSERT INTO sample VALUES (%s, %s, 1.0, 1, 0, 0)", (number, at)
                )

    async def samples(self) -> dict[str, int]:
        rows = await self.database.rows(
            "SELECT park_id || '/' || name, count(event_time_us) FROM point"
            " LEFT JOIN sample USING (point_id) GROUP BY 1"
        )
        return dict(rows)

    async def score(self, days_ago: float) -> None:
        at = LATER - days_ago * DAY
        async with self.database.transaction() as connection:
            await connection.execute(
                "INSERT INTO score VALUES ('demo-park', 'p', 1, %s, %s, 0,"
                " 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)",
                (at, at.date()),
            )

    async def scores(self) -> int:
        return int((await self.database.rows("SELECT count(*) FROM score"))[0][0])


@pytest.fixture
async def kept(fresh_database: str) -> AsyncIterator[Kept]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    park = a_park()
    quarters = QuarterStore(database, park.id)
    tidier = Tidier(
        park=park,
        quarters=quarters,
        signals=SignalStore(database, park.id),
        plans=PlanStore(database, park.id),
        charging=ChargingStore(database, park.id, quarters),
        nowcasts=NowcastStore(database, park.id),
        scores=ScoreStore(database, park.id, park.time_zone),
        signal_scores=SignalScoreStore(database, park.id),
        board=Board[ForecastIssue](),
        stage=Stage("tidy"),
    )
    yield Kept(database, tidier)
    await database.stop()


async def test_old_samples_of_this_park_are_forgotten_and_no_others(kept: Kept) -> None:
    for park in ("demo-park", "neighbour"):
        await kept.sample(park, "steel.active_power_w")
    await kept.sample("demo-park", "a_point.that_is_gone")

    await kept.tidier.tidy(LATER)
    await kept.tidier.tidy(LATER + DAY)

    assert await kept.samples() == {
        "demo-park/steel.active_power_w": 0,
        "demo-park/a_point.that_is_gone": 0,
        "neighbour/steel.active_power_w": 3,
    }


async def test_on_the_day_of_a_start_no_sample_is_forgotten(kept: Kept) -> None:
    await kept.sample("demo-park", "steel.active_power_w")

    await kept.tidier.tidy(LATER)
    await kept.tidier.tidy(LATER + timedelta(minutes=15))

    assert await kept.samples() == {"demo-park/steel.active_power_w": 3}


async def test_a_day_is_tidied_though_its_midnight_was_missed(kept: Kept) -> None:
    await kept.sample("demo-park", "steel.active_power_w")

    await kept.tidier.tidy(LATER)
    await kept.tidier.tidy(LATER + timedelta(hours=30, minutes=15))

    assert await kept.samples() == {"demo-park/steel.active_power_w": 0}


async def test_scores_of_a_long_past_are_forgotten_slice_by_slice(kept: Kept) -> None:
    for days_ago in (99.0, 98.9, 95.0, 60.0, 0.0):
        await kept.score(days_ago)
    await kept.tidier.tidy(LATER)

    await kept.tidier.tidy(LATER + DAY)

    assert timedelta(days=60) < SCORES_KEPT < timedelta(days=95)
    assert await kept.scores() == 2
