"""Always a plan of a whole park: the optimum, the best so far, a rounded one, the plan before
shifted, or the rules.

A rung is used when it is numbers and the judge finds no fault; what was wrong with the rungs above
stands in `caveats`, and in `rejected` where it was the judge's word. Rules that the judge rejects
still are the plan, with the status `rejected`.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from services.dispatch.domain.model import reserve, steadiness
from services.dispatch.domain.model.ground import MISTAKES, Ground
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.marginal import Prices, eased, priced, told
from services.dispatch.domain.model.outcome import (
    Effort,
    Judge,
    Planned,
    Status,
    faults_of,
    first_of,
    made,
    prices_of,
)
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.relaxing import rounded
from services.dispatch.domain.model.search import GOOD_ENOUGH, Found, Solved, Solver
from services.dispatch.domain.model.solving import solved
from services.dispatch.domain.model.whole import read
from services.dispatch.domain.park.problem import ParkProblem

__all__ = ["Effort", "Judge", "Planned", "Status", "planned", "prices_of"]

SHARE_FOR_THE_OPTIMUM = 0.8
"""Of the time limit; the rest is for rounding where whole numbers took too long."""

PRICED_COLUMNS = 4000
"""Larger programs are not solved once more for their prices, unless these are to be explained."""
PRECISION = 1e-7
"""What a solver may be off where it is sure, as a share of all that it minimises."""


@dataclass
class _Watched:
    """A solver, how long it took and the most it was given at once; several threads may ask it."""

    solver: Solver
    solve_s: float = 0.0
    columns_rows: tuple[int, int] = (0, 0)
    had_whole_numbers: bool = False
    began: float = field(default_factory=time.monotonic)
    _busy: int = 0
    _since: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def __call__(
        self, program: Program, time_limit_s: float, *hints: Any, **wishes: Any
    ) -> Found | str:
        self._begin(program)
        try:
            return self.solver(program, time_limit_s, *hints, **wishes)
        finally:
            self._end()

    def _begin(self, program: Program) -> None:
        with self._lock:
            self.columns_rows = max(self.columns_rows, program.matrix.shape[::-1])
            self.had_whole_numbers |= len(program.integer) > 0
            self._since = self._since if self._busy else time.monotonic()
            self._busy += 1

    def _end(self) -> None:
        with self._lock:
            self._busy -= 1
            if not self._busy:
                self.solve_s += time.monotonic() - self._since

    @property
    def effort(self) -> Effort:
        build_s = time.monotonic() - self.began - self.solve_s
        columns, rows = self.columns_rows
        return Effort(build_s, self.solve_s, columns=columns, rows=rows)


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
    watched, ground = _Watched(solver), Ground(problem, judge, last)
    caveats, rejected = ground.caveats_of_rules, list[str]()
    best: Planned | None = None
    for rung in _rungs(problem, watched, time_limit_s, caveats):
        if wrong := faults_of(rung, judge):
            rejected.append(first_of(rung.status, wrong))
            caveats.append(rejected[-1])
        elif rung.status is not Status.OPTIMAL and ground.is_cheaper(rung):
            caveats.append(f"{rung.status}: dearer than {ground.name}")
        else:
            best = rung
            break
    if best is None:
        best, caveats = ground.plan, [*caveats, *ground.caveats]
    caveats = [*_unknown(problem), *caveats]
    best = _with_prices(best, watched, time_limit_s, to_explain=to_explain)
    rejected += ground.rejected
    return replace(best, effort=watched.effort, caveats=tuple(caveats), rejected=tuple(rejected))


def _unknown(problem: ParkProblem) -> Iterator[str]:
    """Yield what the plan could not look at, since nobody told."""
    if reserve.is_cut(problem):
        end_h = float(problem.horizon.ends_h[-1])
        yield (
            f"reserve: what critical loads take after the horizon's {end_h:g} h is not known and "
            "counts nothing; give reserve.critical_after_kw"
        )
    if names := steadiness.not_counted(problem):
        yield (
            f"former.power_kw: what {', '.join(names)} did before counts nothing; only stores, "
            "vehicles, productions, units, processes, queues and loads with an interruption do"
        )


def _with_prices(
    plan: Planned, watched: _Watched, time_limit_s: float, *, to_explain: bool
) -> Planned:
    """Return the plan with prices, and with their duals in its solution."""
    prices = _prices(plan, watched, time_limit_s, to_explain=to_explain)
    if prices is None or plan.solved is None:
        return plan
    return replace(plan, prices=prices, solved=replace(plan.solved, solution=prices.solution))


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


def _rungs(
    problem: ParkProblem, watched: _Watched, time_limit_s: float, caveats: list[str]
) -> Iterator[Planned]:
    """Yield what the solver finds, then what rounding finds; say why where they find nothing."""
    spent_s = time.monotonic() - watched.began
    first = _tried(problem, watched, time_limit_s * SHARE_FOR_THE_OPTIMUM - spent_s)
    if isinstance(first, Solved):
        yield _first(made(problem, Status.OPTIMAL, read(first.solution), first))
    else:
        caveats.append(f"no optimum: {first}")
    if not watched.had_whole_numbers:
        return
    left_s = watched.began + time_limit_s - time.monotonic()
    second = _tried(problem, rounded(watched), left_s)
    if isinstance(second, Solved):
        relaxed = replace(second, proven=False)
        yield made(problem, Status.RELAXED, read(second.solution), relaxed)
    else:
        caveats.append(f"nothing rounded: {second}")


def _first(plan: Planned) -> Planned:
    """Return the solver's best: optimal where it is, with and without what violations cost."""
    solved = plan.solved
    if solved is None or not solved.proven:
        return replace(plan, status=Status.INCUMBENT)
    rest = plan.without_violations
    dearer = solved.cost - solved.bound - PRECISION * abs(solved.cost)
    return plan if dearer <= GOOD_ENOUGH * rest else replace(plan, status=Status.INCUMBENT)


def _tried(problem: ParkProblem, solver: Solver, limit_s: float) -> Solved | str:
    """Return what is found; a mistake of ours costs the optimum, never the plan."""
    try:
        return solved(problem, solver, limit_s)
    except MISTAKES as mistake:
        return f"{type(mistake).__name__}: {mistake}"
