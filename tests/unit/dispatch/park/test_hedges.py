"""What a store holds for what is not foreseen, as far as it is worth it (§10)."""

from dataclasses import replace

import pytest

from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Hedge, Store
from tests.support.judged_plans import a_solved_plan, hours, some
from tests.support.parks_to_plan import planned


def a_dear_hour(*hedges: Hedge) -> ParkProblem:
    """40 kWh in store as an hour begins that costs 0.5, before two of 0.1."""
    battery = Store(
        id="battery",
        highest_kwh=100.0,
        start_kwh=40.0,
        charge_kw=100.0,
        discharge_kw=100.0,
        end_value_per_kwh=0.0,
        hedges=hedges,
    )
    grid = Grid(id="grid", import_limit_kw=200.0, import_price=(0.5, 0.1, 0.1))
    load = Load(id="load", power_kw=(60.0, 0.0, 0.0))
    return ParkProblem(horizon=hours(3), grids=(grid,), loads=(load,), stores=(battery,))


def levels(problem: ParkProblem) -> list[float]:
    return planned(problem).course("battery", "level_kwh")


def test_without_a_hedge_the_dear_hour_takes_all() -> None:
    assert levels(a_dear_hour())[0] == 0.0


@pytest.mark.parametrize(("price", "held_kwh"), [(0.45, 0.0), (0.55, 25.0)])
def test_energy_is_held_where_being_without_costs_more_than_it_brings(
    price: float, held_kwh: float
) -> None:
    assert levels(a_dear_hour(Hedge(at_h=1.0, least_kwh=25.0, price_per_kwh=price)))[0] == held_kwh


def test_hedges_add_up_where_several_paths_need_it() -> None:
    """10 kWh are needed by both (0.3 + 0.3), 10 more by one alone (0.3): the dear hour pays 0.5."""
    both = [Hedge(at_h=1.0, least_kwh=kwh, price_per_kwh=0.3) for kwh in (10.0, 20.0)]

    assert levels(a_dear_hour(*both))[0] == 10.0


def test_what_is_missing_is_a_cost_and_no_violation() -> None:
    plan = a_solved_plan(a_dear_hour(Hedge(at_h=1.0, least_kwh=25.0, price_per_kwh=0.4)))

    assert plan.faults == []
    assert plan.breaches == ()
    assert plan.money["risk"] == pytest.approx(10.0)


def test_a_plan_that_tells_no_risk_is_wrong() -> None:
    plan = a_solved_plan(a_dear_hour())
    hedge = Hedge(at_h=1.0, least_kwh=25.0, price_per_kwh=0.4)
    (store,) = plan.problem.stores

    hedged = replace(plan.problem, stores=(replace(store, hedges=(hedge,)),))

    assert some(replace(plan, problem=hedged).faults, "money", "it should be 10.0000")
