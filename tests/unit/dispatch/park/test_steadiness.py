"""Staying with the former plan (§9)."""

from typing import Any

import pytest

from services.dispatch.domain.park.demand import Load, Session
from services.dispatch.domain.park.network import Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Former
from services.dispatch.domain.park.storage import Store
from tests.support.tiny_parks import Planned, a_grid, a_park, planned


def a_day(prices: tuple[float, ...], former: Former | None = None) -> ParkProblem:
    """A battery of 10 kWh that buys where it is cheap and serves 10 kW in the last hour."""
    battery = Store(
        id="battery",
        highest_kwh=10,
        start_kwh=0,
        charge_kw=10,
        discharge_kw=10,
        end_value_per_kwh=0.0,
    )
    load = (0.0,) * (len(prices) - 1) + (10.0,)
    return a_park(
        hours=len(prices),
        grids=(a_grid(import_price=prices),),
        loads=(Load(id="load", power_kw=load),),
        stores=(battery,),
        former=former,
    )


def power_kw(plan: Planned, device: str = "battery") -> tuple[float, ...]:
    both = zip(plan.course(device, "charge_kw"), plan.course(device, "discharge_kw"), strict=True)
    return tuple(charge - discharge for charge, discharge in both)


def former_of(plan: Planned, **changes: Any) -> Former:
    return Former(power_kw={"battery": power_kw(plan)}, move_cost_per_kw=0.05, **changes)


def test_unchanged_input_gives_the_unchanged_plan_at_no_cost_of_moving() -> None:
    prices = (1.0, 1.0, 1.0, 3.0)
    first = planned(a_day(prices))

    second = planned(a_day(prices, former_of(first)))

    assert power_kw(second) == power_kw(first)
    assert second.books.money["moves"] == pytest.approx(0.0)
    assert second.books.total == pytest.approx(first.books.total, abs=0.01)


def test_a_former_plan_that_is_as_good_as_any_other_is_kept() -> None:
    """All hours before the last cost the same: the battery goes on buying in the second one."""
    former = Former(power_kw={"battery": (0.0, 10.0, 0.0, -10.0)}, move_cost_per_kw=0.05)

    plan = planned(a_day((1.0, 1.0, 1.0, 3.0), former))

    assert power_kw(plan) == (0.0, 10.0, 0.0, -10.0)


def test_a_price_that_changes_by_less_than_the_move_costs_does_not_move_the_battery() -> None:
    """To buy 10 kWh an hour later spares 0.2 and moves 20 kW at 0.05."""
    former = former_of(planned(a_day((1.0, 1.02, 3.0))))

    plan = planned(a_day((1.02, 1.0, 3.0), former))

    assert power_kw(plan) == (10.0, 0.0, -10.0)
    assert plan.books.money["moves"] == pytest.approx(0.0)


def test_a_price_that_changes_by_more_than_the_move_costs_moves_it() -> None:
    """Now 2.0 are spared for the same 1.0."""
    former = former_of(planned(a_day((1.0, 1.02, 3.0))))

    plan = planned(a_day((1.2, 1.0, 3.0), former))

    assert power_kw(plan) == (0.0, 10.0, -10.0)
    assert plan.books.money["moves"] == pytest.approx(1.0)


def test_a_vehicle_keeps_its_hour_in_the_part_of_the_day_that_it_is_there() -> None:
    """It is there in the second and third hour; to move its 7 kW costs 0.7 and spares 0.35."""
    park = a_park(
        hours=4,
        grids=(a_grid(import_price=(1.0, 1.05, 1.0, 1.0)),),
        sessions=(Session(id="van", arrives_h=1, leaves_h=3, power_kw=7, wanted_kwh=7),),
        former=Former(power_kw={"van": (0.0, 7.0, 0.0, 0.0)}, move_cost_per_kw=0.05),
    )

    assert power_kw(planned(park), "van") == (0.0, 7.0, 0.0, 0.0)


def test_sun_that_was_to_be_curtailed_stays_so_unless_it_is_worth_the_move() -> None:
    """20 of 50 kW were to go out at 0.1: the rest would earn 3.0 and cost 6.0 to move."""
    park = a_park(
        grids=(a_grid(export_price=0.1),),
        productions=(Production(id="sun", available_kw=50.0),),
        former=Former(power_kw={"sun": 20.0}, move_cost_per_kw=0.2),
    )

    assert planned(park).course("sun", "power_kw") == [20.0]


def test_a_vehicle_that_left_and_a_move_cost_of_nothing_count_nothing() -> None:
    former = Former(power_kw={"gone": 7.0, "battery": 0.0}, move_cost_per_kw=0.0)

    plan = planned(a_day((1.0, 1.02, 3.0), former))

    assert power_kw(plan) == (10.0, 0.0, -10.0)
    assert plan.books.money["moves"] == 0.0
