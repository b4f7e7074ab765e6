"""Whatever is wished of whatever park: there is a problem without mistakes, and a plan of it."""

import json
from dataclasses import asdict
from datetime import datetime

import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.whole import booked, read
from services.dispatch.domain.park.problem import mistakes_between
from services.dispatch.domain.solver import best_courses
from services.dispatch.domain.wishes.applied import applied
from services.dispatch.solve.problem_file import problem_from
from tests.property.dispatch.drawn_wishes import START, Drawn
from tests.property.dispatch.park_problems import a_random_park

LONGEST_S = 20.0


def test_no_wish_makes_a_problem_that_does_not_hold_together() -> None:
    said = 0
    for seed in range(400):
        park = a_random_park(seed)

        problem, caveats = applied(park, list(Drawn(park, seed).wishes()), START)

        assert mistakes_between(problem) == [], seed
        document = json.dumps(asdict(problem), default=datetime.isoformat)
        assert problem_from(document.encode()) == problem, seed
        said += len(caveats)
    assert said > 100, "some of these wishes cannot be kept"


@pytest.mark.parametrize("seed", range(0, 45, 3))
def test_no_wish_loses_the_plan(seed: int) -> None:
    park = a_random_park(seed)
    problem, _ = applied(park, list(Drawn(park, seed).wishes()), START)

    solved = best_courses(problem, LONGEST_S)

    assert not isinstance(solved, str), solved
    schedule = read(solved.solution)
    books = booked(problem, schedule)
    assert faults(problem, schedule, books.breaches, books.money) == []
