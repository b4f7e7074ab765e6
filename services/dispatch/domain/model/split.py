"""Processes that may run in pieces (§5.4): whole steps on, so many starts, each run long enough."""

import math
from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model import placing, runs
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import MOMENT_H, Floats
from services.dispatch.domain.park.problem import ParkProblem


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hours on: `due` within the horizon at least, `whole` when it is done, `most` ever.

    Of steps that are all alike `whole` is a number of them, and the most.
    """

    due: float
    whole: float
    most: float

    @classmethod
    def of(cls, problem: ParkProblem, process: Process, hours: Floats) -> "Wanted":
        """Return what is wanted of steps of these lengths."""
        due, whole = placing.due_h(problem, process), placing.left_h(process)
        if np.ptp(hours) > MOMENT_H:
            return cls(due, whole, whole + float(hours.max()))
        due, whole = (math.ceil((h - MOMENT_H) / hours[0]) * float(hours[0]) for h in (due, whole))
        return cls(due, whole, whole)


def add(build: Builder, process: Process, missed_cost: float) -> None:
    """Add the steps that are on, and the hours on up to the end of each."""
    steps = placing.window(build.problem, process)
    tie = build.hours[steps] * build.tie_per_kwh * steps / build.steps
    on = build.columns(f"{process.id}.on", 1.0, tie, count=len(steps), integer=True)
    run_h = build.columns(f"{process.id}.run_h", INFINITE, count=len(steps))
    rows = build.rows(f"{process.id}.run_h", 0.0, 0.0, len(steps))
    build.put(rows, run_h, 1.0)
    build.put(rows[1:], run_h[:-1], -1.0)
    build.put(rows, on, -build.hours[steps])
    _add_runs(build, process, on, steps)
    hours = build.hours[steps] if len(steps) else build.hours
    _add_wanted(build, process, Wanted.of(build.problem, process, hours), missed_cost)
    _add_going_on(build, process, on[placing.kept(build.problem.horizon, process)[steps]])


def _add_runs(build: Builder, process: Process, on: Index, steps: Index) -> None:
    horizon = build.problem.horizon
    least_h = placing.least_h(process)
    pieces = runs.Runs(process.id, on, horizon.begins_h[steps], process.running_h)
    end_h = process.latest_end_h
    if end_h <= horizon.ends_h[-1] and len(steps):
        end_h = float(horizon.ends_h[steps[-1]])
    in_time = pieces.begins_h + least_h <= end_h + MOMENT_H
    start = runs.add_starts(build, pieces, process.most_starts, upper=in_time.astype(np.float64))
    runs.add_least(build, pieces, start, least_h)


def _add_wanted(build: Builder, process: Process, wanted: Wanted, missed_cost: float) -> None:
    """Either all that is wanted is run, and no step more, or it is missed and nothing is run."""
    run_h = build.column(f"{process.id}.run_h")
    most = build.rows(f"{process.id}.runs", -INFINITE, wanted.most, 1)
    build.put(most, run_h[-1:], 1.0)
    if wanted.due > 0:
        missed = build.columns(f"{process.id}.missed", 1.0, missed_cost, count=1, integer=True)
        build.put(most, missed, wanted.most)
        due = build.rows(f"{process.id}.due", wanted.due, INFINITE, 1)
        build.put(due, run_h[-1:], 1.0)
        build.put(due, missed, wanted.due)
    if wanted.most > wanted.whole:
        _add_no_step_more(build, process, wanted)


def _add_going_on(build: Builder, process: Process, kept: Index) -> None:
    """Let a run that is too short yet go on, unless all is given up."""
    if not len(kept):
        return
    rows = build.rows(f"{process.id}.goes_on", 1.0, INFINITE, len(kept))
    build.put(rows, kept, 1.0)
    if build.has_columns(f"{process.id}.missed"):
        build.put(rows, build.column(f"{process.id}.missed"), 1.0)


def _add_no_step_more(build: Builder, process: Process, wanted: Wanted) -> None:
    """A step is on only where the hours before it are not enough yet."""
    on, run_h = build.column(f"{process.id}.on"), build.column(f"{process.id}.run_h")
    rows = build.rows(f"{process.id}.enough", -INFINITE, wanted.most, len(on))
    build.put(rows[1:], run_h[:-1], 1.0)
    build.put(rows, on, wanted.most - wanted.whole + MOMENT_H)
