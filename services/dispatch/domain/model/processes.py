"""Batches that run once in a window (§5.4): one binary for each step at which a run may begin."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model import placing, sequences, split
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.prices import Limit, penalties
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.model.stores import step_before
from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import MOMENT_H, Floats
from services.dispatch.domain.park.problem import ParkProblem

LEAST_KW = 1.0
"""What a process counts as when it is missed, though it may draw less or nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """What a node gives a process: in `steps`, `kw` of each unit of `columns`, all (entries,)."""

    node: str
    steps: Index
    columns: Index
    kw: Floats


def add(build: Builder, process: Process) -> None:
    """Add where it may run, or what it does where it runs on from before the horizon."""
    if placing.runs_on(process):
        began_h = np.array([-process.done_h])
        for node, kw in placing.laid(build.problem.horizon, process, began_h).items():
            build.give(node, -kw[0])
        return
    cost = missed_cost(build.problem, process)
    if placing.is_split(process):
        split.add(build, process, cost)
    else:
        _add_in_one_piece(build, process, cost)
    for draw in draws(build, process):
        build.put(build.row(f"{draw.node}.balance")[draw.steps], draw.columns, -draw.kw)
    sequences.add(build, process)


def _add_in_one_piece(build: Builder, process: Process, cost: float) -> None:
    """One of the starts, or it is missed; where it may wait, none of both."""
    steps = placing.starts(build.problem, process)
    tie = build.tie_per_kwh * missed_kwh(process) * steps / build.steps
    start = build.columns(f"{process.id}.start", 1.0, tie, count=len(steps), integer=True)
    due = placing.due_h(build.problem, process) > 0
    row = build.rows(f"{process.id}.runs", float(due), 1.0, 1)
    build.put(row, start, 1.0)
    if due:
        build.put(row, build.columns(f"{process.id}.missed", 1.0, cost, count=1), 1.0)
    sequences.add_begun(build, process, start)


def draws(build: Builder, process: Process) -> Iterator[Draw]:
    """Yield what decides on each node's power; nothing for one that runs on from before."""
    if placing.runs_on(process):
        return
    if placing.is_split(process):
        steps = placing.window(build.problem, process)
        on = build.column(f"{process.id}.on")
        for node, (power_kw,) in process.flows_kw.items():
            yield Draw(node, steps, on, np.full(len(steps), power_kw))
        return
    horizon, start = build.problem.horizon, build.column(f"{process.id}.start")
    begins_h = horizon.begins_h[placing.starts(build.problem, process)]
    for node, kw in placing.laid(horizon, process, begins_h).items():
        which, steps = np.nonzero(kw)
        yield Draw(node, steps, start[which], kw[which, steps])


def missed_kwh(process: Process) -> float:
    """Return what a missed process counts as: its largest power for all of its duration."""
    return size_kw(process) * process.duration_h


def size_kw(process: Process) -> float:
    """Return its largest power, 1 kW at least."""
    largest_kw = max(abs(kw) for profile in process.flows_kw.values() for kw in profile)
    return max(largest_kw, LEAST_KW)


def missed_cost(problem: ParkProblem, process: Process) -> float:
    """Return what it costs not to run it."""
    if process.missed_price is not None:
        return process.missed_price
    return missed_kwh(process) * penalties(problem)[Limit.PROCESS]


def read(solution: Solution, process: Process) -> Courses:
    """Return `on` (1 in each step in which it runs, else 0) and `power_kw.<node>`."""
    problem = solution.problem
    if placing.is_split(process):
        return _read_pieces(solution, process)
    began_h = np.array([-process.done_h])
    if not placing.runs_on(process):
        steps = placing.starts(problem, process)
        chosen = steps[solution.of(f"{process.id}.start") > 0.5]
        began_h = problem.horizon.begins_h[chosen]
    courses = {"on": placing.covered(problem.horizon, process, began_h).sum(axis=0)}
    for node, kw in placing.laid(problem.horizon, process, began_h).items():
        courses[f"power_kw.{node}"] = kw.sum(axis=0)
    return courses


def _read_pieces(solution: Solution, process: Process) -> Courses:
    on = np.zeros(len(solution.problem.horizon))
    steps = placing.window(solution.problem, process)
    on[steps] = solution.of(f"{process.id}.on").round()
    return {"on": on} | {f"power_kw.{node}": kw * on for node, (kw,) in process.flows_kw.items()}


def book(books: Books, process: Process, courses: Courses) -> None:
    """Book what it costs that it does not run."""
    if not is_missed(books.problem, process, courses):
        return
    if process.missed_price is not None:
        books.pay("missed processes", process.missed_price)
        return
    step = step_before(books.problem.horizon.ends_h, process.latest_end_h)
    books.breach(Limit.PROCESS, process.id, step, missed_kwh(process), "kWh")


def is_missed(problem: ParkProblem, process: Process, courses: Courses) -> bool:
    """Whether it had to run within the horizon and does not."""
    if placing.runs_on(process):
        return False
    if placing.is_split(process):
        run_h = float(courses["on"] @ problem.horizon.hours)
        return run_h < placing.due_h(problem, process) - MOMENT_H
    return placing.due_h(problem, process) > 0 and not courses["on"].any()
