"""Always a plan; the checker accepts it; brute force and the rules are never better."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dispatch.domain.judge import faults
from services.dispatch.domain.ladder import NoPlan, Origin, settle
from services.dispatch.domain.model.planning import Planned
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.whole import booked
from services.dispatch.domain.park.problem import ParkProblem, mistakes_between
from services.dispatch.domain.playing import Decisions, played
from services.dispatch.domain.rules import self_consumption
from services.dispatch.domain.softening import softened
from services.dispatch.domain.solver import best_plan
from tests.property.dispatch.random_parks import a_random_draft
from tests.unit.dispatch.builders import a_problem, a_storage, line, the_sun

TOLERANCE = 2e-3
LONGEST_S = 10.0
"""By the clock: on a busy machine a plan of 0.1 s of processor time takes its time."""


def faults_of(plan: Planned) -> list[str]:
    return faults(plan.problem, plan.schedule, plan.books.breaches, plan.books.money)


def judged(problem: ParkProblem, schedule: Schedule) -> list[str]:
    books = booked(problem, schedule)
    return faults(problem, schedule, books.breaches, books.money)


def cost_of(problem: ParkProblem, schedule: Schedule) -> float:
    return booked(problem, schedule).total


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_every_random_park_gets_a_plan_that_the_checker_accepts_and_rules_do_not_beat(
    first: int,
) -> None:
    origins = []
    for seed in range(first, first + 50):
        framed = softened(a_random_draft(seed))
        problem = framed.park
        assert mistakes_between(problem) == []

        settled = settle(framed, best_plan(problem, LONGEST_S))

        assert faults_of(settled.planned) == []
        ruled = cost_of(problem, played(problem, self_consumption(problem)))
        allowed = ruled + TOLERANCE + abs(ruled) / 10**6
        assert settled.planned.books.total <= allowed, seed
        origins.append(settled.origin)
    assert set(origins) <= {Origin.OPTIMAL, Origin.INCUMBENT}


@pytest.mark.parametrize("seed", range(0, 60, 5))
def test_a_poisoned_park_is_softened_with_caveats_not_in_silence(seed: int) -> None:
    problem = softened(a_random_draft(seed))

    assert any("net load" in caveat for caveat in problem.caveats)
    assert any("import price" in caveat for caveat in problem.caveats)


@pytest.mark.parametrize("seed", range(40))
def test_without_a_solver_every_random_park_still_gets_an_accepted_plan(seed: int) -> None:
    problem = softened(a_random_draft(seed))

    settled = settle(problem, NoPlan("the solver is away"))

    assert settled.origin is Origin.RULES
    assert settled.caveats[0] == "the solver is away"
    assert faults_of(settled.planned) == []


@settings(max_examples=40, deadline=None)
@given(
    base=st.lists(st.integers(-3, 3), min_size=3, max_size=3),
    price=st.lists(st.integers(1, 9), min_size=3, max_size=3),
    sun=st.lists(st.integers(0, 3), min_size=3, max_size=3),
    start=st.integers(0, 3),
)
def test_on_tiny_parks_the_plan_costs_exactly_what_brute_force_finds(
    base: list[int], price: list[int], sun: list[int], start: int
) -> None:
    storage = a_storage(charge_kw=2.0, discharge_kw=2.0, highest_kwh=3.0, start_kwh=float(start))
    problem = a_problem(
        line(*base),
        price=line(*price) / 10,
        stores=(storage,),
        productions=(the_sun(*sun),),
        export_limit_kw=2.0,
    )

    best = settle(problem, best_plan(problem.park, 5.0)).planned.books.total

    moves = itertools.product(range(-2, 3), repeat=3)
    cuts = list(itertools.product(*(range(s + 1) for s in sun)))
    tried = (
        played(problem.park, Decisions({"battery": line(*move)}, {"pv": line(*cut)}))
        for move in moves
        for cut in cuts
    )
    cheapest = min(cost_of(problem.park, schedule) for schedule in tried)
    assert best == pytest.approx(cheapest, abs=TOLERANCE)


def test_the_judge_rejects_a_schedule_whose_numbers_do_not_add_up() -> None:
    problem = a_problem(line(5, 5), stores=(a_storage(start_kwh=10.0),)).park
    schedule = played(problem, Decisions({"battery": line(-5, -5)}))
    assert judged(problem, schedule) == []

    schedule.devices["grid"]["import_kw"][0] = 3.0

    assert any("electricity in step 0" in fault for fault in judged(problem, schedule))


def test_the_judge_rejects_a_battery_that_is_emptier_than_empty() -> None:
    problem = a_problem(line(5), stores=(a_storage(start_kwh=2.0),)).park
    schedule = played(problem, Decisions())

    schedule.devices["battery"]["discharge_kw"][0] = 5.0

    assert any("battery in step 0" in fault for fault in judged(problem, schedule))


def test_the_judge_rejects_a_broken_limit_that_is_not_listed() -> None:
    problem = a_problem(line(120)).park
    schedule = played(problem, Decisions())
    books = booked(problem, schedule)
    assert judged(problem, schedule) == []

    silent = faults(problem, schedule, (), {**books.money, "violations": 0.0})

    assert any("import_limit is broken by 20" in fault for fault in silent)
