"""What a plan costs, by kind, and each limit it breaks (§1): reckoned from its courses alone."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from services.dispatch.domain.model.prices import Limit, penalties
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem

NOISE = 1e-4


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken limit: whose, in which step (None: of the horizon), how much, and its price."""

    limit: Limit
    who: str
    step: int | None
    size: float
    unit: str
    cost: float


@dataclass
class Books:
    """Money paid by kind (earned is negative) and what was broken."""

    problem: ParkProblem
    money: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    breaches: list[Breach] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._price = penalties(self.problem)
        self.hours = self.problem.horizon.hours

    def pay(self, kind: str, amount: float | Floats) -> None:
        """Book an amount of currency; what is earned is negative."""
        self.money[kind] += float(amount)

    def breach(self, limit: Limit, who: str, step: int | None, size: float, unit: str) -> None:
        """Book a broken limit, sized in the unit that its price is for (§1)."""
        if size <= NOISE:
            return
        cost = size * self._price[limit]
        self.breaches.append(Breach(limit, who, step, size, unit, cost))
        self.money["violations"] += cost

    def breach_each(self, limit: Limit, who: str, over_kw: Floats, unit: str = "kWh") -> None:
        """Book what goes beyond a limit in each step, (steps,) kW."""
        for step in np.flatnonzero(over_kw * self.hours > NOISE).tolist():
            self.breach(limit, who, step, float(over_kw[step] * self.hours[step]), unit)

    @property
    def total(self) -> float:
        """What the planner minimises."""
        return float(sum(self.money.values()))
