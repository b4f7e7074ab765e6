"""Always a plan of a whole park: the optimum, the best so far, a rounded one, or the rules.

A rung is used when it is numbers and the judge finds no fault; what was wrong with the rungs above
stands in `caveats`.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Lock
from typing import Any

import numpy as np

from services.dispatch.domain.model.books import Books, Breach
from services.dispatch.domain.model.fallback import by_rules
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.relaxing import rounded
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.search import Found, Solved, Solver
from services.dispatch.domain.model.solution import Solution
from services.dispatch.domain.model.solving import solved
from services.dispatch.domain.model.whole import booked, read
from services.dispatch.domain.park.problem import ParkProblem

SHARE_FOR_THE_OPTIMUM = 0.8
"""Of the time limit; the rest is for rounding where whole numbers took too long."""

Judge = Callable[[ParkProblem, Schedule, Sequence[Breach], Mapping[str, float]], Sequence[object]]
"""Returns what is wrong with a plan; nothing when it may be published."""


class Status(StrEnum):
    """How a plan came to be, best first."""

    OPTIMAL = "optimal"
    INCUMBENT = "incumbent"
    RELAXED = "relaxed"
    RULES = "rules"


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

    @property
    def gap(self) -> float | None:
        """How much dearer than the best possible it may be, as a share; None: nobody knows."""
        return None if self.solved is None else self.solved.gap

    @property
    def solution(self) -> Solution | None:
        """What the solver found; None where rules made the plan."""
        return None if self.solved is None else self.solved.solution


@dataclass
class _Watched:
    """A solver, how long it took and what it was given; it may be asked from several threads."""

    solver: Solver
    solve_s: float = 0.0
    program: Program | None = None
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
            self.program = program
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
        size = (0, 0) if self.program is None else self.program.matrix.shape
        build_s = time.monotonic() - self.began - self.solve_s
        return Effort(build_s, self.solve_s, columns=size[1], rows=size[0])


def planned(problem: ParkProblem, solver: Solver, time_limit_s: float, judge: Judge) -> Planned:
    """Return the best plan that the judge accepts within the limit; the rules in any case."""
    watched, caveats = _Watched(solver), list[str]()
    rules = _of(problem, Status.RULES, by_rules(problem), None)
    if wrong := _faults(rules, judge):
        caveats.append(f"rules: {wrong}")
    best = rules
    for rung in _rungs(problem, watched, time_limit_s, caveats):
        if wrong := _faults(rung, judge):
            caveats.append(f"{rung.status}: {wrong}")
        elif rung.status is not Status.OPTIMAL and rung.books.total > rules.books.total:
            caveats.append(f"{rung.status}: dearer than the rules")
        else:
            best = rung
            break
    return replace(best, effort=watched.effort, caveats=tuple(caveats))


def _rungs(
    problem: ParkProblem, watched: _Watched, time_limit_s: float, caveats: list[str]
) -> Iterator[Planned]:
    """Yield what the solver finds, then what rounding finds; say why where they find nothing."""
    spent_s = time.monotonic() - watched.began
    first = _tried(problem, watched, time_limit_s * SHARE_FOR_THE_OPTIMUM - spent_s)
    if isinstance(first, Solved):
        status = Status.OPTIMAL if first.proven else Status.INCUMBENT
        yield _of(problem, status, read(first.solution), first)
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


def _tried(problem: ParkProblem, solver: Solver, limit_s: float) -> Solved | str:
    """Return what is found; a mistake of ours costs the optimum, never the plan."""
    try:
        return solved(problem, solver, limit_s)
    except (ArithmeticError, LookupError, MemoryError, RecursionError, ValueError) as mistake:
        return f"{type(mistake).__name__}: {mistake}"


def _of(problem: ParkProblem, status: Status, schedule: Schedule, found: Solved | None) -> Planned:
    return Planned(problem, status, schedule, booked(problem, schedule), found, Effort(), ())


def _faults(plan: Planned, judge: Judge) -> str:
    """Return the first fault and how many there are; nothing when the plan may be published."""
    courses = [*plan.schedule.devices.values(), *plan.schedule.nodes.values()]
    if not all(np.isfinite(series).all() for course in courses for series in course.values()):
        return "courses that are not numbers"
    found = judge(plan.problem, plan.schedule, plan.books.breaches, plan.books.money)
    return f"{found[0]} ({len(found)} faults)" if found else ""
