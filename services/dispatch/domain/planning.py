"""One planning from what is known to a plan, the solver passed in: pure, replayable."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.domain.framing import Knowledge, drafted
from services.dispatch.domain.ladder import settle
from services.dispatch.domain.optimising import MarginalPrices, NoOptimum, Optimum
from services.dispatch.domain.plan import Plan, former_of, plan_of
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.problem import Problem
from services.dispatch.domain.softening import softened


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A plan with what it rests on, for explanations."""

    plan: Plan
    problem: Problem
    prices: MarginalPrices | None


def problem_at(plant: Plant, known: Knowledge, now: datetime) -> Problem:
    """Return the valid problem of this moment, whatever the inputs hold."""
    return softened(drafted(plant, known, now))


def planned(
    plant: Plant,
    known: Knowledge,
    problem: Problem,
    optimum: Optimum | NoOptimum,
    *,
    former: Plan | None,
    solve_seconds: float,
) -> Planned:
    """Return the plan for a problem whose optimum (or none) has come back from the solver."""
    settled = settle(problem, optimum, former_of(plant, former) if former else None)
    issue_time = known.forecast.issue_time if known.forecast else None
    plan = plan_of(
        plant, problem, settled, forecast_issue_time=issue_time, solve_seconds=solve_seconds
    )
    return Planned(plan, problem, settled.prices)


def plan_at(
    plant: Plant,
    known: Knowledge,
    now: datetime,
    solver: Callable[[Problem, float], Optimum | NoOptimum],
    *,
    former: Plan | None = None,
    time_limit_s: float = 5.0,
) -> Planned:
    """Return the plan of this moment, solved in place (tests, rehearsals)."""
    problem = problem_at(plant, known, now)
    optimum = solver(problem, time_limit_s)
    return planned(plant, known, problem, optimum, former=former, solve_seconds=0.0)
