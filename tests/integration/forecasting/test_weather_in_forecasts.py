"""Weather forecasts from the database to an issue: learnt from, looked at, missed, never ahead."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue, SeriesForecast
from services.demo.stack import Kafka
from services.forecasting.board import Board
from services.forecasting.charging import Charging
from services.forecasting.charging_store import ChargingStore
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.training.due import Cause
from services.forecasting.issue_store import IssueStore
from services.forecasting.issuer import Issuer
from services.forecasting.joint import Joint
from services.forecasting.joint_store import JointStore
from services.forecasting.learner import Learner
from services.forecasting.registry.bodies import state_of, with_ledger
from services.forecasting.registry.cards import Card, Status
from services.forecasting.states import States
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from services.runtime.progress import Stage
from services.runtime.publishing import Publisher
from tests.support.foreseen_sky import HOUR, a_value, runs, sun_power_w
from tests.support.ingest import with_topics
from tests.support.signals import a_signal_issuer
from tests.support.training import NOW as TWO_WEEKS_AGO
from tests.support.training import Training

PV, METER = "pv.active_power_w", "pv.available_power_w"
DAY = timedelta(days=1)
NOW = TWO_WEEKS_AGO + 14 * DAY
BEGIN = NOW - 60 * DAY
SOME = Effort(cases=1_500, rounds=40)


@dataclass
class Plant:
    """A plant that is trained and issued on a real database, at any moment."""

    training: Training
    publisher: Publisher

    async def know(self, until: datetime) -> None:
        await self.training.know(METER, sun_power_w(BEGIN, until), until)

    async def train(self, now: datetime) -> Card:
        """Train what is due at a moment and return the newest version."""
        await self.know(now)
        await replace(self.training, now=now).trainer(SOME).train_due()
        return (await self.training.cards(PV))[0]

    async def state(self) -> State:
        """Return the champion as it is kept."""
        version = (await self.training.models.champions())[PV]
        return state_of((await self.training.models.bodies([version]))[version])

    async def issue(self, at: datetime) -> SeriesForecast:
        """Issue as a process does that has just started."""
        await self.know(at)
        database, park, board = self.training.database, self.training.park, Board[ForecastIssue]()
        async with database.transaction() as connection:
            await connection.execute("TRUNCATE issue")
        models, standings = self.training.models, self.training.standings
        clock = ParkClock(at, 0.0, 1.0)
        registry = (models, standings, self.training.requests)
        states = States(self.training.targets, park, *registry, clock)
        learner = Learner(states, standings)
        await states.refresh()
        issuer = Issuer(
            park=park,
            targets=self.training.targets,
            quarters=self.training.quarters,
            states=states,
            learner=learner,
            joint=Joint(park, JointStore(database, park.id)),
            signals=a_signal_issuer(park, database),
            issues=IssueStore(database, park.id),
            weather=self.training.weather,
            plans=self.training.plans,
            charging=Charging(park, ChargingStore(database, park.id, self.training.quarters)),
            board=board,
            publisher=self.publisher,
            clock=clock,
            stage=Stage("issue forecasts"),
        )
        basis = await issuer.issue(at)
        assert basis is not None
        await learner.reckon_some(basis.series, basis.weather)
        assert board.newest is not None
        (series,) = board.newest.series
        return series


@pytest.fixture
async def plant(kafka: Kafka, fresh_database: str) -> AsyncIterator[Plant]:
    await with_topics(kafka)
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    publisher = Publisher("forecasting", kafka.address, {})
    await publisher.start()
    yield Plant(Training(database, points=(PV,)), publisher)
    await publisher.stop()
    await database.stop()


def error_w(series: SeriesForecast, issued: datetime) -> float:
    """Return the mean error of the day after an issue."""
    came_w = 0.0 - sun_power_w(issued, issued + DAY)
    return float(np.abs(np.array(series.p50_w[:96]) - came_w).mean())


async def test_weather_that_came_is_learnt_from_looked_at_and_missed_when_it_stops(
    plant: Plant,
) -> None:
    blind = await plant.train(NOW)
    await plant.training.weather.keep(runs(BEGIN, NOW + DAY + HOUR))
    said_blindly = await plant.issue(NOW + DAY)
    seeing = await plant.train(NOW + DAY)
    said_seeing = await plant.issue(NOW + DAY)
    said_days_later = await plant.issue(NOW + 5 * DAY)

    assert (blind.status, seeing.status) == (Status.CHAMPION, Status.CHAMPION)
    assert (blind.cause, seeing.cause) == (Cause.FIRST, Cause.WEATHER)
    assert "irradiance_w_m2" not in blind.features
    assert {"irradiance_w_m2", "irradiance_w_m2_later"} <= set(seeing.features)
    assert "temperature_c" not in seeing.features
    (day_ahead,) = (score for score in seeing.scores if score.horizon_hours == 24)
    assert day_ahead.error < 0.6 * day_ahead.before
    assert error_w(said_seeing, NOW + DAY) < 0.8 * error_w(said_blindly, NOW + DAY)
    assert "boosted-weather" in said_seeing.method
    assert (said_blindly.caveat, said_seeing.caveat) == ("", "")
    assert "boosted-weather" not in said_days_later.method
    assert said_days_later.caveat == "no weather forecast of irradiance_w_m2"


async def test_nothing_issued_or_received_after_an_issue_changes_a_number_of_it(
    plant: Plant,
) -> None:
    await plant.training.weather.keep(runs(BEGIN, NOW + HOUR))
    await plant.train(NOW)
    await plant.issue(NOW)  # weights are reckoned after the first issue
    before = await plant.issue(NOW)

    for hours in (0.2, 5.0, 30.0):
        later = NOW + hours * HOUR
        poison = [a_value(later, hour, 1_400.0, later) for hour in range(60)]
        corrections = [a_value(NOW, hour, 1_300.0, later) for hour in range(60)]
        await plant.training.weather.keep(poison + corrections)

    assert await plant.issue(NOW) == before


async def test_the_daily_reckoning_hears_those_who_see_the_weather(plant: Plant) -> None:
    await plant.training.weather.keep(runs(BEGIN, NOW + 2 * DAY))
    await plant.train(NOW)

    await plant.issue(NOW + DAY)

    kept = await plant.training.standings.ledger(PV)
    assert kept is not None
    ledger = with_ledger(await plant.state(), kept[0], 0).ledger
    since = ledger.minute >= int(NOW.timestamp()) // 60
    assert since.sum() >= 8
    assert np.isfinite(ledger.said["boosted-weather"][since]).all()


async def test_what_was_learnt_with_weather_is_not_due_again_before_its_week(plant: Plant) -> None:
    await plant.training.weather.keep(runs(BEGIN, NOW + 2 * DAY))
    first = await plant.train(NOW)

    again = await plant.train(NOW + 2 * DAY)
    a_week_later = await plant.train(NOW + 7 * DAY)

    assert again.version == first.version
    assert a_week_later.cause is Cause.SCHEDULE
