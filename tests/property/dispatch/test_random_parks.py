"""Every random park gets a plan that the judge accepts, with each broken limit in it.

`PARKFLOW_RANDOM_PARKS` says how many parks are tried.
"""

import os

import numpy as np
import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.whole import booked, read
from services.dispatch.domain.park.problem import mistakes_between
from services.dispatch.domain.solver import best_courses
from tests.property.dispatch.park_problems import BUILT, SPOILED_EVERY, a_random_park

PARKS = int(os.environ.get("PARKFLOW_RANDOM_PARKS", "60"))
AT_ONCE = 20
LONGEST_S = 20.0
TIES = 0.5  # what being late costs next to nothing is in the cost, but not in the books


@pytest.mark.parametrize("first", range(0, PARKS, AT_ONCE))
def test_every_random_park_gets_a_plan_that_the_judge_accepts(first: int) -> None:
    for seed in range(first, min(first + AT_ONCE, PARKS)):
        problem = a_random_park(seed)
        assert mistakes_between(problem) == [], seed

        solved = best_courses(problem, LONGEST_S)

        assert not isinstance(solved, str), (seed, solved)
        schedule = read(solved.solution)
        books = booked(problem, schedule)
        assert faults(problem, schedule, books.breaches, books.money) == [], seed
        assert books.total == pytest.approx(solved.cost, rel=1e-6, abs=TIES), seed


@pytest.mark.parametrize("seed", range(0, PARKS, 3))
def test_no_value_of_a_plan_can_be_changed_unnoticed(seed: int) -> None:
    problem, rng = a_random_park(seed), np.random.default_rng(seed)
    solved = best_courses(problem, LONGEST_S)
    assert not isinstance(solved, str), solved
    schedule = read(solved.solution)
    books = booked(problem, schedule)
    idle = {unit.id for unit in problem.units if not unit.least_kw}  # on at 0 kW, or off
    courses = [
        (name, series, values)
        for group in (schedule.devices, schedule.nodes)
        for name, devices in group.items()
        for series, values in devices.items()
        if not (name in idle and series in ("on", "standby"))
    ]

    for name, series, values in courses:
        step = int(rng.integers(len(values)))
        former = values[step]
        values[step] = 1.0 - former if series in ("on", "off", "standby") else former + 0.1
        found = faults(problem, schedule, books.breaches, books.money)
        assert found != [], (name, series, step)
        values[step] = former


@pytest.mark.parametrize("seed", range(0, PARKS, SPOILED_EVERY))
def test_no_broken_limit_can_be_left_out(seed: int) -> None:
    problem = a_random_park(seed)
    solved = best_courses(problem, LONGEST_S)
    assert not isinstance(solved, str), solved
    schedule = read(solved.solution)
    books = booked(problem, schedule)

    for left_out in [breach for breach in books.breaches if breach.size > 0.01][:10]:
        others = [breach for breach in books.breaches if breach is not left_out]
        paid = {**books.money, "violations": sum(breach.cost for breach in others)}
        (fault,) = faults(problem, schedule, others, paid)
        assert f"{left_out.limit} is broken by" in fault


LIMITS_OF = {
    "grids": (Limit.IMPORT, Limit.EXPORT, Limit.NO_FEED_IN),
    "loads": (Limit.UNSERVED, Limit.SURPLUS),
    "sessions": (Limit.VEHICLE,),
    "stores": (Limit.LEVEL, Limit.TARGET),
    "lines": (Limit.LINE,),
    "processes": (Limit.PROCESS,),
    "queues": (Limit.LATE,),
    "shares": (Limit.FEED_IN_SHARE, Limit.SELF_USE_SHARE, Limit.LOAD_SHARE),
    "carbon": (Limit.CARBON_CAP,),
    "reserve": (Limit.RESERVE,),
}


def test_contradictory_parks_break_limits_of_every_sort() -> None:
    broken: set[Limit] = set()
    for seed in range(0, 40 * SPOILED_EVERY, SPOILED_EVERY):
        problem = a_random_park(seed)
        solved = best_courses(problem, LONGEST_S)
        assert not isinstance(solved, str), (seed, solved)
        books = booked(problem, read(solved.solution))
        broken |= {breach.limit for breach in books.breaches}

    assert broken >= {limit for group in BUILT for limit in LIMITS_OF.get(group, ())}
