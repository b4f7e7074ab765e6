"""A plan as it is published: how it came to be, what it costs, what it took, what is wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.dispatch.domain.model.books import Books, Breach
from services.dispatch.domain.model.builder import MILLI
from services.dispatch.domain.model.marginal import Prices, told, violations
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.search import Solved
from services.dispatch.domain.model.solution import Solution
from services.dispatch.domain.model.whole import booked
from services.dispatch.domain.park.problem import ParkProblem

LEAST_COST = 1.0
"""Currency units: of a cost below this a share says nothing."""
Judge = Callable[[ParkProblem, Schedule, Sequence[Breach], Mapping[str, float]], Sequence[object]]
"""Returns what is wrong with a plan; nothing when it may be published."""


class Status(StrEnum):
    """How a plan came to be, best first."""

    OPTIMAL = "optimal"
    INCUMBENT = "incumbent"
    RELAXED = "relaxed"
    SHIFTED = "shifted"
    RULES = "rules"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, eq=False)
class Effort:
    """What it took: seconds to build and to solve, and the size of the largest program."""

    build_s: float = 0.0
    solve_s: float = 0.0
    columns: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """The plan that was accepted; `solved` is None where rules made it, and then `gap` is too.

    `rejected`: what was made and the judge did not accept, best first, a line for each plan.
    """

    problem: ParkProblem
    status: Status
    schedule: Schedule
    books: Books
    solved: Solved | None
    effort: Effort
    caveats: tuple[str, ...]
    prices: Prices | None = None
    rejected: tuple[str, ...] = ()

    @property
    def gap(self) -> float | None:
        """How much dearer than the best possible it may be, as a share; None: nobody knows."""
        return None if self.solved is None else _known(self.solved.gap)

    @property
    def gap_without_violations(self) -> float | None:
        """The same, as a share of what is not a violation's price (of 1 where that is less)."""
        if self.solved is None:
            return None
        dearer = max(0.0, self.solved.cost - self.solved.bound)
        return _known(dearer / self.without_violations)

    @property
    def without_violations(self) -> float:
        """What it costs, scenarios included, without what violations do; `LEAST_COST` at least."""
        if self.solved is None:
            return max(abs(self.books.total - self.books.money["violations"]), LEAST_COST)
        broken = self.books.money["violations"] + _in_scenarios(self.solved.solution)
        return max(abs(self.solved.cost - broken), LEAST_COST)

    @property
    def solution(self) -> Solution | None:
        """What the solver found, with duals as `prices` has them; None where rules planned."""
        return None if self.solved is None else self.solved.solution


def _in_scenarios(solution: Solution) -> float:
    """Return what violations of scenarios cost, as far as these are likely, currency units."""
    columns = violations(solution, "scenario[")
    return float(solution.program.cost[columns] @ solution.values[columns]) / MILLI


def _known(gap: float) -> float | None:
    """Return a gap; None where there is no bound."""
    return gap if np.isfinite(gap) else None


def made(problem: ParkProblem, status: Status, schedule: Schedule, found: Solved | None) -> Planned:
    """Return a plan with what it costs and breaks."""
    return Planned(problem, status, schedule, booked(problem, schedule), found, Effort(), ())


def faults_of(plan: Planned, judge: Judge) -> list[str]:
    """Return the faults; none when the plan may be published."""
    courses = [*plan.schedule.devices.values(), *plan.schedule.nodes.values()]
    if not all(np.isfinite(series).all() for course in courses for series in course.values()):
        return ["courses that are not numbers"]
    found = judge(plan.problem, plan.schedule, plan.books.breaches, plan.books.money)
    return [str(one) for one in found]


def first_of(status: Status, faults: Sequence[str]) -> str:
    """Return the first fault of a rung, and how many there are."""
    return f"{status}: {faults[0]} ({len(faults)} faults)"


def prices_of(plan: Planned) -> Prices | None:
    """Return a plan's prices; None where nobody knows any. One read from a record has its duals."""
    if plan.prices is not None or plan.solution is None or not len(plan.solution.duals):
        return plan.prices
    return told(plan.solution)
