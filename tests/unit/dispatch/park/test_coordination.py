"""Large programs: lean first, in pieces at prices, whole numbers of an hour as one."""

import time
from dataclasses import replace

import numpy as np
import pytest

from services.dispatch.domain.model import solving
from services.dispatch.domain.model.components import alone, components, gentle, priced
from services.dispatch.domain.model.lean import Needed
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.search import Found, Search
from services.dispatch.domain.model.tying import hours_of, leaders, tied
from services.dispatch.domain.model.whole import booked, built, read
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import best_courses, solve
from tests.support.reference_park import reference_park


def a_program(problem: ParkProblem) -> Program:
    return built(problem).program()


def without_whole_numbers(program: Program) -> Program:
    return replace(program, integer=np.zeros(0, np.int64))


def solution_of(program: Program) -> Found:
    found = solve(program, 60.0)
    assert not isinstance(found, str)
    return found


def a_day(**more: bool) -> ParkProblem:
    return reference_park(96, seed=1, units=False, processes=False, **more)


def searched(problem: ParkProblem) -> tuple[Search, Program]:
    build = built(problem)
    search = Search(build, solve, ends=time.monotonic() + 60.0)
    return search, without_whole_numbers(build.program())


def test_a_lean_program_has_the_solution_of_the_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.dispatch.domain.model.search.FEW_COLUMNS", 0)
    search, program = searched(a_day())

    found = search.answer_linear(program)

    whole = solution_of(program)
    assert found is not None
    assert program.cost @ found.values == pytest.approx(program.cost @ whole.values, rel=1e-8)
    assert len(search.needed.columns) < len(program.roles.seldom_columns)


def test_what_is_seldom_comes_back_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.dispatch.domain.model.search.FEW_COLUMNS", 0)
    more = Load(id="furnace", power_kw=20_000.0, node="works")  # the feeder carries 5000 kW
    search, program = searched(replace(a_day(), loads=(more,)))

    found = search.answer_linear(program)

    whole = solution_of(program)
    assert found is not None
    assert program.cost @ found.values == pytest.approx(program.cost @ whole.values, rel=1e-8)
    over = program.columns["feeder_works.over_forward"]
    assert found.values[over].max() > 10_000.0


def test_a_lean_program_says_which_rows_its_solution_breaks() -> None:
    """Batteries give 40 % of their power when empty: a line of power by level."""
    program = without_whole_numbers(a_program(reference_park(96, seed=2, units=False)))
    needed = Needed()
    lean = solution_of(needed.lean(program))

    assert needed.asks_for_rows(program, lean.values)

    names = {int(rows[0]): name for name, rows in program.rows.items()}
    asked = [names[int(program.roles.seldom_rows[i][0])] for i in needed.rows]
    assert all("charge_line" in name for name in asked)
    again = solution_of(needed.lean(program))
    assert not needed.asks_for_rows(program, again.values)
    assert program.cost @ again.values >= program.cost @ lean.values - 1e-6


def test_pieces_are_plants_and_processes_and_hold_every_whole_number() -> None:
    program = a_program(reference_park(96, seed=2))

    pieces = list(components(program))

    names = {column: name for name, columns in program.columns.items() for column in columns}
    found = {frozenset(names[c].split(".")[0] for c in piece.columns) for piece in pieces}
    assert frozenset({"gas", "gas_main", "heat", "chp", "boiler", "heat_pump", "drying"}) in found
    assert frozenset({"cold", "chiller", "cold_store"}) in found
    assert frozenset({"hydrogen", "electrolyser", "hydrogen_tank"}) in found
    assert frozenset({"melting", "annealing"}) in found
    held = np.concatenate([piece.columns for piece in pieces])
    assert set(program.integer) <= set(held)
    assert len(held) == len(set(held))


def test_what_pieces_cost_at_the_relaxations_prices_is_what_the_relaxation_costs() -> None:
    program = a_program(reference_park(96, seed=2))
    relaxed = solution_of(Needed().lean(without_whole_numbers(program)))
    costs = priced(program, relaxed.duals)

    for piece in components(program):
        own = without_whole_numbers(gentle(alone(program, piece, costs)))
        least = float(own.cost @ solution_of(own).values)
        there = float(costs[piece.columns] @ relaxed.values[piece.columns])
        assert least == pytest.approx(there, rel=1e-4, abs=1.0)


def test_whole_numbers_of_an_hour_become_one() -> None:
    problem = reference_park(96, seed=2)
    program = a_program(problem)

    smaller = tied(program, leaders(program, hours_of(problem.horizon.begins_h)))

    on = smaller.column_of[program.columns["chp.on"]]
    assert list(on[:5]) == [on[0]] * 4 + [on[4]]
    assert len(set(on)) == 24
    inputs = smaller.column_of[program.columns["chp.input"]]
    assert len(set(inputs)) == 96


def test_a_whole_park_is_planned_near_what_is_possible_and_nobody_goes_without() -> None:
    problem = reference_park(96, seed=1)

    best = best_courses(problem, 60.0)

    assert not isinstance(best, str)
    assert best.gap <= 0.025
    assert not booked(problem, read(best.solution)).breaches


def test_the_bound_of_pieces_is_no_more_than_a_plan_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factory's heat alone is small enough to be solved exactly."""
    problem = replace(reference_park(96, seed=4, processes=False), sessions=(), clusters=())
    problem = replace(
        problem, units=tuple(u for u in problem.units if u.id in ("boiler", "heat_pump"))
    )
    kept = {"heat_demand", "works_base"}
    problem = replace(
        problem,
        loads=tuple(load for load in problem.loads if load.id in kept),
        stores=problem.stores[:2],
    )
    exact = best_courses(problem, 60.0)

    monkeypatch.setattr(solving, "FEW_BINARIES", 0)
    search = Search(built(problem), solve, ends=time.monotonic() + 60.0)
    solving.coordinate(search, search.build.program())

    assert not isinstance(exact, str)
    assert search.best is not None
    assert search.bound <= exact.cost * (1 + 1e-4)
    assert search.best.cost >= exact.bound * (1 - 1e-6)
    assert search.best.cost <= exact.cost * 1.005
