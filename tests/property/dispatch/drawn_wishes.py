"""Random wishes about a random park: sensible, impossible, past, and about nothing it has."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.wishes.wish import (
    CarbonLimit,
    ChargingNeeds,
    ImportLimit,
    ProcessRun,
    StorageTarget,
    Unavailability,
    Wish,
)
from services.energy.time_grid import Interval

START = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
"""A night in which clocks go back somewhere."""


class Drawn:
    """Draws wishes about one park."""

    def __init__(self, problem: ParkProblem, seed: int) -> None:
        self.rng, self.problem = np.random.default_rng((seed, 36)), problem
        self.names = [name for _, name in problem.devices] + ["nobody"]

    def wishes(self) -> Iterator[Wish]:
        kinds: tuple[Callable[[str], Wish], ...] = (
            self.target,
            self.cap,
            self.limit,
            self.run,
            self.needs,
            self.away,
        )
        for i in range(int(self.rng.integers(1, 12))):
            yield kinds[int(self.rng.integers(len(kinds)))](f"wish {i}")

    def moment(self) -> datetime:
        end_h = float(self.problem.horizon.ends_h[-1])
        return START + timedelta(hours=float(self.rng.uniform(-0.5, 1.5)) * end_h)

    def window(self) -> Interval:
        first, last = sorted((self.moment(), self.moment()))
        return Interval(first, last + timedelta(seconds=1))

    def name(self) -> str:
        return str(self.rng.choice(self.names))

    def some(self, most: float) -> float:
        return float(self.rng.choice([0.0, 1.0])) * float(self.rng.uniform(0.0, most))

    def target(self, wish_id: str) -> Wish:
        name = self.name() if self.rng.random() < 0.5 else "battery"
        return StorageTarget(
            wish_id=wish_id, store=name, at=self.moment(), least_kwh=self.some(200.0)
        )

    def cap(self, wish_id: str) -> Wish:
        return CarbonLimit(wish_id=wish_id, window=self.window(), limit_kg=self.some(50.0))

    def limit(self, wish_id: str) -> Wish:
        return ImportLimit(wish_id=wish_id, window=self.window(), limit_kw=self.some(60.0))

    def run(self, wish_id: str) -> Wish:
        window, name = self.window(), self.name()
        return ProcessRun(
            wish_id=wish_id,
            process=name if self.rng.random() < 0.3 else "wash",
            profile_kw=tuple(self.rng.uniform(-5.0, 30.0, int(self.rng.integers(1, 5))).tolist()),
            duration=timedelta(hours=float(self.rng.uniform(0.1, 3.0))),
            earliest=window.start,
            latest_end=window.end,
            started=window.start if self.rng.random() < 0.3 else None,
        )

    def needs(self, wish_id: str) -> Wish:
        power_kw = 11.0 if self.rng.random() < 0.5 else None
        return ChargingNeeds(
            wish_id=wish_id,
            port=self.name() if self.rng.random() < 0.5 else "vehicle 0",
            departs=self.moment(),
            wanted_kwh=self.some(80.0),
            power_kw=power_kw,
        )

    def away(self, wish_id: str) -> Wish:
        return Unavailability(
            wish_id=wish_id,
            device=self.name(),
            window=self.window(),
            available_kw=self.some(30.0),
        )
