"""What is to be trained next: what people and drift asked for first, then what is due."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from services.forecasting.domain.plans import PRODUCTION
from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.targets import Target
from services.forecasting.domain.training.due import (
    YOUNG_QUARTERS,
    Attempt,
    Cause,
    cause_to_train,
)
from services.forecasting.domain.weather import Foreseen
from services.forecasting.domain.weather_columns import learnt_from
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.requests import RequestStore
from services.forecasting.training.histories import Histories
from services.forecasting.training.known_plans import KnownPlans
from services.forecasting.training.known_weather import KnownWeather
from services.runtime.clock import ParkClock

NO_TARGET = "not trained: the park file names no such series any more"


@dataclass(frozen=True, slots=True)
class Due:
    """A target to train, and why."""

    target: Target
    cause: Cause


class Schedule:
    """Looks into the database: who asks at each look, what is due once a quarter hour.

    It remembers only the quarter hour in which nothing was due: readings come by the quarter hour,
    and as long as something is due, each training changes what is next.
    """

    def __init__(
        self,
        targets: tuple[Target, ...],
        clock: ParkClock,
        histories: Histories,
        models: ModelStore,
        requests: RequestStore,
        weather: KnownWeather,
        plans: KnownPlans,
    ) -> None:
        self._targets = {target.point_id: target for target in targets}
        self._clock = clock
        self._histories = histories
        self._models = models
        self._requests = requests
        self._weather = weather
        self._plans = plans
        self._nothing_in: int | None = None

    async def due(self) -> list[Due]:
        """Return what is to be trained now, most urgent first; close requests for what is gone."""
        asked = await self._requests.waiting()
        if gone := [point for point in asked if point not in self._targets]:
            await self._requests.close(gone, NO_TARGET)
        wanted = [
            Due(self._targets[point], cause)
            for point, cause in asked.items()
            if point in self._targets
        ]
        return wanted + [due for due in await self._by_itself() if due.target.point_id not in asked]

    async def _by_itself(self) -> list[Due]:
        """Return what the schedule wants, first models first."""
        now = self._clock.now()
        end = quarter_number(now)
        if end == self._nothing_in:
            return []
        found = await self._found(now, end)
        self._nothing_in = None if found else end
        order = list(Cause)
        return sorted(found, key=lambda due: order.index(due.cause))

    async def _found(self, now: datetime, end: int) -> list[Due]:
        attempts = await self._models.attempts(list(self._targets))
        targets = list(self._targets.values())
        known = await self._histories.known(targets, now, YOUNG_QUARTERS * 2)
        weather, found = await self._weather.lately(end), []
        learnt = {point: last.quarters or 0 for point, last in attempts.items()}
        productions = await self._plans.productions_lately(end, learnt)
        for point, target in self._targets.items():
            last = attempts.get(point)
            columns = _teachable(target, weather, productions, last)
            cause = cause_to_train(now, known.get(point, 0), last, columns)
            if cause is not None:
                found.append(Due(target, cause))
        return found


def _teachable(
    target: Target, weather: Foreseen, productions: Collection[str], last: Attempt | None
) -> tuple[str, ...]:
    """Return what a series as long as at its last training could be taught with now."""
    quarters = last.quarters if last is not None else None
    columns = learnt_from(target.shape, weather, quarters or 0)
    return (*columns, PRODUCTION) if target.point_id in productions else columns
