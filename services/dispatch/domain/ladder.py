"""Always a plan: the optimum, the solver's best so far, the last plan shifted, the rules, or rest.

A rung is used when the independent checker accepts it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import numpy as np

from services.dispatch.domain.checker import faults
from services.dispatch.domain.optimising import MarginalPrices, NoOptimum, Optimum
from services.dispatch.domain.problem import Floats, Problem
from services.dispatch.domain.rules import self_consumption
from services.dispatch.domain.schedule import Decisions, Schedule, played


class Origin(Enum):
    """How a plan came to be, best first; the values are those of the wire."""

    OPTIMAL = 1
    INCUMBENT = 2
    LAST_PLAN = 3
    RULES = 4


@dataclass(frozen=True, slots=True, eq=False)
class FormerPlan:
    """The decisions of an earlier plan on its own grid."""

    start: datetime
    step: timedelta
    slots: int
    decisions: Decisions


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """The plan that was accepted. `rejections` says what was wrong with the rungs above."""

    schedule: Schedule
    origin: Origin
    prices: MarginalPrices | None
    rejections: tuple[str, ...]


def settle(
    problem: Problem, optimum: Optimum | NoOptimum, former: FormerPlan | None = None
) -> Settled:
    """Return the best acceptable plan for `problem`."""
    rejections: list[str] = [optimum.why] if isinstance(optimum, NoOptimum) else []
    for origin, decisions, prices in _rungs(problem, optimum, former):
        if not _is_finite(decisions):
            rejections.append(f"{origin.name.lower()}: decisions that are not numbers")
            continue
        schedule = played(problem, decisions)
        found = faults(problem, schedule)
        if not found:
            return Settled(schedule, origin, prices, tuple(rejections))
        rejections.append(f"{origin.name.lower()}: {found[0]} ({len(found)} faults)")
    raise ValueError(f"not even rest is acceptable: {rejections}; the problem was not softened")


def _rungs(
    problem: Problem, optimum: Optimum | NoOptimum, former: FormerPlan | None
) -> Iterator[tuple[Origin, Decisions, MarginalPrices | None]]:
    if isinstance(optimum, Optimum):
        origin = Origin.OPTIMAL if optimum.proven else Origin.INCUMBENT
        yield origin, _not_worse_than_rules(problem, optimum), optimum.prices
    rules = self_consumption(problem)
    if former is not None and former.start + former.slots * former.step > problem.start:
        last = shifted(problem, former)
        if _penalty(problem, last) <= _penalty(problem, rules):  # the world may have moved on
            yield Origin.LAST_PLAN, last, None
    yield Origin.RULES, rules, None
    yield Origin.RULES, Decisions(), None


def _penalty(problem: Problem, decisions: Decisions) -> int:
    return played(problem, decisions).costs.penalty_micros


def _is_finite(decisions: Decisions) -> bool:
    groups = (decisions.storage_kw, decisions.production_kw, decisions.session_kw)
    return all(np.isfinite(kw).all() for group in groups for kw in group.values())


def _not_worse_than_rules(problem: Problem, optimum: Optimum) -> Decisions:
    """Return the rules' decisions instead of ones that they beat (an incumbent, a gap)."""
    if not _is_finite(optimum.decisions):
        return optimum.decisions
    ruled = self_consumption(problem)
    costs = [played(problem, d).costs.objective_micros for d in (optimum.decisions, ruled)]
    return optimum.decisions if costs[0] <= costs[1] else ruled


def shifted(problem: Problem, former: FormerPlan) -> Decisions:
    """Return the former decisions on the new grid; beyond them and for what is new, the rules."""
    rules = self_consumption(problem)
    moments = [problem.start + k * problem.step for k in range(problem.slots)]
    index = np.array([(moment - former.start) // former.step for moment in moments])

    def moved(now: Mapping[str, Floats], then: Mapping[str, Floats]) -> dict[str, Floats]:
        inside = (index >= 0) & (index < former.slots)
        return {
            name: np.where(inside, then[name][np.clip(index, 0, former.slots - 1)], kw)
            if name in then
            else kw
            for name, kw in now.items()
        }

    return Decisions(
        moved(rules.storage_kw, former.decisions.storage_kw),
        moved(rules.production_kw, former.decisions.production_kw),
        moved(rules.session_kw, former.decisions.session_kw),
    )
