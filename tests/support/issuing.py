"""An issuer on a real database, a topic that may be away, and a clock that the test moves on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.message import Message

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue, SeriesForecast
from services.energy.site import Park
from services.forecasting.board import Board
from services.forecasting.charging import Charging
from services.forecasting.charging_store import ChargingStore
from services.forecasting.issue_store import IssueStore
from services.forecasting.issuer import Issuer
from services.forecasting.joint import Joint
from services.forecasting.joint_store import JointStore
from services.forecasting.learner import Learner
from services.forecasting.states import States
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.progress import Stage
from services.runtime.topics import Topic
from tests.support.builders import a_park
from tests.support.signals import a_signal_issuer
from tests.support.training import NOW, STEEL, Training


class Hands(ParkClock):
    """A clock that stands where it was put."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(moment, 0.0, 1.0)
        self.put(moment)

    def put(self, moment: datetime) -> None:
        object.__setattr__(self, "_moment", moment)  # a clock is frozen

    def pass_by(self, span: timedelta) -> None:
        self.put(self.now() + span)

    def now(self) -> datetime:
        moment: datetime = self._moment  # type: ignore[attr-defined]
        return moment


@dataclass
class Counted(Stage):
    """A stage that counts how often it moved."""

    moves: int = 0

    def move(self) -> None:
        super().move()
        self.moves += 1


class Log:
    """Takes what is published, as soon as it is not away."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.there = asyncio.Event()
        self.there.set()

    async def publish(self, topic: Topic, key: str, message: Message) -> None:
        await self.there.wait()
        self.messages.append(message)


class Issuing:
    """One park's series in the database, and issuers that know them."""

    def __init__(
        self,
        database: Database,
        points: Sequence[str] = (STEEL,),
        now: datetime = NOW,
        park: Park | None = None,
    ) -> None:
        self.training = Training(database, points=points, now=now, park=park or a_park())
        self.clock = Hands(now)
        self.log = Log()
        self.board = Board[ForecastIssue]()
        self.issues = IssueStore(database, self.training.park.id)
        self.joint = Joint(self.training.park, JointStore(database, self.training.park.id))
        self.signals = a_signal_issuer(self.training.park, database)
        known = self.training
        store = ChargingStore(database, known.park.id, known.quarters)
        self.charging = Charging(known.park, store)
        registry = (known.models, known.standings, known.requests)
        self.states = States(known.targets, known.park, *registry, self.clock)
        self.learner = Learner(self.states, known.standings)

    def newest(self) -> list[SeriesForecast]:
        """Return the series on the board."""
        assert self.board.newest is not None
        return list(self.board.newest.series)

    def issuer(self, **others: Any) -> Issuer:
        """Return an issuer of what stands here, some of it replaced."""
        given = {
            "park": self.training.park,
            "targets": self.training.targets,
            "quarters": self.training.quarters,
            "states": self.states,
            "learner": self.learner,
            "joint": self.joint,
            "signals": self.signals,
            "issues": self.issues,
            "weather": self.training.weather,
            "plans": self.training.plans,
            "charging": self.charging,
            "board": self.board,
            "publisher": self.log,
            "clock": self.clock,
            "stage": Stage("issue forecasts"),
        }
        return Issuer(**(given | others))

    @asynccontextmanager
    async def running(self, issuer: Issuer) -> AsyncIterator[asyncio.Task[None]]:
        """Let an issuer run that has read the registry."""
        await self.states.refresh()
        task = asyncio.create_task(issuer.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
