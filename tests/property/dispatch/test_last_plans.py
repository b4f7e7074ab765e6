"""Whatever was planned before, and whenever: shifted onto a park it is a plan that may be judged.

`PARKFLOW_RANDOM_PARKS` says how many parks are tried.
"""

import os

import numpy as np
import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.shifting import shifted
from services.dispatch.domain.model.whole import booked, read
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import best_courses
from tests.property.dispatch.park_problems import a_random_park
from tests.support.reference_park import lp_park

PARKS = int(os.environ.get("PARKFLOW_RANDOM_PARKS", "60"))
BEGAN_H = (0.0, 0.25, 1.1, -0.7)
LONGEST_S = 20.0


def wrong_with(problem: ParkProblem, plan: Schedule) -> list[str]:
    books = booked(problem, plan)
    return faults(problem, plan, books.breaches, books.money)


@pytest.mark.parametrize("seed", range(0, PARKS, 2))
def test_the_plan_of_a_park_serves_it_later_too(seed: int) -> None:
    problem = a_random_park(seed)
    solved = best_courses(problem, LONGEST_S)
    assert not isinstance(solved, str), solved
    devices = read(solved.solution).devices

    for began_h in BEGAN_H:
        last = LastPlan(problem.horizon.edges_h - began_h, devices)
        assert wrong_with(problem, shifted(problem, last)) == [], began_h


@pytest.mark.parametrize("seed", range(1, PARKS, 2))
def test_a_last_plan_of_nonsense_gives_a_plan_that_is_right(seed: int) -> None:
    problem, rng = a_random_park(seed), np.random.default_rng(seed)
    steps = int(rng.integers(1, 40))
    names = ("charge_kw", "discharge_kw", "power_kw", "input_kw", "flow_kw", "on", "off")
    nonsense = {
        device: {name: rng.normal(0.0, 100.0, steps) for name in names}
        for _, device in problem.devices
    }
    edges_h = rng.uniform(-2, 2) + np.concatenate([[0.0], np.cumsum(rng.uniform(0.01, 2.0, steps))])

    assert wrong_with(problem, shifted(problem, LastPlan(edges_h, nonsense))) == []


def test_in_the_park_for_which_it_was_made_the_last_plan_is_hardly_dearer() -> None:
    problem = lp_park(batteries=3, steps=24)
    solved = best_courses(problem, LONGEST_S)
    assert not isinstance(solved, str), solved
    plan = read(solved.solution)

    again = booked(problem, shifted(problem, LastPlan(problem.horizon.edges_h, plan.devices)))

    assert again.total <= 1.01 * booked(problem, plan).total
