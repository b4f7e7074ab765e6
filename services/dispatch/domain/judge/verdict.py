"""All that is wrong with a plan, in sentences."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.dispatch.domain.judge import (
    bill,
    carbon,
    courses,
    grids,
    lines,
    loads,
    nodes,
    processes,
    queues,
    reserve,
    shares,
    steadiness,
    stores,
    trade,
    units,
    vehicles,
)
from services.dispatch.domain.judge.case import Case
from services.dispatch.domain.model.books import Breach
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.park.problem import ParkProblem

JUDGES: tuple[tuple[str, Callable[[Case, Any], None]], ...] = (
    ("lines", lines.judge),
    ("grids", grids.judge),
    ("contracts", grids.judge_contract),
    ("supplies", trade.judge_supply),
    ("sinks", trade.judge_sink),
    ("productions", trade.judge_production),
    ("loads", loads.judge),
    ("sessions", vehicles.judge),
    ("clusters", vehicles.judge_cluster),
    ("processes", processes.judge),
    ("queues", queues.judge),
    ("stores", stores.judge),
    ("units", units.judge),
    ("every_node", nodes.judge),
)


def faults(
    problem: ParkProblem,
    schedule: Schedule,
    breaches: Sequence[Breach],
    money: Mapping[str, float],
) -> list[str]:
    """Return a sentence for each fault of a plan; none: the plan is right.

    `breaches` are the violations it tells of; `money` is what it pays, by kind (earned: negative).
    """
    if incomplete := list(courses.missing(problem, schedule)):
        return incomplete
    case = Case(problem, schedule)
    for group, judge in JUDGES:
        for part in getattr(problem, group):
            judge(case, part)
    _judge_rules(case)
    bill.judge_breaches(case, breaches)
    bill.judge_money(case, breaches, money)
    return case.found


def _judge_rules(case: Case) -> None:
    lines.judge_angles(case)
    shares.judge(case)
    carbon.judge(case)
    if case.problem.reserve is not None:
        reserve.judge(case, case.problem.reserve)
    if case.problem.former is not None:
        steadiness.judge(case, case.problem.former)
