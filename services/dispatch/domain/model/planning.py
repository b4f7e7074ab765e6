"""Always a plan of a whole park: the optimum, the best so far, a rounded one, the plan before
shifted, or the rules.

A rung is used when it is numbers and the judge finds no fault; what was wrong with the rungs above
stands in `caveats`. Rules that the judge rejects still are the plan, as `rejected`.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np

from services.dispatch.domain.model import reserve
from services.dispatch.domain.model.books import Books, Breach
from services.dispatch.domain.model.fallback import by_rules
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.marginal import Prices, eased, priced, told
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.relaxing import rounded
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.shifting import shifted
from services.dispatch.domain.model.solution import Solution
from services.dispatch.domain.model.solving import GOOD_ENOUGH, Found, Solved, Solver, solved
from services.dispatch.domain.model.whole import booked, read
from services.dispatch.domain.park.problem import ParkProblem

SHARE_FOR_THE_OPTIMUM = 0.8
"""Of the time limit; the rest is for rounding where whole numbers took too long."""

PRICED_COLUMNS = 4000
"""Larger programs are not solved once more for their prices, unless these are to be explained."""
LEAST_COST = 1.0
"""Currency units: of a cost below this a share says nothing."""
PRECISION = 1e-7
"""What a solver may be off where it is sure, as a share of all that it minimises."""
MOST_TOLD = 20
"""Faults of rules that are told one by one."""
MISTAKES = (ArithmeticError, LookupError, MemoryError, RecursionError, ValueError)
"""Mistakes of ours, which cost a rung and never the plan."""

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
    """What it took: seconds to build and to solve, and the size of the last program."""

    build_s: float = 0.0
    solve_s: float = 0.0
    columns: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """The plan that was accepted; `solved` is None where rules made it, and then `gap` is too."""

    problem: ParkProblem
    status: Status
    schedule: Schedule
    books: Books
    solved: Solved | None
    effort: Effort
    caveats: tuple[str, ...]
    prices: Prices | None = None

    @property
    def gap(self) -> float | None:
        """How much dearer than the best possible it may be, as a share; None: nobody knows."""
        return None if self.solved is None else self.solved.gap

    @property
    def gap_without_violations(self) -> float | None:
        """The same, as a share of what is not a violation's price (of 1 where that is less)."""
        if self.solved is None:
            return None
        rest = abs(self.solved.cost - self.books.money["violations"])
        return max(0.0, self.solved.cost - self.solved.bound) / max(rest, LEAST_COST)

    @property
    def solution(self) -> Solution | None:
        """What the solver found, with duals as `prices` has them; None where rules planned."""
        if self.prices is not None:
            return self.prices.solution
        return None if self.solved is None else self.solved.solution


@dataclass
class _Watched:
    """A solver, how long it took and what it was given."""

    solver: Solver
    solve_s: float = 0.0
    program: Program | None = None
    had_whole_numbers: bool = False
    began: float = field(default_factory=time.monotonic)

    def __call__(
        self, program: Program, time_limit_s: float, *hints: Any, **wishes: Any
    ) -> Found | str:
        self.program = program
        self.had_whole_numbers |= len(program.integer) > 0
        before = time.monotonic()
        try:
            return self.solver(program, time_limit_s, *hints, **wishes)
        finally:
            self.solve_s += time.monotonic() - before

    @property
    def effort(self) -> Effort:
        size = (0, 0) if self.program is None else self.program.matrix.shape
        build_s = time.monotonic() - self.began - self.solve_s
        return Effort(build_s, self.solve_s, columns=size[1], rows=size[0])


def planned(
    problem: ParkProblem,
    solver: Solver,
    time_limit_s: float,
    judge: Judge,
    last: LastPlan | None = None,
    *,
    to_explain: bool = False,
) -> Planned:
    """Return the best plan that the judge accepts within the limit; the rules in any case.

    With `last`, the plan before, that plan on the new steps comes before the rules. `to_explain`:
    exact prices also of a large park, and what limits are worth.
    """
    watched, ground = _Watched(solver), _Ground(problem, judge, last)
    caveats = ground.caveats_of_rules
    best: Planned | None = None
    for rung in _rungs(problem, watched, time_limit_s, caveats):
        if wrong := _faults(rung, judge):
            caveats.append(_told(rung.status, wrong))
        elif rung.status is not Status.OPTIMAL and ground.is_cheaper(rung):
            caveats.append(f"{rung.status}: dearer than {ground.name}")
        else:
            best = rung
            break
    if best is None:
        best, caveats = ground.plan, [*caveats, *ground.caveats]
    caveats = [*_unknown(problem), *caveats]
    prices = _prices(best, watched, time_limit_s, to_explain=to_explain)
    return replace(best, effort=watched.effort, caveats=tuple(caveats), prices=prices)


def _unknown(problem: ParkProblem) -> Iterator[str]:
    """Yield what the plan could not look at, since nobody told."""
    if reserve.is_cut(problem):
        end_h = float(problem.horizon.ends_h[-1])
        yield (
            f"reserve: what critical loads take after the horizon's {end_h:g} h is not known and "
            "counts nothing; give reserve.critical_after_kw"
        )


def _prices(
    plan: Planned, watched: _Watched, time_limit_s: float, *, to_explain: bool
) -> Prices | None:
    """Return what one more kWh costs; None where there are no duals."""
    if plan.solution is None or not len(plan.solution.duals):
        return None
    left_s = watched.began + time_limit_s - time.monotonic()
    is_small = len(plan.solution.program.lower) <= PRICED_COLUMNS
    if left_s <= 0.0 or not (is_small or to_explain):
        return told(plan.solution)
    prices = priced(plan.solution, watched, left_s)
    return eased(prices, watched, left_s) if to_explain else prices


class _Ground:
    """What stands without a solver: the plan before, shifted, where it is right and not dearer than
    the rules; else these. `caveats` say why the plan before is not the plan.
    """

    def __init__(self, problem: ParkProblem, judge: Judge, last: LastPlan | None) -> None:
        self._problem, self._judge, self._last = problem, judge, last
        self.rules = _of(problem, Status.RULES, by_rules(problem), None)
        self.caveats_of_rules, self.caveats = list[str](), list[str]()
        if wrong := _faults(self.rules, judge):
            self.rules = replace(self.rules, status=Status.REJECTED)
            more = [f"rules: {one}" for one in wrong[1:MOST_TOLD]]
            self.caveats_of_rules = [_told(Status.RULES, wrong), *more]

    @property
    def name(self) -> str:
        """What the plan is called."""
        return "the rules" if self.plan is self.rules else "the last plan shifted"

    def is_cheaper(self, rung: Planned) -> bool:
        """Whether the plan is right, and cheaper than a rung that is right too."""
        return self.plan.status is not Status.REJECTED and rung.books.total > self.plan.books.total

    @cached_property
    def plan(self) -> Planned:
        """The better of both."""
        if self._last is None:
            return self.rules
        try:
            schedule = shifted(self._problem, self._last)
        except MISTAKES as mistake:
            self.caveats.append(f"shifted: {type(mistake).__name__}: {mistake}")
            return self.rules
        plan = _of(self._problem, Status.SHIFTED, schedule, None)
        if not self._last.reaches(self._problem.horizon):
            self.caveats.append("shifted: the last plan says nothing of this horizon")
        elif wrong := _faults(plan, self._judge):
            self.caveats.append(_told(plan.status, wrong))
        elif self.rules.status is Status.RULES and plan.books.total > self.rules.books.total:
            self.caveats.append("shifted: dearer than the rules")
        else:
            return plan
        return self.rules


def _rungs(
    problem: ParkProblem, watched: _Watched, time_limit_s: float, caveats: list[str]
) -> Iterator[Planned]:
    """Yield what the solver finds, then what rounding finds; say why where they find nothing."""
    spent_s = time.monotonic() - watched.began
    first = _tried(problem, watched, time_limit_s * SHARE_FOR_THE_OPTIMUM - spent_s)
    if isinstance(first, Solved):
        yield _first(_of(problem, Status.OPTIMAL, read(first.solution), first))
    else:
        caveats.append(f"no optimum: {first}")
    if not watched.had_whole_numbers:
        return
    left_s = watched.began + time_limit_s - time.monotonic()
    second = _tried(problem, rounded(watched), left_s)
    if isinstance(second, Solved):
        relaxed = replace(second, proven=False)
        yield _of(problem, Status.RELAXED, read(second.solution), relaxed)
    else:
        caveats.append(f"nothing rounded: {second}")


def _first(plan: Planned) -> Planned:
    """Return the solver's best: optimal where it is, with and without what violations cost."""
    solved = plan.solved
    if solved is None or not solved.proven:
        return replace(plan, status=Status.INCUMBENT)
    rest = max(abs(solved.cost - plan.books.money["violations"]), LEAST_COST)
    dearer = solved.cost - solved.bound - PRECISION * abs(solved.cost)
    return plan if dearer <= GOOD_ENOUGH * rest else replace(plan, status=Status.INCUMBENT)


def _tried(problem: ParkProblem, solver: Solver, limit_s: float) -> Solved | str:
    """Return what is found; a mistake of ours costs the optimum, never the plan."""
    try:
        return solved(problem, solver, limit_s)
    except MISTAKES as mistake:
        return f"{type(mistake).__name__}: {mistake}"


def _of(problem: ParkProblem, status: Status, schedule: Schedule, found: Solved | None) -> Planned:
    return Planned(problem, status, schedule, booked(problem, schedule), found, Effort(), ())


def _faults(plan: Planned, judge: Judge) -> list[str]:
    """Return the faults; none when the plan may be published."""
    courses = [*plan.schedule.devices.values(), *plan.schedule.nodes.values()]
    if not all(np.isfinite(series).all() for course in courses for series in course.values()):
        return ["courses that are not numbers"]
    found = judge(plan.problem, plan.schedule, plan.books.breaches, plan.books.money)
    return [str(one) for one in found]


def _told(status: Status, faults: Sequence[str]) -> str:
    """Return the first fault of a rung, and how many there are."""
    return f"{status}: {faults[0]} ({len(faults)} faults)"
