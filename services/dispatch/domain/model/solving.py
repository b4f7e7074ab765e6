"""From a problem to the best courses: few binaries exactly, many by rounding; then prices.

Flows both ways at once (charging and discharging) pay only at odd prices, and so does leaving a
curve. Such steps, and only they, get binaries. In the end all whole numbers are fixed and the rest
is solved once more, for exact duals.
"""

import time
from dataclasses import replace

import numpy as np

from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.coordination import Coordination
from services.dispatch.domain.model.covers import covered
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.search import (
    FEW_COLUMNS,
    GOOD_ENOUGH,
    Choices,
    Found,
    Search,
    Solved,
    Solver,
)
from services.dispatch.domain.model.whole import built
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem

ROUNDS = 10
ROUNDS_BY_STEP = 3
"""Then what still breaks a rule somewhere gets binaries everywhere: else the trouble moves on."""
FEW_BINARIES = 250
HAND_OVER_S = 3.0
"""How long the exact solver may look for something better than what rounding found."""


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
        coordinate(search, covered(program, problem))
    if search.best is None:
        solve_exactly(search)
    elif _is_worth_searching(search, program) and not search.is_over:
        search.ends = min(search.ends, time.monotonic() + HAND_OVER_S)
        solve_exactly(search)
    if search.best is None:
        return search.why
    return search.settled(search.best)


def _is_worth_searching(search: Search, program: Program) -> bool:
    """Whether the exact solver may find something better; in large programs it finds nothing."""
    return len(program.lower) <= FEW_COLUMNS and search.gap > GOOD_ENOUGH


def solve_exactly(search: Search) -> None:
    """Solve with every binary, and again with more where a solution breaks a choice."""
    choices = dict(search.choices)
    hint = None if search.best is None else search.best.solution.values
    for attempt in range(ROUNDS):
        program = search.build.program(frozenset(choices))
        if (found := search.answer(program, hint)) is None:
            return
        search.prove(found.bound)
        added = _broken(search.build, found.values, choices, attempt)
        if not added or search.is_over or attempt == ROUNDS - 1:
            _settle(search, program, found, choices)
            return
        if search.best is None:
            _begin_with(search, program, found, choices, added)
        choices, hint = choices | added, None


def _begin_with(
    search: Search, program: Program, found: Found, choices: Choices, nearest: Choices
) -> None:
    """Offer what comes nearest to a solution that breaks choices: the best may take long."""
    whole, settled = _settled(program, found.values, choices)
    complete(search, whole, settled | nearest)


def _settle(search: Search, program: Program, found: Found, choices: Choices) -> None:
    """Solve once more with all whole numbers fixed, for exact duals; a linear program has them.

    Where that finds nothing (no time, or whole only within a solver's tolerance), a solution that
    breaks no choice is kept as it was found, without duals.
    """
    is_broken = any(_broken(search.build, found.values, choices, 0))
    if (len(program.integer) or is_broken) and complete(
        search, *_settled(program, found.values, choices)
    ):
        return
    if not is_broken:
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


def coordinate(search: Search, program: Program) -> None:
    """Relax, let each piece decide at the relaxation's prices, and solve with what they decided."""
    if (relaxed := _relaxed(search, program)) is None:
        return
    pieces = Coordination.of(search, program, relaxed)
    pieces.rounds(lambda whole: complete(search, whole, {}))


def _relaxed(search: Search, program: Program) -> Found | None:
    """Return a solution without whole numbers and without starts, and prove its bound.

    What starts cost and forbid is left to the pieces, which know it all.
    """
    row_lower, row_upper = program.row_lower.copy(), program.row_upper.copy()
    for rows in program.roles.start_rows:
        row_lower[rows], row_upper[rows] = -np.inf, np.inf
    upper = program.upper.copy()
    for columns in program.roles.start_columns:
        upper[columns] = program.lower[columns]
    light = replace(
        program,
        upper=upper,
        row_lower=row_lower,
        row_upper=row_upper,
        integer=np.zeros(0, np.int64),
    )
    if (found := search.answer_relaxed(light)) is None:
        return None
    search.prove(found.bound)
    return found if len(found.duals) else None


def complete(search: Search, whole: Floats, choices: Choices) -> Found | None:
    """Solve with the whole numbers of the program without choices fixed, offer and return it.

    Where it still breaks a choice, what comes nearest is chosen.
    """
    choices = dict(choices)
    for attempt in range(ROUNDS):
        program = _fixed(search.build, whole, choices)
        found = search.answer_linear(program)
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
