"""Two stages in one program (§10): each scenario is the whole park once more, with its own courses.

Until `decided_h` what is decided now is as in the plan: what stores and queues do, units on, off or
on standby, processes begun, loads switched off; a unit's power, too, as long as nothing has come
differently. Vehicles always do what the plan does; everything else, and all later steps, answer
what comes. Copies are relaxed: whole numbers and directions hold in the plan itself only.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from services.dispatch.domain.model import placing, sessions
from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.scenarios import Scenario

_WAYS = ("charge", "discharge")


def problems(problem: ParkProblem) -> Iterator[tuple[float, ParkProblem]]:
    """Yield each scenario's weight and the park as it would be."""
    for scenario in problem.uncertainty.scenarios if problem.uncertainty else ():
        yield scenario.weight, _with(problem, scenario)


def _with(problem: ParkProblem, scenario: Scenario) -> ParkProblem:
    power, available = scenario.power_kw, scenario.available_kw
    return replace(
        problem,
        loads=tuple(
            replace(one, power_kw=power.get(one.id, one.power_kw)) for one in problem.loads
        ),
        productions=tuple(
            replace(one, available_kw=available.get(one.id, one.available_kw))
            for one in problem.productions
        ),
        sessions=(),
        clusters=(),
        uncertainty=None,
    )


def join(build: Builder, number: int, weight: float, other: Builder) -> None:
    """Add a scenario's program to the plan's, with what is the same in both."""
    prefix = f"scenario[{number}]."
    build.join(prefix, weight, other)
    _share_vehicles(build, prefix)
    _decide(build, prefix, other.problem)


def _share_vehicles(build: Builder, prefix: str) -> None:
    """Let vehicles take from a scenario's nodes what they take in the plan."""
    for session in build.problem.sessions:
        here = np.flatnonzero(sessions.presence(build.problem.horizon, session) > 0)
        balance = build.row(f"{prefix}{session.node}.balance")[here]
        for way, into in (("charge", -1.0), ("discharge", 1.0)):
            if build.has_columns(name := f"{session.id}.{way}"):
                build.put(balance, build.column(name), into)


def _decide(build: Builder, prefix: str, other: ParkProblem) -> None:
    """Let what is decided now be the same in the scenario as in the plan."""
    if (uncertainty := build.problem.uncertainty) is None:
        return
    first = build.problem.horizon.begins_h < uncertainty.decided_h
    known = all(
        (ours[first] == theirs[first]).all() for ours, theirs in _series(build.problem, other)
    )
    for name, steps in _decided(build.problem, powers=known):
        if build.has_columns(name):
            at = first[steps]
            rows = build.rows(f"{prefix}{name}.decided", 0.0, 0.0, int(at.sum()), shared=True)
            build.put(rows, build.column(name)[at], 1.0)
            build.put(rows, build.column(prefix + name)[at], -1.0)


def _series(problem: ParkProblem, other: ParkProblem) -> Iterator[tuple[Floats, Floats]]:
    """Yield what comes in the plan and in the scenario, (steps,) each."""
    array = problem.horizon.array
    for ours, theirs in zip(problem.loads, other.loads, strict=True):
        yield array(ours.power_kw), array(theirs.power_kw)
    for here, there in zip(problem.productions, other.productions, strict=True):
        yield array(here.available_kw), array(there.available_kw)


def _decided(problem: ParkProblem, *, powers: bool) -> Iterator[tuple[str, Index]]:
    """Yield the names of columns that are decided now, and the step of each column.

    With the `powers` of units where these need not answer anything yet.
    """
    every = np.arange(len(problem.horizon))
    yield from ((f"{store.id}.{way}", every) for store in problem.stores for way in _WAYS)
    yield from ((f"{queue.id}.power", every) for queue in problem.queues)
    yield from ((f"{load.id}.off", every) for load in problem.loads)
    names = ("on", "standby", "input") if powers else ("on", "standby")
    yield from ((f"{unit.id}.{name}", every) for unit in problem.units for name in names)
    for process in problem.processes:
        if placing.is_split(process):
            yield f"{process.id}.on", placing.window(problem, process)
        else:
            yield f"{process.id}.start", placing.starts(problem, process)
