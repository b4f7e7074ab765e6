"""The best solution so far, the highest bound proven, and the time that is left."""

import time
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

import numpy as np

from services.dispatch.domain.model.builder import MILLI, Builder
from services.dispatch.domain.model.lean import Needed
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.solution import Solution
from services.dispatch.domain.park.horizon import Floats

GOOD_ENOUGH = 5e-3
"""A plan with many binaries is good enough within this share of its cost."""
FEW_COLUMNS = 6000
LEAST_S = 0.05
LEAN_TRIES = 4
"""Then a program is solved with all that it has."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a solver answers: values, duals (none for a program with binaries), and a bound.

    `bound`: no solution costs less, thousandths of the currency.
    """

    values: Floats
    duals: Floats
    proven: bool
    bound: float


class Aim(Enum):
    """What a program with whole numbers is solved for."""

    OPTIMUM = "the best, and proof of it"
    PLAN = "a good solution soon"
    BOUND = "what no solution can undercut; the hint is a solution"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a program with whole numbers is to be solved.

    `within`: the gap that is small enough, thousandths of the currency; None: the solver's own.
    """

    aim: Aim = Aim.OPTIMUM
    within: float | None = None


class Solver(Protocol):
    """Solves a program within a wall-clock limit; `hint` is a good solution to begin from."""

    def __call__(
        self,
        program: Program,
        time_limit_s: float,
        hint: Floats | None = None,
        /,
        *,
        wanted: Wanted = Wanted(),
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
    needed: Needed = field(default_factory=Needed)

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
        return np.inf if self.best is None else self.settled(self.best).gap

    def settled(self, best: Solved) -> Solved:
        """Return a solution with the bound, and whether it is proven.

        A bound that a solution undercuts by more than noise is wrong: then there is none.
        """
        noise = GOOD_ENOUGH * max(abs(best.cost), 1.0)
        bound = self.bound if self.bound <= best.cost + noise else -np.inf
        known = replace(best, bound=min(bound, best.cost))
        return replace(known, proven=known.gap <= GOOD_ENOUGH)

    def answer(
        self,
        program: Program,
        hint: Floats | None = None,
        most_s: float = np.inf,
        wanted: Wanted | None = None,
    ) -> Found | None:
        """Return what the solver finds within the time left, and within `most_s`."""
        wishes = {} if wanted is None else {"wanted": wanted}
        found = self.solver(program, min(self.left_s, most_s), hint, **wishes)
        if isinstance(found, str):
            self.why = found
            return None
        return found

    def answer_linear(self, program: Program) -> Found | None:
        """Return what the solver finds for a program without whole numbers.

        A large one is solved without what is seldom needed first (`lean`).
        """
        if len(program.lower) <= FEW_COLUMNS:
            return self.answer(program)
        for _ in range(LEAN_TRIES):
            found = self.answer(self.needed.lean(program))
            if found is None or not len(found.duals):
                if not self.needed.take_columns(program):
                    break
            elif not self.needed.asks_for(program, found.values, found.duals):
                return found
        self.needed.take_all(program)
        return self.answer(program)

    def answer_relaxed(self, program: Program) -> Found | None:
        """Return a solution of a linear program that may lack rows that are seldom needed.

        What it breaks of them is remembered for programs to come.
        """
        for _ in range(LEAN_TRIES):
            found = self.answer(self.needed.lean(program))
            if found is None or not len(found.duals):
                if not self.needed.take_columns(program):
                    return found
            elif not self.needed.asks_for_columns(program, found.duals):
                self.needed.asks_for_rows(program, found.values)
                return found
        self.needed.take_all(program)
        return self.answer(program)

    def prove(self, bound: float) -> None:
        """Keep what no solution can undercut, thousandths of the currency."""
        self.bound = max(self.bound, bound / MILLI)

    def offer(self, program: Program, found: Found) -> None:
        """Keep a solution that is the best so far; duals of one that is not proven are none."""
        cost = float(program.cost @ found.values) / MILLI
        if self.best is None or cost < self.best.cost:
            duals = found.duals if found.proven else np.zeros(0)
            solution = Solution(self.build.problem, program, found.values, duals)
            self.best = Solved(solution, cost, self.bound, False)
