"""Large programs with whole numbers: each piece decides alone, at the prices of the relaxation.

What a park's devices share hardly needs whole numbers: electricity is bought, stored and priced in
a linear program. Its prices tell each piece (a heating plant, a process; `components`) what its
power is worth, and the piece is solved with its whole numbers, near what the others planned with.
Then all whole numbers are fixed and the rest is solved; its prices are where the next round begins.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.components import (
    Component,
    alone,
    components,
    faultless,
    gentle,
    near,
    priced,
    together,
)
from services.dispatch.domain.model.program import Index, Program
from services.dispatch.domain.model.search import GOOD_ENOUGH, Aim, Found, Search, Wanted
from services.dispatch.domain.model.tying import hours_of, leaders, tied
from services.dispatch.domain.park.horizon import Floats

LEAVING = (0.12, 0.1, 0.06, 0.1, 0.06)
"""What leaving the others' plans costs in each round, as a share of the price."""
NEWEST = 0.5
"""How much the newest prices count beside the relaxation's."""
AGAIN = 0.7
"""Of the time that a round took, the next one takes as much at least."""
PIECE_SHARE = 0.35
"""How much of the time that is left a piece may take; its nodes end it long before."""
FOR_PIECES = 0.7
"""How much of the time that is left after relaxing all pieces may take; the rest completes."""
SHARE = 5e-4
"""Within which share of the whole cost a piece is exact enough."""

MOST_PIECES = 48
"""Where each step is a piece of its own, neighbours are planned as one."""
SIDE_BY_SIDE = min(4, os.cpu_count() or 1)
"""How many pieces are solved at a time; the solver lets others run meanwhile."""

Complete = Callable[[Floats], Found | None]
"""Solves with given whole numbers, offers the solution and returns it."""


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    """Where a round begins: what the others planned, and the price of each row."""

    values: Floats
    duals: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Coordination:
    """A program in pieces, and its relaxation; what pieces decide they decide by `decided_by`."""

    search: Search
    program: Program
    relaxed: Found
    parts: tuple[Component, ...]
    follows: Index
    decided_by: float

    @classmethod
    def of(cls, search: Search, program: Program, relaxed: Found) -> "Coordination":
        """Take a program apart."""
        follows = leaders(program, hours_of(search.build.problem.horizon.begins_h))
        pieces = together(tuple(components(program)), MOST_PIECES)
        parts = sorted(pieces, key=lambda part: -len(part.columns))
        decided_by = time.monotonic() + FOR_PIECES * search.left_s
        return cls(search, program, relaxed, tuple(parts), follows, decided_by)

    @property
    def within(self) -> float:
        """How exact a piece has to be, thousandths of the currency."""
        return SHARE * abs(float(self.program.cost @ self.relaxed.values))

    def rounds(self, complete: Complete) -> None:
        """Plan in rounds until the plan is good enough; prove a bound beside the first."""
        at, tried = _At(self.relaxed.values, self.relaxed.duals), set[bytes]()
        with ThreadPoolExecutor(SIDE_BY_SIDE) as others:
            for leaving in LEAVING:
                began_s = self.search.left_s
                decided = self.decided(others, at, leaving, tie=not tried)
                whole = decided[self.program.integer].round()
                if whole.tobytes() in tried:
                    return
                bounds = [] if tried else self.begin_bounds(others, decided)
                completed = complete(whole)
                self.prove(bounds)
                tried.add(whole.tobytes())
                if completed is None or not len(completed.duals):
                    return
                took_s = began_s - self.search.left_s
                if self.search.gap <= GOOD_ENOUGH or self.search.left_s < AGAIN * took_s:
                    return
                at = self.between(completed)

    def between(self, completed: Found) -> _At:
        """Return a completed plan, at prices between its own and the relaxation's."""
        duals = self.relaxed.duals.copy()
        shared = self.program.roles.shared_rows
        duals[shared] += NEWEST * (completed.duals[shared] - duals[shared])
        return _At(completed.values[: len(self.program.lower)], duals)

    def decided(self, others: Executor, at: _At, leaving: float, *, tie: bool) -> Floats:
        """Return the values of all columns, those of the pieces as these decide side by side."""
        costs = priced(self.program, at.duals)

        def decide(part: Component) -> Floats | None:
            price = leaving * np.abs(at.duals[part.shared])
            piece = near(self.program, part, costs, at.values, price)
            return self.planned(piece, self.follows[part.columns] if tie else None, part)

        values = at.values.copy()
        for part, found in zip(self.parts, others.map(decide, self.parts), strict=True):
            if found is not None:
                values[part.columns] = found[: len(part.columns)]
        return values

    def planned(self, piece: Program, follows: Index | None, part: Component) -> Floats | None:
        """Return the values of a piece's program; None where nothing was found.

        First by the hour, if wanted; then in all steps; with violations only where nothing else is.
        """
        if follows is not None:
            others = np.arange(len(part.columns), len(piece.lower))
            local = np.searchsorted(part.columns, follows)
            smaller = tied(faultless(piece), np.concatenate([local, others]))
            if (found := self._answer(smaller.program, Aim.PLAN)) is not None:
                return found.values[smaller.column_of]
        for each in (faultless(piece), gentle(piece)):
            if (found := self._answer(each, Aim.PLAN)) is not None:
                return found.values
        return None

    def _answer(self, piece: Program, aim: Aim, hint: Floats | None = None) -> Found | None:
        ends = self.search.ends if aim is Aim.BOUND else self.decided_by
        left_s = ends - time.monotonic()
        if left_s <= 0.0:
            return None
        most_s = min(PIECE_SHARE * self.search.left_s, left_s)
        return self.search.answer(piece, hint, most_s, Wanted(aim, self.within))

    def begin_bounds(self, others: Executor, plan: Floats) -> list[Future[float]]:
        """Begin to find what whole numbers cost each piece at least, at the relaxation's prices.

        A relaxation that is not proven has no bound that could be raised.
        """
        if not self.relaxed.proven:
            return []
        costs = priced(self.program, self.relaxed.duals)

        def at_least(part: Component) -> float:
            relaxed = float(costs[part.columns] @ self.relaxed.values[part.columns])
            piece = gentle(alone(self.program, part, costs))
            found = self._answer(piece, Aim.BOUND, plan[part.columns])
            return 0.0 if found is None else max(0.0, found.bound - relaxed)

        return [others.submit(at_least, part) for part in self.parts]

    def prove(self, bounds: list[Future[float]]) -> None:
        """Raise the relaxation's bound by what was found."""
        if bounds:
            relaxed = float(self.program.cost @ self.relaxed.values)
            self.search.prove(relaxed + sum(bound.result() for bound in bounds))
