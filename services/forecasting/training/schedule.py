"""What is to be trained next: what people and drift asked for first, then what is due."""

from dataclasses import dataclass

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
from services.forecasting.store import QuarterStore
from services.forecasting.training.known_weather import HISTORY_QUARTERS, KnownWeather
from services.runtime.clock import ParkClock


@dataclass(frozen=True, slots=True)
class Due:
    """A target to train, and why."""

    target: Target
    cause: Cause


class Schedule:
    """Looks into the database; remembers nothing."""

    def __init__(
        self,
        targets: tuple[Target, ...],
        clock: ParkClock,
        quarters: QuarterStore,
        models: ModelStore,
        requests: RequestStore,
        weather: KnownWeather,
    ) -> None:
        self._targets = {target.point_id: target for target in targets}
        self._clock = clock
        self._quarters = quarters
        self._models = models
        self._requests = requests
        self._weather = weather

    async def due(self) -> list[Due]:
        """Return what is to be trained now, most urgent first."""
        asked = await self._requests.waiting()
        wanted = [
            Due(self._targets[point], cause)
            for point, cause in asked.items()
            if point in self._targets
        ]
        return wanted + [due for due in await self._by_itself() if due.target.point_id not in asked]

    async def _by_itself(self) -> list[Due]:
        """Return what the schedule wants, first models first."""
        now, attempts = self._clock.now(), await self._models.attempts()
        end = quarter_number(now)
        known = await self._quarters.known(
            list(self._targets.values()), end - HISTORY_QUARTERS, end, YOUNG_QUARTERS * 2
        )
        weather, found = await self._weather.lately(end), []
        for point, target in self._targets.items():
            last = attempts.get(point)
            columns = _teachable(target, weather, last)
            cause = cause_to_train(now, known.get(point, 0), last, columns)
            if cause is not None:
                found.append(Due(target, cause))
        order = list(Cause)
        return sorted(found, key=lambda due: order.index(due.cause))


def _teachable(target: Target, weather: Foreseen, last: Attempt | None) -> tuple[str, ...]:
    """Return the weather that a series as long as at its last training could be taught with now."""
    quarters = last.quarters if last is not None else None
    return learnt_from(target.shape, weather, quarters or 0)
