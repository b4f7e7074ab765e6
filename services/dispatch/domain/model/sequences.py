"""Processes one after the other (§5.4): what waits has begun only where the first has ended.

Both sides are running sums, so one row a step says it, without large numbers. If the first is
missed it never ends, and what waits for it does not run.
"""

from collections.abc import Iterator

import numpy as np

from services.dispatch.domain.model import placing
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import MOMENT_H, Floats
from services.dispatch.domain.park.problem import ParkProblem


def add(build: Builder, process: Process) -> None:
    """Add the rules between a process and those that are in the program already."""
    for first, then in _pairs(build.problem, process):
        if all(build.has_rows(f"{one.id}.runs") for one in (first, then)):
            _add_order(build, first, then)


def add_begun(build: Builder, process: Process, start: Index) -> None:
    """Add whether a run in one piece has begun by each of its starts, where others ask for it."""
    if not any(_pairs(build.problem, process)):
        return
    begun = build.columns(f"{process.id}.begun", 1.0, count=len(start))
    rows = build.rows(f"{process.id}.begun", 0.0, 0.0, len(start))
    build.put(rows, begun, 1.0)
    build.put(rows[1:], begun[:-1], -1.0)
    build.put(rows, start, -1.0)


def _pairs(problem: ParkProblem, process: Process) -> Iterator[tuple[Process, Process]]:
    for other in problem.processes:
        if other.id == process.after:
            yield other, process
        if other.after == process.id:
            yield process, other


def _add_order(build: Builder, first: Process, then: Process) -> None:
    ended, ends_h = _ended(build, first)
    begun, begins_h = _begun(build, then)
    last = np.searchsorted(ends_h, begins_h - then.gap_h + MOMENT_H, side="right") - 1
    rows = build.rows(f"{then.id}.after", -INFINITE, 0.0, len(begun))
    build.put(rows, begun, 1.0)
    known = last >= 0
    whole = placing.left_h(first) if placing.is_split(first) else 1.0
    build.put(rows[known], ended[last[known]], -1.0 / whole)


def _ended(build: Builder, process: Process) -> tuple[Index, Floats]:
    """Return what tells that it has ended, and by when: whole at its end."""
    problem = build.problem
    if placing.is_split(process):
        steps = placing.window(problem, process)
        return build.column(f"{process.id}.run_h"), problem.horizon.ends_h[steps]
    ends_h = problem.horizon.begins_h[placing.starts(problem, process)] + process.duration_h
    return build.column(f"{process.id}.begun"), ends_h


def _begun(build: Builder, process: Process) -> tuple[Index, Floats]:
    """Return what tells that it has begun, or is on, and when."""
    problem = build.problem
    if placing.is_split(process):
        steps = placing.window(problem, process)
        return build.column(f"{process.id}.on"), problem.horizon.begins_h[steps]
    begins_h = problem.horizon.begins_h[placing.starts(problem, process)]
    return build.column(f"{process.id}.begun"), begins_h
