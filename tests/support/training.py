"""A trainer on a real database, quarters to learn from, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.energy.site import Park
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.series import Floats, quarter_number
from services.forecasting.domain.signals import SIGNAL_TARGETS
from services.forecasting.domain.targets import Target, targets_of
from services.forecasting.issue_store import IssueStore
from services.forecasting.plan_store import PlanStore
from services.forecasting.registry.cards import Card
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.requests import RequestStore
from services.forecasting.registry.standings import StandingStore
from services.forecasting.signal_store import SignalStore
from services.forecasting.store import QuarterStore
from services.forecasting.training.histories import Histories
from services.forecasting.training.known_plans import KnownPlans
from services.forecasting.training.known_weather import KnownWeather
from services.forecasting.training.schedule import Schedule
from services.forecasting.training.trainer import Trainer
from services.forecasting.training.workers import Workers
from services.forecasting.weather_store import WeatherStore
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.progress import Stage
from tests.support.builders import a_park
from tests.support.outlooks import MONDAY

LITTLE = Effort(cases=600, rounds=8)
STEEL, METALWORK = "steel.active_power_w", "metalwork.active_power_w"
NOW = MONDAY + timedelta(days=60)


@dataclass
class Training:
    """One park's stores and its trainer; `now` may be moved."""

    database: Database
    points: Sequence[str] = (STEEL,)
    now: datetime = NOW
    park: Park = field(default_factory=a_park)

    def __post_init__(self) -> None:
        self.models = ModelStore(self.database, self.park.id)
        self.standings = StandingStore(self.database, self.park.id)
        self.requests = RequestStore(self.database, self.park.id, self.models)
        self.quarters = QuarterStore(self.database, self.park.id)
        self.weather = WeatherStore(self.database, self.park.id)
        self.plans = PlanStore(self.database, self.park.id)
        self.signals = SignalStore(self.database, self.park.id)

    @property
    def targets(self) -> tuple[Target, ...]:
        known = (*targets_of(self.park), *SIGNAL_TARGETS)
        return tuple(target for target in known if target.point_id in self.points)

    async def know(self, point: str, power_w: Floats, until: datetime | None = None) -> None:
        """Put quarter means that end at `until` into the database, NaN left out."""
        await self.quarters.learn([target.source_point_id for target in self.targets])
        number = self.quarters.numbers[point]
        first = quarter_number(until or self.now) - len(power_w)
        rows = [
            (number, first + int(i), float(power_w[i]), 15)
            for i in np.flatnonzero(np.isfinite(power_w))
        ]
        async with self.database.transaction() as connection:
            await connection.execute("DELETE FROM quarter WHERE point_id = %s", (number,))
            cursor = connection.cursor()
            async with cursor.copy("COPY quarter FROM STDIN") as copy:
                for row in rows:
                    await copy.write_row(row)

    async def issue(self) -> None:
        """Keep an issue, so that training may begin."""
        issue = ForecastIssue(park_id=self.park.id)
        issue.issue_time.FromDatetime(self.now)
        await IssueStore(self.database, self.park.id).keep(issue, self.now)

    def trainer(
        self,
        effort: Effort = LITTLE,
        workers: Workers | None = None,
        clock: ParkClock | None = None,
    ) -> Trainer:
        clock, weather = clock or _Hands(self), KnownWeather(self.weather)
        plans, histories = KnownPlans(self.plans), Histories(self.quarters, self.signals)
        stores = (histories, self.models, self.requests, weather, plans)
        return Trainer(
            park=self.park,
            clock=clock,
            effort=effort,
            schedule=Schedule(self.targets, clock, *stores),
            histories=histories,
            issues=IssueStore(self.database, self.park.id),
            models=self.models,
            standings=self.standings,
            weather=weather,
            plans=plans,
            workers=workers or Workers(1),
            stage=Stage("train"),
        )

    async def cards(self, point: str = STEEL) -> list[Card]:
        return await self.models.models([point], 99)


class _Hands(ParkClock):
    """A clock that stands where the training's `now` is put."""

    def __init__(self, training: Training) -> None:
        super().__init__(training.now, 0.0, 1.0)
        object.__setattr__(self, "_training", training)

    def now(self) -> datetime:
        now: datetime = self._training.now  # type: ignore[attr-defined]
        return now


def shift_quarters(days: int, seed: int = 0, level: float = 100.0) -> Floats:
    """Return quarters of `level` by day on workdays and a fifth of it otherwise, noise of 3 %."""
    quarter = np.arange(days * 96)
    working = (quarter // 96 % 7 < 5) & (quarter % 96 >= 24) & (quarter % 96 < 72)
    noise = np.random.default_rng(seed).normal(0.0, 0.03 * level, len(quarter))
    return np.maximum(np.where(working, level, 0.2 * level) + noise, 0.0)
