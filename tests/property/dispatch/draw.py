"""Draws the numbers of one random park."""

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

from services.dispatch.domain.park.horizon import Horizon

EVENING = datetime(2026, 6, 15, 23, tzinfo=timezone(timedelta(hours=8)))


class Draw:
    """Draws the numbers of one park; `steps` is how many a series has."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.horizon = self._horizon()

    def _horizon(self) -> Horizon:
        steps = self.pick(1, 2, 4, 6, 8, 12, 24)
        start = self.pick(None, EVENING)
        if self.maybe(0.5):
            return Horizon(start=start, steps=steps, step_h=self.pick(0.25, 1.0))
        return Horizon(
            start=start, steps_h=tuple(self.pick(0.1, 0.25, 0.5, 1.0) for _ in range(steps))
        )

    def pick(self, *values: Any) -> Any:
        return values[int(self.rng.integers(len(values)))]

    def maybe(self, chance: float) -> bool:
        return bool(self.rng.random() < chance)

    def number(self, low: float, high: float) -> float:
        return round(float(self.rng.uniform(low, high)), 3)

    def series(self, low: float, high: float) -> tuple[float, ...]:
        return tuple(self.number(low, high) for _ in range(len(self.horizon)))

    def moment(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return a time of the horizon, by default any; above 0."""
        return max(0.01, self.number(low, high) * float(self.horizon.ends_h[-1]))
