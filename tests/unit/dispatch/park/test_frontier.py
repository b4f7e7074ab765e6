"""The cost–carbon frontier (§8.2)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.frontier import Frontier, FrontierPoint, carbon_kg, frontier
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.whole import read
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Grid, Supply
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import CarbonCap, CarbonRule
from services.dispatch.domain.solver import best_courses, solve
from tests.support.reference_park import lp_park

GREEN = Supply(id="green", node="electricity", price=0.8, limit_kw=60.0)


def a_choice(*supplies: Supply, **more: Any) -> ParkProblem:
    """100 kW for 10 h, from a grid at 0.5 a kWh with 1 kg/kWh, or from what supplies offer."""
    grid = Grid(id="grid", import_price=0.5, import_limit_kw=200.0, carbon_kg_per_kwh=1.0)
    return ParkProblem(
        horizon=Horizon(steps=10, step_h=1.0),
        grids=(grid,),
        supplies=supplies,
        loads=(Load(id="works", power_kw=100.0),),
        **more,
    )


def points_of(problem: ParkProblem, points: int = 5) -> tuple[FrontierPoint, ...]:
    found = frontier(problem, solve, faults, points)
    assert found.left_out == ()
    return found.points


def rounded(points: Sequence[FrontierPoint]) -> list[tuple[float, float, float]]:
    return [
        (round(one.carbon_kg, 3), round(one.cost, 3), round(one.price_per_kg, 4)) for one in points
    ]


def carbon_is_booked() -> bool:
    """Whether `rules` knows §8.2."""
    problem = a_choice()
    found = best_courses(problem, 10.0)
    return not isinstance(found, str) and carbon_kg(problem, read(found.solution)) > 0.0


with_the_carbon_rule = pytest.mark.skipif(
    not carbon_is_booked(), reason="the carbon rule (§8.2) is not built yet"
)


@with_the_carbon_rule
def test_the_frontier_runs_from_the_cheapest_plan_to_the_one_of_least_carbon() -> None:
    points = points_of(a_choice(GREEN))

    assert rounded(points) == [  # each kg spared is a kWh at 0.8 instead of 0.5
        (1000.0, 500.0, 0.0),
        (850.0, 545.0, 0.3),
        (700.0, 590.0, 0.3),
        (550.0, 635.0, 0.3),
        (400.0, 680.0, 0.3),  # 60 of 100 kW are green: no less carbon is to be had
    ]


@with_the_carbon_rule
def test_the_further_carbon_falls_the_dearer_is_the_next_kilogram() -> None:
    half = Supply(id="half", node="electricity", price=0.8, limit_kw=30.0)
    dear = Supply(id="dear", node="electricity", price=1.0, limit_kw=30.0)

    points = points_of(a_choice(half, dear))

    assert [one.price_per_kg for one in points] == pytest.approx([0.0, 0.3, 0.3, 0.5, 0.5])


@with_the_carbon_rule
def test_a_carbon_price_moves_no_point_since_cost_is_told_without_it() -> None:
    priced = a_choice(GREEN, carbon=CarbonRule(price_per_kg=7.0))

    assert rounded(points_of(priced)) == rounded(points_of(a_choice(GREEN)))


@with_the_carbon_rule
def test_a_cap_of_the_park_holds_in_every_plan() -> None:
    capped = a_choice(GREEN, carbon=CarbonRule(caps=(CarbonCap(limit_kg=700.0, to_h=10.0),)))

    points = points_of(capped, points=3)

    assert rounded(points) == [(700.0, 590.0, 0.0), (550.0, 635.0, 0.3), (400.0, 680.0, 0.3)]


@with_the_carbon_rule
def test_a_park_without_a_choice_has_one_point() -> None:
    assert rounded(points_of(a_choice())) == [(1000.0, 500.0, 0.0)]


@with_the_carbon_rule
def test_batteries_alone_give_a_frontier_of_five_points_none_of_which_is_dominated() -> None:
    points = points_of(lp_park(batteries=3, steps=24))

    assert len(points) >= 5
    for cheaper, greener in pairwise(points):
        assert cheaper.cost < greener.cost
        assert cheaper.carbon_kg > greener.carbon_kg


def test_where_nothing_is_solved_there_is_no_point() -> None:
    def out_of_time(*_: object, **__: object) -> str:
        return "the solver says NOT_SOLVED"

    assert frontier(a_choice(GREEN), out_of_time, faults) == Frontier(())


@with_the_carbon_rule
def test_a_plan_that_the_judge_rejects_is_no_point_and_is_told() -> None:
    def no_mix(problem: ParkProblem, schedule: Schedule, *_: object) -> list[str]:
        green = schedule.devices["green"]["power_kw"].sum()
        return ["only some of it is green"] if 1.0 < green < 599.0 else []

    found = frontier(a_choice(GREEN), solve, no_mix, points=3)

    assert rounded(found.points) == [(1000.0, 500.0, 0.0), (400.0, 680.0, 0.3)]
    assert found.left_out[0] == "700.000 kg: only some of it is green (1 faults)"
