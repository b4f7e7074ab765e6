"""From a problem to the best courses: few binaries exactly, many by rounding; then prices.

Flows both ways at once (charging and discharging) pay only at odd prices, and so does leaving a
curve. Such steps, and only they, get binaries. In the end all whole numbers are fixed and the rest
is solved once more, for exact duals.
"""

import time
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from services.dispatch.domain.model.builder import MILLI, Builder
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.rounding import decided
from services.dispatch.domain.model.solution import Solution
from services.dispatch.domain.model.whole import built
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem

ROUNDS = 10
ROUNDS_BY_STEP = 3
"""Then what still breaks a rule somewhere gets binaries everywhere: else the trouble moves on."""
PASSES = 12
FEW_BINARIES = 250
FEW_COLUMNS = 6000
GOOD_ENOUGH = 5e-3
"""A plan with many binaries is good enough within this share of its cost."""
FAIR = 2.5e-2
"""A large plan that is within this share of what is possible is not searched any further."""
HAND_OVER_S = 3.0
"""How long the exact solver may look for something better than what rounding found."""
LEAST_S = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a solver answers: values, duals (none for a program with binaries), and a bound.

    `bound`: no solution costs less, thousandths of the currency.
    """

    values: Floats
    duals: Floats
    proven: bool
    bound: float


class Solver(Protocol):
    """Solves a program within a wall-clock limit; `hint` is a good solution to begin from."""

    def __call__(
        self, program: Program, time_limit_s: float, hint: Floats | None = None, /
    ) -> Found | str:
        """Return the best found, or a word why there is none."""


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


Choices = dict[tuple[int, int], Floats]
"""By (index in `one_way`, step): what its binaries are."""


@dataclass
class Search:
    """The best so far, and the highest bound that was proven."""

    build: Builder
    solver: Solver
    ends: float
    best: Solved | None = None
    bound: float = -np.inf
    why: str = "no time to solve anything"
    choices: Choices = field(default_factory=dict)

    @property
    def left_s(self) -> float:
        """How much time is left; next to none where it is over."""
        return max(LEAST_S, self.ends - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self.ends

    @property
    def gap(self) -> float:
        """How much dearer than the best possible the best so far may be, as a share."""
        return np.inf if self.best is None else replace(self.best, bound=self.bound).gap

    def answer(
        self, program: Program, hint: Floats | None = None, most_s: float = np.inf
    ) -> Found | None:
        """Return what the solver finds within the time left, and within `most_s`."""
        found = self.solver(program, min(self.left_s, most_s), hint)
        if isinstance(found, str):
            self.why = found
            return None
        return found

    def prove(self, found: Found) -> None:
        """Keep the bound of a relaxation."""
        self.bound = max(self.bound, found.bound / MILLI)

    def offer(self, program: Program, found: Found) -> None:
        """Keep a solution that is the best so far."""
        cost = float(program.cost @ found.values) / MILLI
        if self.best is None or cost < self.best.cost:
            solution = Solution(self.build.problem, program, found.values, found.duals)
            self.best = Solved(solution, cost, self.bound, False)


def solved(problem: ParkProblem, solver: Solver, time_limit_s: float) -> Solved | str:
    """Return the best that `solver` finds within the limit (all runs together), or why none."""
    ends = time.monotonic() + time_limit_s
    search = Search(built(problem), solver, ends)
    if search.is_over:
        return search.why
    program = search.build.program()
    if len(program.integer) > FEW_BINARIES or (
        len(program.integer) and len(program.lower) > FEW_COLUMNS
    ):
        round_off(search, program)
    if search.best is None:
        solve_exactly(search)
    elif _is_worth_searching(search, program) and not search.is_over:
        search.ends = min(search.ends, time.monotonic() + HAND_OVER_S)
        solve_exactly(search)
    if search.best is None:
        return search.why
    bound = min(search.bound, search.best.cost)
    return replace(search.best, bound=bound, proven=search.gap <= GOOD_ENOUGH)


def _is_worth_searching(search: Search, program: Program) -> bool:
    """Whether the exact solver may find something better; in large programs it takes minutes."""
    return search.gap > (GOOD_ENOUGH if len(program.lower) <= FEW_COLUMNS else FAIR)


def solve_exactly(search: Search) -> None:
    """Solve with every binary, and again with more where a solution breaks a choice."""
    choices = dict(search.choices)
    hint = None if search.best is None else search.best.solution.values
    for attempt in range(ROUNDS):
        program = search.build.program(frozenset(choices))
        if (found := search.answer(program, hint)) is None:
            return
        search.prove(found)
        added = _broken(search.build, found.values, choices, attempt)
        if not added or search.is_over or attempt == ROUNDS - 1:
            _settle(search, program, found, choices)
            return
        choices, hint = choices | added, None


def _settle(search: Search, program: Program, found: Found, choices: Choices) -> None:
    """Solve once more with all whole numbers fixed, for exact duals; a linear program has them."""
    if len(program.integer) or any(_broken(search.build, found.values, choices, 0)):
        complete(search, *_settled(program, found.values, choices))
    else:
        search.offer(program, found)


def _settled(program: Program, values: Floats, choices: Choices) -> tuple[Floats, Choices]:
    """Return the whole numbers of a solution: the problem's own, and those of the choices."""
    whole = values[program.integer].round()
    at = len(whole) - sum(len(chosen) for chosen in choices.values())
    own, settled = whole[:at], {}
    for key in sorted(choices):
        settled[key] = whole[at : at + len(choices[key])]
        at += len(choices[key])
    return own, settled


def round_off(search: Search, program: Program) -> None:
    """Relax, choose the states of units at the relaxation's prices, and solve with these.

    And again from there, at the prices that this solution has where energy is traded.
    """
    if (relaxed := _relaxed(search, program)) is None:
        return
    values, duals, tried = relaxed.values, relaxed.duals, set[bytes]()
    others: Floats | None = None
    for _ in range(PASSES):
        chosen = decided(search.build, program, values, duals)
        if others is None:
            others = _rest(search, program, chosen, relaxed.values)
        states = chosen[program.integer]
        whole = np.where(np.isnan(states), others, states)
        if whole.tobytes() in tried:
            return
        tried.add(whole.tobytes())
        completed = complete(search, whole, {})
        if completed is None or not len(completed.duals):
            return
        if search.gap <= GOOD_ENOUGH or search.is_over:
            return
        values, duals = completed.values, _traded_prices(search.build, program, relaxed, completed)


def _relaxed(search: Search, program: Program) -> Found | None:
    """Return a solution without whole numbers; where that fails, one without starts as well."""
    linear = replace(program, integer=np.zeros(0, np.int64))
    if (found := search.answer(linear)) is not None:
        search.prove(found)
        if found.proven and len(found.duals):
            return found
    if (light := _light(search, program)) is not None:
        search.prove(light)
    return light


def _traded_prices(build: Builder, program: Program, relaxed: Found, newest: Found) -> Floats:
    """Return the relaxation's prices, at nodes of public grids those of the newest solution."""
    duals = relaxed.duals.copy()
    for node in {grid.node for grid in build.problem.grids}:
        rows = program.rows[f"{node}.balance"]
        duals[rows] = newest.duals[rows]
    return duals


def _light(search: Search, program: Program) -> Found | None:
    """Return the solution of a relaxation without binaries and without starts."""
    kept = np.ones(len(program.row_lower), bool)
    kept[np.concatenate([*search.build.start_rows, np.zeros(0, np.int64)])] = False
    upper = program.upper.copy()
    for columns in search.build.start_columns:
        upper[columns] = 0.0
    light = replace(
        program,
        upper=upper,
        matrix=program.matrix[kept],
        row_lower=program.row_lower[kept],
        row_upper=program.row_upper[kept],
        integer=np.zeros(0, np.int64),
    )
    found = search.answer(light)
    if found is None or not len(found.duals):
        return None
    duals = np.zeros(len(kept))
    duals[kept] = found.duals
    return replace(found, duals=duals)


def _rest(search: Search, program: Program, chosen: Floats, relaxed: Floats) -> Floats:
    """Return a value for every binary: those not chosen yet from a program of only these.

    Where that program finds nothing, they are the nearest to the relaxation.
    """
    whole = chosen[program.integer]
    if not (open_ := np.isnan(whole)).any():
        return whole
    lower, upper = program.lower.copy(), program.upper.copy()
    known = program.integer[~open_]
    lower[known] = upper[known] = chosen[known]
    smaller = replace(program, lower=lower, upper=upper, integer=program.integer[open_])
    found = search.answer(smaller, most_s=HAND_OVER_S)
    nearest = relaxed if found is None else found.values
    return np.asarray(np.where(open_, nearest[program.integer].round(), whole), np.float64)


def complete(search: Search, whole: Floats, choices: Choices) -> Found | None:
    """Solve with the whole numbers of the program without choices fixed, offer and return it.

    Where it still breaks a choice, what comes nearest is chosen.
    """
    choices = dict(choices)
    for attempt in range(ROUNDS):
        program = _fixed(search.build, whole, choices)
        found = search.answer(program)
        if found is None:
            return None
        added = _broken(search.build, found.values, choices, attempt)
        if not added:
            search.offer(program, found)
            search.choices |= choices
            return found
        choices |= added
    return None


def _fixed(build: Builder, whole: Floats, choices: Choices) -> Program:
    program = build.program(frozenset(choices))
    values = np.concatenate([whole, *(choices[at] for at in sorted(choices))])
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[program.integer] = upper[program.integer] = values
    return replace(program, lower=lower, upper=upper, integer=np.zeros(0, np.int64))


def _broken(build: Builder, values: Floats, choices: Choices, attempt: int) -> Choices:
    """Return the choices to make where a solution breaks a rule, as it comes nearest."""
    broken: Choices = {}
    for i, choice in enumerate(build.one_way):
        steps = [step for step in choice.broken(values) if (i, step) not in choices]
        if steps and attempt >= ROUNDS_BY_STEP:
            steps = [step for step in range(choice.steps) if (i, step) not in choices]
        broken |= {(i, step): choice.chosen(values, step) for step in steps}
    return broken
