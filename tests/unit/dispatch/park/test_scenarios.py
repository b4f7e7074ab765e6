"""Plans on scenarios: what stores do now is the same in all of them, later it is not (§10)."""

from dataclasses import replace
from typing import Any

import pytest

from services.dispatch.domain.park.demand import Load, Session, Shedding
from services.dispatch.domain.park.network import (
    Carrier,
    DemandCharge,
    Grid,
    Node,
    Production,
    Supply,
)
from services.dispatch.domain.park.problem import ParkProblem, mistakes_between
from services.dispatch.domain.park.scenarios import Scenario, Uncertainty
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.park.units import Output, Unit
from tests.support.judged_plans import a_solved_plan, hours
from tests.support.parks_to_plan import planned

PRICES = (0.2, 0.1, 0.1)
BATTERY = Store(id="battery", highest_kwh=100.0, start_kwh=0.0, charge_kw=100.0, discharge_kw=100.0)


def a_calm_day(*scenarios: Scenario, **uncertain: Any) -> ParkProblem:
    """50 kW in each of three hours, the first one dearer; above a peak of 60 kW a kW costs 10."""
    charge = DemandCharge(price_per_kw=10.0, peak_so_far_kw=60.0, interval_h=1.0)
    grid = Grid(id="grid", import_price=PRICES, import_limit_kw=1000.0, demand_charge=charge)
    return ParkProblem(
        horizon=hours(3),
        grids=(grid,),
        loads=(Load(id="load", power_kw=50.0),),
        stores=(replace(BATTERY, end_value_per_kwh=0.0),),
        uncertainty=Uncertainty(scenarios=scenarios, **uncertain) if scenarios else None,
    )


HIGH = Scenario(power_kw={"load": (50.0, 50.0, 80.0)})


def test_without_scenarios_nothing_is_kept_for_what_is_not_planned() -> None:
    plan = planned(a_calm_day())

    assert plan.course("battery", "level_kwh") == [0.0, 0.0, 0.0]


def test_what_a_scenario_needs_later_is_stored_now() -> None:
    """80 kW in the last hour would be 20 above the peak: 10 kWh a kW of room in the two before.

    After the first hour, in which both do the same, the plan itself may let the energy go.
    """
    plan = planned(a_calm_day(HIGH, decided_h=1.0))

    assert plan.course("battery", "level_kwh")[0] == 10.0
    assert plan.course("grid", "import_kw")[0] == 60.0


def test_what_may_be_done_later_is_not_done_now() -> None:
    """With 100 kWh of sun in the second hour of both there is no hurry."""
    sun = Production(id="sun", available_kw=(0.0, 100.0, 0.0))
    problem = replace(a_calm_day(HIGH, decided_h=1.0), productions=(sun,))

    assert planned(problem).course("battery", "level_kwh")[0] == 0.0


def test_a_scenario_that_is_next_to_impossible_is_not_worth_it() -> None:
    """10 kWh cost 1 now and spare 10 kW of peak, 100, in one case of 1,001."""
    rare = replace(HIGH, weight=0.001)

    assert planned(a_calm_day(rare, decided_h=1.0)).course("battery", "level_kwh")[0] == 0.0


def test_less_sun_is_a_scenario_too() -> None:
    sun = Production(id="sun", available_kw=(0.0, 0.0, 40.0))
    cloudy = Scenario(available_kw={"sun": 0.0}, power_kw={"load": (50.0, 50.0, 80.0)})
    problem = replace(a_calm_day(cloudy, decided_h=1.0), productions=(sun,))

    assert planned(problem).course("battery", "level_kwh")[0] == 10.0


def test_vehicles_do_in_every_scenario_what_the_plan_has_them_do() -> None:
    """8 kWh may come in any hour; in the last one the scenario has no room for them."""
    car = Session(id="car", leaves_h=3.0, power_kw=8.0, wanted_kwh=8.0)
    full = Scenario(power_kw={"load": (50.0, 52.0, 60.0)})
    problem = replace(a_calm_day(full, decided_h=1.0), sessions=(car,), stores=())

    assert planned(problem).course("car", "charge_kw") == [0.0, 8.0, 0.0]


BOILER = Unit(
    id="boiler",
    input_node="gas",
    most_kw=200.0,
    ramp_kw_per_h=50.0,
    on_at_start=True,
    input_at_start_kw=50.0,
    outputs=(Output(node="heat", ratio=1.0),),
)


HALL = Load(id="hall", node="heat", power_kw=50.0, shedding=Shedding(price_per_kwh=10.0))


def a_cold_day(*powers_kw: tuple[float, ...], unit: Unit = BOILER) -> ParkProblem:
    """50 kW of heat for two hours, of a boiler that rises by 50 kW an hour; more may go unused."""
    return ParkProblem(
        horizon=hours(2),
        nodes=(Node(id="heat", carrier=Carrier.HEAT, surplus_price=0.01),),
        supplies=(Supply(id="gas", node="gas", price=0.3, limit_kw=1000.0),),
        units=(unit,),
        loads=(HALL,),
        uncertainty=Uncertainty(
            scenarios=tuple(Scenario(power_kw={"hall": kw}) for kw in powers_kw), decided_h=1.0
        ),
    )


def test_a_unit_that_rises_slowly_begins_before_it_is_known_whether_it_must() -> None:
    """50 kWh more of gas in both, and as much unused, spare 50 kWh of shedding in the scenario."""
    assert planned(a_cold_day((50.0, 200.0))).course("boiler", "input_kw")[0] == 100.0


def test_a_unit_answers_what_has_come_by_then() -> None:
    assert planned(a_cold_day((100.0, 150.0))).course("boiler", "input_kw")[0] == 50.0


def test_whether_a_unit_is_on_is_decided_now_even_so() -> None:
    """It takes 40 kW at least once it is on, and is on for an hour more then."""
    off = replace(
        BOILER,
        on_at_start=False,
        input_at_start_kw=0.0,
        ramp_kw_per_h=None,
        least_kw=40.0,
        start_cost=100.0,
    )
    quiet = replace(a_cold_day((100.0, 0.0), unit=off), loads=(replace(HALL, power_kw=0.0),))

    assert planned(quiet).course("boiler", "on")[0] == 1.0


def test_the_judge_accepts_a_plan_on_scenarios() -> None:
    assert a_solved_plan(a_calm_day(HIGH, decided_h=1.0)).faults == []


@pytest.mark.parametrize(
    ("scenario", "path"),
    [
        (Scenario(power_kw={"lod": 1.0}), "uncertainty.scenarios[0].power_kw.lod"),
        (Scenario(available_kw={"sun": 1.0}), "uncertainty.scenarios[0].available_kw.sun"),
        (Scenario(power_kw={"load": (1.0, 2.0)}), "uncertainty.scenarios[0].power_kw.load"),
    ],
)
def test_scenarios_of_nobody_and_of_another_length_are_mistakes(
    scenario: Scenario, path: str
) -> None:
    assert [mistake.path for mistake in mistakes_between(a_calm_day(scenario))] == [path]


def test_scenarios_that_are_the_plan_itself_change_nothing() -> None:
    """What a vehicle costs and lacks counts in each of them, as its peak does."""
    van = Session(id="van", leaves_h=1.0, power_kw=10.0, wanted_kwh=10.0)
    alone = replace(a_calm_day(), sessions=(van,), stores=())
    alone = replace(alone, grids=(replace(alone.grids[0], demand_charge=STEEP),))
    same = Scenario(power_kw={"load": (50.0, 50.0, 50.0)})
    among = replace(alone, uncertainty=Uncertainty(scenarios=(same,) * 5))

    assert planned(among).course("van", "charge_kw") == planned(alone).course("van", "charge_kw")
    assert planned(alone).course("van", "charge_kw")[0] == 10.0


STEEP = DemandCharge(price_per_kw=10.0, peak_so_far_kw=0.0, interval_h=1.0)
