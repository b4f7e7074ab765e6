"""When a process may begin beside those that it waits for and that wait for it, as they are."""

import math

import numpy as np
from numpy.typing import NDArray

from services.dispatch.domain.model import placing, processes
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.solution import Solution
from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import MOMENT_H


def fits(solution: Solution, process: Process, steps: Index) -> NDArray[np.bool_]:
    """Return whether a run in one piece may begin in each of some steps, (steps,)."""
    begins_h = solution.problem.horizon.begins_h[steps]
    fit = np.ones(len(steps), np.bool_)
    for other in solution.problem.processes:
        if other.id == process.after:
            fit &= begins_h >= _span_h(solution, other)[1] + process.gap_h - MOMENT_H
        if other.after == process.id:
            latest_h = _span_h(solution, other)[0] - other.gap_h
            fit &= begins_h + process.duration_h <= latest_h + MOMENT_H
    return fit


def _span_h(solution: Solution, process: Process) -> tuple[float, float]:
    """Return when a process begins and ends, h; never where it does not run."""
    horizon = solution.problem.horizon
    on = np.flatnonzero(processes.read(solution, process)["on"])
    if placing.runs_on(process):
        return -process.done_h, placing.left_h(process)
    if not len(on):
        return math.inf, math.inf
    begins_h = float(horizon.begins_h[on[0]])
    if placing.is_split(process):
        return begins_h, float(horizon.ends_h[on[-1]])
    return begins_h, begins_h + process.duration_h
