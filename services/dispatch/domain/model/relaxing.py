"""A solver for want of time: solves without whole numbers, rounds these, and solves the rest."""

import time
from dataclasses import replace
from typing import Any

import numpy as np

from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.search import Found, Solver
from services.dispatch.domain.park.horizon import Floats

NEXT_TO_NOTHING = 1e-6


def rounded(solver: Solver) -> Solver:
    """Return a solver that rounds whole numbers to the nearest, and up where that is impossible."""

    def solve(program: Program, time_limit_s: float, *_: Any, **__: Any) -> Found | str:
        ends = time.monotonic() + time_limit_s
        if not len(program.integer):
            return solver(program, time_limit_s)
        free = solver(replace(program, integer=np.zeros(0, np.int64)), time_limit_s)
        if isinstance(free, str):
            return free
        share = free.values[program.integer]
        answer: Found | str = "no rounding is possible"
        for whole in (np.round(share), np.ceil(share - NEXT_TO_NOTHING)):
            answer = solver(_fixed(program, whole), ends - time.monotonic())
            if not isinstance(answer, str):
                return replace(answer, proven=False, bound=free.bound)
        return answer

    return solve


def _fixed(program: Program, whole: Floats) -> Program:
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[program.integer] = upper[program.integer] = whole
    return replace(program, lower=lower, upper=upper, integer=np.zeros(0, np.int64))
