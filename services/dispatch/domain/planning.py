"""One planning from what is known to a plan, the planner passed in: pure, replayable."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.domain.framed import Framed
from services.dispatch.domain.framing import Knowledge, drafted
from services.dispatch.domain.ladder import NoPlan, Settled, settle
from services.dispatch.domain.model.planning import Planned
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.plan import Plan, former_of, plan_of
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.softening import softened

Planner = Callable[[ParkProblem, float], Planned | NoPlan]
"""Plans a park's problem within so many seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A plan with what it rests on, for explanations."""

    plan: Plan
    framed: Framed
    settled: Settled


def framed_at(plant: Plant, known: Knowledge, now: datetime, former: Plan | None = None) -> Framed:
    """Return the valid problem of this moment, whatever the inputs hold."""
    return softened(drafted(plant, known, now, former.at if former else None))


def made(
    plant: Plant,
    known: Knowledge,
    framed: Framed,
    answer: Planned | NoPlan,
    *,
    former: Plan | None,
    solve_seconds: float,
) -> Made:
    """Return the plan for a problem when its answer has come back from the planner."""
    settled = settle(framed, answer, former_of(plant, former, framed) if former else None)
    issue_time = known.forecast.issue_time if known.forecast else None
    plan = plan_of(
        plant, framed, settled, forecast_issue_time=issue_time, solve_seconds=solve_seconds
    )
    return Made(plan, framed, settled)


def plan_at(
    plant: Plant,
    known: Knowledge,
    now: datetime,
    planner: Planner,
    *,
    former: Plan | None = None,
    time_limit_s: float = 5.0,
) -> Made:
    """Return the plan of this moment, planned in place (tests, rehearsals)."""
    framed = framed_at(plant, known, now, former)
    answer = planner(framed.park, time_limit_s)
    return made(plant, known, framed, answer, former=former, solve_seconds=0.0)
