"""Two stages in one program (§10): each scenario is the whole park once more, with its own courses.

Until `decided_h` stores do in each what the plan does, and vehicles always do; everything else, and
all later steps, answer what comes. Copies are relaxed: whole numbers and directions hold in the
plan itself only.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from services.dispatch.domain.model import sessions
from services.dispatch.domain.model.builder import Builder
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
    _decide_stores(build, prefix)


def _share_vehicles(build: Builder, prefix: str) -> None:
    """Let vehicles take from a scenario's nodes what they take in the plan."""
    for session in build.problem.sessions:
        here = np.flatnonzero(sessions.presence(build.problem.horizon, session) > 0)
        balance = build.row(f"{prefix}{session.node}.balance")[here]
        for way, into in (("charge", -1.0), ("discharge", 1.0)):
            if build.has_columns(name := f"{session.id}.{way}"):
                build.put(balance, build.column(name), into)


def _decide_stores(build: Builder, prefix: str) -> None:
    """Let stores do at first what they do in the plan."""
    if (uncertainty := build.problem.uncertainty) is None:
        return
    first = np.flatnonzero(build.problem.horizon.begins_h < uncertainty.decided_h)
    names = (f"{store.id}.{way}" for store in build.problem.stores for way in _WAYS)
    for name in names:
        rows = build.rows(f"{prefix}{name}.decided", 0.0, 0.0, len(first), shared=True)
        build.put(rows, build.column(name)[first], 1.0)
        build.put(rows, build.column(prefix + name)[first], -1.0)
