"""Random parks with room kept free and with scenarios (§10): the judge accepts each plan."""

import os
from dataclasses import replace

import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.whole import booked, read
from services.dispatch.domain.park.problem import ParkProblem, mistakes_between
from services.dispatch.domain.park.scenarios import Scenario, Uncertainty
from services.dispatch.domain.solver import best_courses
from tests.property.dispatch.draw import Draw
from tests.property.dispatch.park_problems import a_random_park

PARKS = int(os.environ.get("PARKFLOW_RANDOM_PARKS", "60"))
AT_ONCE = 10
LONGEST_S = 20.0
OTHERS = 7_000
"""Seeds of parks that the other properties do not look at."""


def with_room(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Return the park with headroom at its connections, some of it more than there is."""
    grids = []
    for grid in problem.grids:
        if (charge := grid.demand_charge) is not None:
            charge = replace(charge, headroom_kw=draw.pick(0.0, 15.0, draw.series(0.0, 40.0)))
        room = draw.pick(10.0, 500.0, draw.series(0.0, 60.0))
        grids.append(replace(grid, headroom_kw=room, demand_charge=charge))
    return replace(problem, grids=tuple(grids))


def with_scenarios(problem: ParkProblem, draw: Draw) -> ParkProblem:
    """Return the park with two scenarios of whatever load and production it has."""
    if not problem.loads and not problem.productions:
        return problem
    some = tuple(
        Scenario(
            weight=draw.pick(0.1, 1.0, 3.0),
            power_kw={load.id: draw.series(0.0, 120.0) for load in problem.loads},
            available_kw={one.id: draw.series(0.0, 150.0) for one in problem.productions},
        )
        for _ in range(2)
    )
    return replace(problem, uncertainty=Uncertainty(scenarios=some, decided_h=draw.moment()))


@pytest.mark.parametrize("change", [with_room, with_scenarios])
@pytest.mark.parametrize("first", range(0, PARKS // 3, AT_ONCE))
def test_a_park_that_expects_the_unforeseen_gets_a_plan_that_the_judge_accepts(
    first: int, change: object
) -> None:
    for seed in range(OTHERS + first, OTHERS + first + AT_ONCE):
        draw = Draw(seed)
        problem = change(replace(a_random_park(seed), horizon=draw.horizon), draw)  # type: ignore[operator]
        assert mistakes_between(problem) == [], seed

        solved = best_courses(problem, LONGEST_S)

        assert not isinstance(solved, str), (seed, solved)
        schedule = read(solved.solution)
        books = booked(problem, schedule)
        assert faults(problem, schedule, books.breaches, books.money) == [], seed
