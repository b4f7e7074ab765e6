"""From a problem to the best courses: solve, look for flows both ways, solve again, price.

Flows both ways at once (charging and discharging) pay only at odd prices. Such steps, and only
they, get a binary; where that only moves the trouble to other steps, all steps of that pair do. A
program with binaries is solved once more with these fixed, for exact duals.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from services.dispatch.domain.model.builder import MILLI, Builder
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.solution import Solution
from services.dispatch.domain.model.whole import built
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem

BOTH_WAYS_KW = 1e-4
ROUNDS = 8
ROUNDS_BY_STEP = 2


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a solver answers: values, duals (none for a program with binaries), and a bound.

    `bound`: no solution costs less, thousandths of the currency.
    """

    values: Floats
    duals: Floats
    proven: bool
    bound: float


Solver = Callable[[Program, float], Found | str]


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """The best solution found, its cost, and what no solution can undercut (currency units)."""

    solution: Solution
    cost: float
    bound: float
    proven: bool

    @property
    def gap(self) -> float:
        """How much dearer than the best possible it may be, as a share."""
        return max(0.0, self.cost - self.bound) / max(abs(self.cost), 1e-9)


def solved(problem: ParkProblem, solver: Solver, time_limit_s: float) -> Solved | str:
    """Return the best that `solver` finds within the limit (all runs together), or why none."""
    ends = time.monotonic() + time_limit_s
    build = built(problem)
    either_or: frozenset[tuple[int, int]] = frozenset()
    best: Solved | str = "no time to solve anything"
    for turn in range(ROUNDS):
        if (left_s := ends - time.monotonic()) <= 0:
            break
        program = build.program(either_or)
        found = solver(program, left_s)
        if isinstance(found, str):
            return best if isinstance(best, Solved) else found
        best = _priced(_solved(problem, program, found), solver, ends)
        new = frozenset(both_ways(build, best.solution.values)) - either_or
        if not new:
            break
        either_or |= new if turn < ROUNDS_BY_STEP else every_step(build, new)
    return best


def _solved(problem: ParkProblem, program: Program, found: Found) -> Solved:
    cost = float(program.cost @ found.values) / MILLI
    solution = Solution(problem, program, found.values, found.duals)
    return Solved(solution, cost, found.bound / MILLI, found.proven)


def both_ways(build: Builder, values: Floats) -> Iterator[tuple[int, int]]:
    """Yield (index of the pair, step) where both flows of a pair are there at once."""
    for i, pair in enumerate(build.one_way):
        both = np.minimum(values[pair.forward], values[pair.backward])
        for step in np.flatnonzero(both > BOTH_WAYS_KW).tolist():
            yield i, step


def every_step(build: Builder, some: frozenset[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Return all steps of the pairs that some (index of the pair, step) are of."""
    pairs = {i for i, _ in some}
    return frozenset((i, k) for i in pairs for k in range(len(build.one_way[i].forward)))


def _priced(best: Solved, solver: Solver, ends: float) -> Solved:
    """Return the solution with exact duals: its whole numbers fixed, the rest solved again."""
    program, left_s = best.solution.program, max(0.05, ends - time.monotonic())
    if not len(program.integer):
        return best
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[program.integer] = upper[program.integer] = best.solution.values[program.integer].round()
    linear = replace(program, lower=lower, upper=upper, integer=np.zeros(0, np.int64))
    again = solver(linear, left_s)
    if isinstance(again, str):
        return best
    found = _solved(best.solution.problem, linear, again)
    return replace(found, bound=best.bound, proven=best.proven and again.proven)
