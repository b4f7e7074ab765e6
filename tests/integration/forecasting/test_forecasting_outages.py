"""What the stages of forecasting do while their database is away: they wait, and say so."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue
from services.forecasting.board import Board
from services.forecasting.charging import Charging
from services.forecasting.charging_store import ChargingStore
from services.forecasting.domain.targets import targets_of
from services.forecasting.drift_requests import DriftRequests
from services.forecasting.issue_store import IssueStore
from services.forecasting.issuer import Issuer
from services.forecasting.joint import Joint
from services.forecasting.joint_store import JointStore
from services.forecasting.learner import Learner
from services.forecasting.minute_store import MinuteStore
from services.forecasting.nowcast_store import NowcastStore
from services.forecasting.nowcaster import Nowcaster
from services.forecasting.plan_store import PlanStore
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.requests import RequestStore
from services.forecasting.registry.standings import StandingStore
from services.forecasting.score_day_store import ScoreDayStore
from services.forecasting.score_store import ScoreStore
from services.forecasting.scorer import Scorer
from services.forecasting.states import States
from services.forecasting.store import QuarterStore
from services.forecasting.watchman import Watchman
from services.forecasting.weather_store import WeatherStore
from services.runtime.clock import ParkClock
from services.runtime.database import UNACKNOWLEDGED_MS, Database, migrate
from services.runtime.progress import Stage
from services.runtime.publishing import Publisher
from tests.support.builders import MORNING, a_park
from tests.support.issuing import Counted
from tests.support.patience import until
from tests.support.signals import a_signal_issuer
from tests.support.training import Training

WAITS = 4
"""A stage moves once a round by itself; more than that is the waiting that says so."""


class Process:
    """What runs in a forecasting process, on a database that may go away."""

    def __init__(self, database: Database) -> None:
        self.park = a_park()
        self.targets = targets_of(self.park)
        self.database = database
        self.issues = IssueStore(database, self.park.id)
        self.clock = ParkClock(MORNING, 0.0, 1.0)
        self.models = ModelStore(database, self.park.id)
        standings = StandingStore(database, self.park.id)
        requests = RequestStore(database, self.park.id, self.models)
        registry = (self.models, standings, requests)
        self.states = States(self.targets, self.park, *registry, self.clock)
        self.learner = Learner(self.states, standings)
        self.board = Board[ForecastIssue]()
        self.publisher = Publisher("forecasting", "127.0.0.1:1", {})

    def issuer(self, stage: Stage) -> Issuer:
        quarters = QuarterStore(self.database, self.park.id)
        return Issuer(
            park=self.park,
            targets=self.targets,
            quarters=quarters,
            charging=Charging(self.park, ChargingStore(self.database, self.park.id, quarters)),
            states=self.states,
            learner=self.learner,
            joint=Joint(self.park, JointStore(self.database, self.park.id)),
            signals=a_signal_issuer(self.park, self.database),
            issues=self.issues,
            weather=WeatherStore(self.database, self.park.id),
            plans=PlanStore(self.database, self.park.id),
            board=self.board,
            publisher=self.publisher,
            clock=self.clock,
            stage=stage,
        )

    def nowcaster(self, stage: Stage) -> Nowcaster:
        return Nowcaster(
            park_id=self.park.id,
            zone=self.park.time_zone,
            targets=self.targets,
            minutes=MinuteStore(self.database, self.park.id),
            plans=PlanStore(self.database, self.park.id),
            issues=self.issues,
            nowcasts=NowcastStore(self.database, self.park.id),
            outlooks=self.board,
            board=Board[NowcastIssue](),
            publisher=self.publisher,
            clock=self.clock,
            stage=stage,
        )

    def scorer(self, stage: Stage) -> Scorer:
        outlooks = Board[ForecastIssue]()
        outlooks.newest = ForecastIssue(park_id=self.park.id)
        outlooks.newest.issue_time.FromDatetime(MORNING)
        days = ScoreDayStore(self.database, self.park.id, self.park.time_zone)
        requests = RequestStore(self.database, self.park.id, self.models)
        return Scorer(
            targets=self.targets,
            quarters=QuarterStore(self.database, self.park.id),
            issues=self.issues,
            scores=ScoreStore(self.database, self.park.id, self.park.time_zone),
            board=outlooks,
            watchman=Watchman(
                days, self.park.time_zone, [target.point_id for target in self.targets]
            ),
            drift=DriftRequests(requests, self.park.time_zone),
            stage=stage,
        )

    def training(self, stage: Stage) -> Coroutine[Any, Any, None]:
        trainer = Training(self.database).trainer()
        trainer._stage = stage
        return trainer.run(60.0)


async def test_a_stage_that_waits_for_the_database_is_alive(fresh_database: str) -> None:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    process = Process(database)
    await process.states.refresh()
    await database.stop()
    running: dict[str, Callable[[Stage], Coroutine[Any, Any, None]]] = {
        "issue forecasts": lambda stage: process.issuer(stage).run(),
        "nowcast": lambda stage: process.nowcaster(stage).run(),
        "score forecasts": lambda stage: process.scorer(stage).run(),
        "follow models": process.states.follow,
        "train": process.training,
    }
    stages = {name: Counted(name) for name in running}

    tasks = [asyncio.create_task(run(stages[name])) for name, run in running.items()]
    await until(
        lambda: all(stage.moves >= WAITS for stage in stages.values()) or any(map(_ended, tasks)),
        "each stage moves while it waits",
        20,
    )

    assert not any(map(_ended, tasks))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_issuer_that_waits_for_the_registry_is_alive() -> None:
    process, stage = Process(Database("forecasting", "postgresql://127.0.0.1:1/none")), Counted("i")

    issuing = asyncio.create_task(process.issuer(stage).run())
    await until(lambda: stage.moves >= WAITS, "the stage moves while nothing was read", 20)

    issuing.cancel()
    await asyncio.gather(issuing, return_exceptions=True)


async def test_a_connection_that_is_not_heard_any_more_is_given_up(fresh_database: str) -> None:
    database = Database("forecasting", fresh_database)
    await migrate("forecasting", fresh_database)
    await database.start()

    async with database.transaction() as connection:
        line = socket.socket(fileno=connection.pgconn.socket)
        unheard_ms = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        line.detach()

    assert unheard_ms == UNACKNOWLEDGED_MS
    await database.stop()


def _ended(task: asyncio.Task[None]) -> bool:
    return task.done()
