"""On tiny parks no plan that can be thought of is cheaper: all of them are tried.

20 parks, or 200 where `PARKFLOW_RANDOM_PARKS` asks for many.
"""

import os

import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.whole import booked, read
from services.dispatch.domain.solver import best_courses
from tests.property.dispatch.enumerated_parks import TRIED, an_enumerated_park

INSTANCES = 200 if "PARKFLOW_RANDOM_PARKS" in os.environ else 20


@pytest.mark.parametrize("kind", TRIED)
def test_the_plan_costs_what_the_best_of_all_costs(kind: str) -> None:
    for seed in range(-(-INSTANCES // len(TRIED))):
        problem, cheapest = an_enumerated_park(kind, seed)

        solved = best_courses(problem, 10.0)

        assert not isinstance(solved, str), (seed, solved)
        schedule = read(solved.solution)
        books = booked(problem, schedule)
        assert faults(problem, schedule, books.breaches, books.money) == [], seed
        assert books.total == pytest.approx(cheapest, abs=1e-6), seed
