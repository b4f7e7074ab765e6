"""What a good plan does, on parks small enough to check in the head."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from parkflow.dispatch.v1 import plan_pb2
from services.dispatch.domain.framed import Framed
from services.dispatch.domain.ladder import Origin, settle
from services.dispatch.domain.model.books import Breach
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.rules import Balance, SupplyMode
from services.dispatch.domain.plan import Costs, costs_of
from services.dispatch.domain.playing import Decisions, wished
from services.dispatch.domain.solver import best_plan
from tests.unit.dispatch.builders import (
    a_problem,
    a_storage,
    a_vehicle,
    a_wind,
    line,
    the_sun,
)


@dataclass(frozen=True)
class Best:
    """The best plan of a problem."""

    decisions: Decisions
    stored_kwh: Mapping[str, Floats]
    grid_kw: Floats
    violations: tuple[Breach, ...]
    costs: Costs
    energy_price: Floats


def best(problem: Framed) -> Best:
    settled = settle(problem, best_plan(problem.park, 5.0))
    assert settled.origin is Origin.OPTIMAL
    plan = settled.planned
    devices, hours = plan.schedule.devices, problem.park.horizon.hours
    assert plan.solution is not None
    return Best(
        wished(problem.park, plan.schedule),
        {store.id: devices[store.id]["level_kwh"] for store in problem.park.stores},
        devices["grid"]["import_kw"] - devices["grid"]["export_kw"],
        tuple(plan.books.breaches),
        costs_of(plan.books.money),
        plan.solution.price("electricity.balance") / hours,
    )


def test_the_battery_charges_in_the_cheap_hour_and_serves_the_dear_one() -> None:
    problem = a_problem(line(0, 10), price=line(0.10, 0.30), stores=(a_storage(),))

    schedule = best(problem)

    assert schedule.decisions.storage_kw["battery"] == pytest.approx([10, -10])
    assert schedule.costs.energy_micros == 1_000_000  # 10 kWh at 0.10


def test_the_battery_rests_when_the_spread_does_not_pay_for_its_wear() -> None:
    worn = a_storage(wear_per_kwh=0.05)

    schedule = best(a_problem(line(5, 5), price=line(0.10, 0.14), stores=(worn,)))

    assert schedule.decisions.storage_kw["battery"] == pytest.approx([0, 0])


def test_losses_are_paid_for() -> None:
    lossy = a_storage(charge_efficiency=0.8, discharge_efficiency=0.5)

    schedule = best(a_problem(line(0, 2), price=line(0.10, 0.30), stores=(lossy,)))

    # 2 kWh out need 4 kWh stored, 5 kWh bought: 0.50 for what costs 0.60 later
    assert schedule.decisions.storage_kw["battery"] == pytest.approx([5, -2])


def test_a_battery_is_not_emptied_at_the_horizons_end_when_what_is_left_is_worth_more() -> None:
    full = a_storage(start_kwh=10.0, highest_kwh=10.0, end_value_per_kwh=0.2)

    schedule = best(a_problem(line(10, 10), stores=(full,)))

    assert schedule.stored_kwh["battery"][-1] == pytest.approx(10)


def test_surplus_is_stored_before_it_is_fed_in() -> None:
    sun = the_sun(10, 0)

    schedule = best(a_problem(line(0, 10), stores=(a_storage(),), productions=(sun,)))

    assert schedule.grid_kw == pytest.approx([0, 0])


def test_production_is_curtailed_only_beyond_the_export_limit() -> None:
    sun = the_sun(30)

    schedule = best(a_problem(line(0), productions=(sun,), export_limit_kw=20.0))

    assert schedule.decisions.production_kw["pv"] == pytest.approx([20])
    assert not schedule.violations


def test_the_feed_in_share_curtails_what_may_no_longer_be_exported() -> None:
    sun = the_sun(10, 10)

    # a fifth of the year's 60 kWh and of these 20 is 16
    year = SupplyMode(feed_in_share=0.2, so_far=Balance(generated_kwh=60.0))

    schedule = best(a_problem(line(0, 0), productions=(sun,), mode=year))

    assert schedule.decisions.production_kw["pv"].sum() == pytest.approx(16)
    assert not schedule.violations


def test_wind_that_nobody_can_curtail_breaks_the_feed_in_share_and_is_listed_with_its_price() -> (
    None
):
    share = SupplyMode(feed_in_share=0.4)

    schedule = best(a_problem(line(0), productions=(a_wind(10),), mode=share))

    (violation,) = schedule.violations
    assert violation.limit is Limit.FEED_IN_SHARE
    assert violation.size == pytest.approx(6)
    assert violation.unit == "kWh"
    assert violation.cost == pytest.approx(120)  # 6 kWh at 20


def test_a_load_above_the_connection_is_listed_with_size_time_and_price() -> None:
    problem = a_problem(line(50, 120), import_limit_kw=100.0)

    schedule = best(problem)

    (violation,) = schedule.violations
    assert violation.limit is Limit.IMPORT
    assert violation.size == pytest.approx(20)
    assert violation.step == 1
    assert violation.cost == pytest.approx(20_000)  # 20 kWh at 1000


def test_the_battery_shaves_the_peak_that_would_break_the_import_limit() -> None:
    problem = a_problem(line(90, 105), stores=(a_storage(),), import_limit_kw=100.0)

    schedule = best(problem)

    assert schedule.grid_kw.max() <= 100.0 + 1e-6
    assert not schedule.violations


def test_a_vehicle_charges_in_the_cheapest_hours_before_it_leaves() -> None:
    vehicle = a_vehicle(7.0, 7.0, stays_h=2.0)

    schedule = best(a_problem(line(0, 0, 0), price=line(0.3, 0.2, 0.1), sessions=(vehicle,)))

    assert schedule.decisions.session_kw["charger_01"] == pytest.approx([0, 7, 0])


def test_a_vehicle_that_cannot_be_filled_in_time_gets_all_it_can_and_the_rest_is_listed() -> None:
    vehicle = a_vehicle(7.0, 10.0, stays_h=1.0)

    schedule = best(a_problem(line(0, 0), sessions=(vehicle,)))

    (violation,) = schedule.violations
    assert schedule.decisions.session_kw["charger_01"] == pytest.approx([7, 0])
    assert (violation.limit, violation.who) == (Limit.VEHICLE, "charger_01")
    assert violation.size == pytest.approx(3)


def test_at_a_negative_price_the_battery_does_not_burn_energy_by_charging_while_discharging() -> (
    None
):
    lossy = a_storage(charge_efficiency=0.5, discharge_efficiency=0.5)

    schedule = best(a_problem(line(1, 1), price=line(-0.5, -0.5), stores=(lossy,)))

    # charging fills 20 kWh with 40 bought; 10 kW an hour is all it can take
    assert schedule.decisions.storage_kw["battery"] == pytest.approx([10, 10])
    assert schedule.costs.energy_micros == -11_000_000


def test_at_a_negative_price_the_sun_is_curtailed_and_energy_is_bought() -> None:
    sun = the_sun(5)

    schedule = best(a_problem(line(5), price=line(-0.2), productions=(sun,)))

    assert schedule.grid_kw == pytest.approx([5])


def test_a_feed_in_price_above_the_import_price_does_not_trade_a_kwh_with_itself() -> None:
    problem = a_problem(line(5), price=line(0.05), export_price=0.20)

    schedule = best(problem)

    assert schedule.grid_kw == pytest.approx([5])
    assert schedule.costs.energy_micros == 250_000


def test_a_price_on_carbon_moves_consumption_to_the_cleaner_hour() -> None:
    vehicle = a_vehicle(7.0, 7.0, stays_h=2.0)
    problem = a_problem(
        line(0, 0),
        sessions=(vehicle,),
        carbon_kg_per_kwh=(0.5, 0.1),
        carbon_price_per_kg=0.06,
    )

    schedule = best(problem)

    assert schedule.decisions.session_kw["charger_01"] == pytest.approx([0, 7])
    assert schedule.costs.carbon_micros == 42_000  # 7 kWh x 0.1 kg x 0.06


def test_where_the_intensity_is_unknown_carbon_does_not_steer_and_costs_nothing() -> None:
    problem = a_problem(line(5), carbon_kg_per_kwh=None, carbon_price_per_kg=0.06)

    assert best(problem).costs.carbon_micros == 0


def test_a_battery_below_its_window_is_lifted_into_it_at_once() -> None:
    low = a_storage(lowest_kwh=5.0, start_kwh=2.0)

    schedule = best(a_problem(line(0, 0), price=line(0.5, 0.1), stores=(low,)))

    assert schedule.stored_kwh["battery"][0] == pytest.approx(5.0)


def test_the_marginal_price_is_the_import_price_while_importing_and_the_feed_in_price_else() -> (
    None
):
    assert best(a_problem(line(5, -5))).energy_price == pytest.approx([0.10, 0.03])


def test_a_binding_import_limit_has_the_worth_of_the_vehicle_energy_it_costs() -> None:
    vehicle = a_vehicle(7.0, 7.0, stays_h=1.0)

    at_the_limit = best(a_problem(line(97), sessions=(vehicle,)))

    # one more kWh used is one that the vehicle lacks; beyond the limit it would cost 1000
    assert at_the_limit.energy_price[0] == pytest.approx(40.0)


def test_unchanged_input_gives_the_unchanged_plan() -> None:
    def schedule() -> Best:
        vehicle = a_vehicle(7.0, 20.0, stays_h=9.0)
        flat = a_problem(np.full(24, 5.0), stores=(a_storage(),), sessions=(vehicle,))
        return best(flat)

    first, second = schedule(), schedule()

    assert (first.grid_kw == second.grid_kw).all()


def test_among_equal_hours_a_vehicle_charges_in_the_earliest() -> None:
    vehicle = a_vehicle(7.0, 7.0, stays_h=4.0)

    schedule = best(a_problem(line(0, 0, 0, 0), sessions=(vehicle,)))

    assert schedule.decisions.session_kw["charger_01"] == pytest.approx([7, 0, 0, 0])


def test_breaches_beyond_all_measure_still_have_a_price_that_the_wire_holds() -> None:
    problem = a_problem(line(10))
    plan = best_plan(problem.park, 5.0)
    plan.books.money.update({"import": 4e13, "contracts": 4e13, "violations": 4e13})

    costs = costs_of(plan.books.money)
    message = plan_pb2.Plan(
        energy_cost_micros=costs.energy_micros, penalty_micros=costs.penalty_micros
    )

    assert message.penalty_micros == message.energy_cost_micros == 2**63 - 1
