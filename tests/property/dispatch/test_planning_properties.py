"""Always a plan; the checker accepts it; brute force and the rules are never better."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dispatch.domain.checker import faults
from services.dispatch.domain.ladder import Origin, settle
from services.dispatch.domain.optimising import NoOptimum
from services.dispatch.domain.problem import Production
from services.dispatch.domain.rules import self_consumption
from services.dispatch.domain.schedule import Decisions, played
from services.dispatch.domain.softening import softened
from services.dispatch.domain.solver import best_decisions
from tests.property.dispatch.random_parks import a_random_draft
from tests.unit.dispatch.builders import a_problem, a_storage, line

TOLERANCE_MICROS = 2_000


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_every_random_park_gets_a_plan_that_the_checker_accepts_and_rules_do_not_beat(
    first: int,
) -> None:
    origins = []
    for seed in range(first, first + 50):
        problem = softened(a_random_draft(seed))

        settled = settle(problem, best_decisions(problem, 1.0))

        assert faults(problem, settled.schedule) == []
        ruled = played(problem, self_consumption(problem)).costs.objective_micros
        allowed = ruled + TOLERANCE_MICROS + abs(ruled) // 10**6
        assert settled.schedule.costs.objective_micros <= allowed, seed
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

    settled = settle(problem, NoOptimum("the solver is away"))

    assert settled.origin is Origin.RULES
    assert settled.rejections[0] == "the solver is away"
    assert faults(problem, settled.schedule) == []


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
    storage = a_storage(power_kw=2.0, highest_kwh=3.0, start_kwh=float(start))
    problem = a_problem(
        line(*base),
        price=line(*price) / 10,
        storages=(storage,),
        productions=(Production("pv", line(*sun)),),
        export_limit_kw=2.0,
    )

    best = settle(problem, best_decisions(problem, 5.0)).schedule.costs.objective_micros

    moves = itertools.product(range(-2, 3), repeat=3)
    cuts = list(itertools.product(*(range(s + 1) for s in sun)))
    tried = (
        played(problem, Decisions({"battery": line(*move)}, {"pv": line(*cut)}))
        for move in moves
        for cut in cuts
    )
    cheapest = min(schedule.costs.objective_micros for schedule in tried)
    assert best == pytest.approx(cheapest, abs=TOLERANCE_MICROS)


def test_the_checker_rejects_a_schedule_whose_numbers_do_not_add_up() -> None:
    problem = a_problem(line(5, 5), storages=(a_storage(start_kwh=10.0),))
    schedule = played(problem, Decisions({"battery": line(-5, -5)}))
    assert faults(problem, schedule) == []

    schedule.grid_kw[0] = 3.0

    assert any("the components sum to 0.0 kW" in fault for fault in faults(problem, schedule))


def test_the_checker_rejects_a_battery_that_is_emptier_than_empty() -> None:
    problem = a_problem(line(5), storages=(a_storage(start_kwh=2.0),))
    schedule = played(problem, Decisions())

    np.asarray(schedule.decisions.storage_kw["battery"])[0] = -5.0

    assert any("-3.0 kWh is outside" in fault for fault in faults(problem, schedule))


def test_the_checker_rejects_a_broken_limit_that_is_not_listed() -> None:
    from dataclasses import replace

    problem = a_problem(line(120))
    schedule = played(problem, Decisions())

    silent = replace(schedule, violations=())

    assert faults(problem, schedule) == []
    assert any("not listed" in fault for fault in faults(problem, silent))
