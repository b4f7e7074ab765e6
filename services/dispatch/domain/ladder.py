"""Always a plan: what the planner found, the last plan shifted, the rules, or rest.

A rung is used when it is numbers and the judge finds no fault; what was wrong with the rungs above
stands in `caveats`, and in `rejected` where it was the judge's word.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from services.dispatch.domain.framed import Framed
from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.fallback import by_rules
from services.dispatch.domain.model.planning import Effort, Planned, Status
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.whole import booked
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.playing import Decisions, played
from services.dispatch.domain.rules import self_consumption


class Origin(Enum):
    """How a plan came to be; the values are those of the wire."""

    OPTIMAL = 1
    INCUMBENT = 2
    LAST_PLAN = 3
    RULES = 4
    RELAXED = 5


ORIGIN_OF = {
    "optimal": Origin.OPTIMAL,
    "incumbent": Origin.INCUMBENT,
    "relaxed": Origin.RELAXED,
}
"""What a solver made; whatever else the planner of whole parks answers, rungs here are better."""
NEARLY = 1e-6
"""Costs nearer to each other than this share (or this much) are the same."""


@dataclass(frozen=True, slots=True)
class NoPlan:
    """No plan came of the solver; `why` is for people."""

    why: str


@dataclass(frozen=True, slots=True, eq=False)
class FormerPlan:
    """The decisions of an earlier plan in the steps of this one, and for which of these it spoke.

    `inside` is (steps,) of bool.
    """

    decisions: Decisions
    inside: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """The plan that was accepted. `caveats` say what was wrong with the rungs above.

    `rejected`: those of them that the judge did not accept, the planner's own first.
    """

    planned: Planned
    origin: Origin
    caveats: tuple[str, ...]
    rejected: tuple[str, ...]


def settle(framed: Framed, answer: Planned | NoPlan, former: FormerPlan | None = None) -> Settled:
    """Return the best acceptable plan."""
    problem, caveats, rejected = framed.park, list[str](), list[str]()
    if isinstance(answer, NoPlan):
        caveats.append(answer.why)
    else:
        caveats += answer.caveats
        rejected += answer.rejected
    for origin, rung in _rungs(problem, answer, former):
        plan = rung()
        if not (wrong := _wrong(plan)):
            return Settled(plan, origin, (*caveats, *_said(plan, answer)), tuple(rejected))
        rejected.append(f"{origin.name.lower()}: {wrong}")
        caveats.append(rejected[-1])
    raise ValueError(f"not even rest is acceptable: {caveats}; the problem was not softened")


def _said(plan: Planned, answer: Planned | NoPlan) -> tuple[str, ...]:
    """Return what a rung of ours says of itself; what the answer says stands there already."""
    return () if plan is answer else plan.caveats


Rung = tuple[Origin, Callable[[], Planned]]


def _rungs(
    problem: ParkProblem, answer: Planned | NoPlan, former: FormerPlan | None
) -> Iterator[Rung]:
    rules = _of(problem, played(problem, self_consumption(problem)))
    if isinstance(answer, Planned) and (origin := ORIGIN_OF.get(answer.status.value)):
        if _is_dearer(answer, rules):
            yield Origin.RULES, lambda: replace(rules, caveats=("the solver's plan is dearer",))
        else:
            yield origin, lambda: answer
    if former is not None and former.inside.any():
        last = _of(problem, played(problem, shifted(problem, former)))
        if _penalty(last) <= _penalty(rules):  # the world may have moved on
            yield Origin.LAST_PLAN, lambda: last
    yield Origin.RULES, lambda: rules
    yield Origin.RULES, lambda: _of(problem, by_rules(problem))


def _of(problem: ParkProblem, schedule: Schedule) -> Planned:
    return Planned(problem, Status.RULES, schedule, booked(problem, schedule), None, Effort(), ())


def _is_dearer(plan: Planned, rules: Planned) -> bool:
    """Whether the rules beat a plan (an incumbent, a gap); one of no numbers is judged as it is."""
    return plan.books.total > rules.books.total + max(NEARLY, NEARLY * abs(rules.books.total))


def _penalty(plan: Planned) -> float:
    return plan.books.money["violations"]


def _wrong(plan: Planned) -> str:
    courses = [*plan.schedule.devices.values(), *plan.schedule.nodes.values()]
    if not all(np.isfinite(series).all() for course in courses for series in course.values()):
        return "courses that are not numbers"
    found = faults(plan.problem, plan.schedule, plan.books.breaches, plan.books.money)
    return f"{found[0]} ({len(found)} faults)" if found else ""


def shifted(problem: ParkProblem, former: FormerPlan) -> Decisions:
    """Return the former decisions in the new steps; beyond them and for what is new, the rules."""
    rules = self_consumption(problem)

    def moved(now: Mapping[str, Floats], then: Mapping[str, Floats]) -> dict[str, Floats]:
        return {
            name: np.where(former.inside, then[name], kw) if name in then else kw
            for name, kw in now.items()
        }

    return Decisions(
        moved(rules.storage_kw, former.decisions.storage_kw),
        moved(rules.production_kw, former.decisions.production_kw),
        moved(rules.session_kw, former.decisions.session_kw),
    )
