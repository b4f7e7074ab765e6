"""Stores and ports that are there in part, or not at all (§5.3, §6)."""

import pytest

from services.dispatch.domain.model.fallback import by_rules
from services.dispatch.domain.park.demand import Load, Session
from services.dispatch.domain.park.storage import Store
from tests.support.judged_plans import a_solved_plan, some
from tests.support.tiny_parks import a_grid, a_park, planned


def a_battery(**changes: object) -> Store:
    """50 kW each way, 40 of 100 kWh in it, nothing of which is worth anything in the end."""
    usual = {"highest_kwh": 100.0, "start_kwh": 40.0, "charge_kw": 50.0, "discharge_kw": 50.0}
    return Store(id="battery", end_value_per_kwh=0.0, **(usual | changes))  # type: ignore[arg-type]


def test_a_store_in_maintenance_is_left_alone_and_works_before_and_after() -> None:
    park = a_park(
        hours=3,
        grids=(a_grid(),),
        loads=(Load(id="works", power_kw=20.0),),
        stores=(a_battery(availability=(1.0, 0.0, 1.0)),),
    )

    plan = planned(park)

    assert plan.course("battery", "discharge_kw") == [20.0, 0.0, 20.0]
    assert plan.course("battery", "level_kwh") == [20.0, 20.0, 0.0]
    assert plan.course("grid", "import_kw") == [0.0, 20.0, 0.0]


def test_a_store_that_is_there_in_part_has_that_share_of_its_powers() -> None:
    park = a_park(
        grids=(a_grid(),),
        loads=(Load(id="works", power_kw=30.0),),
        stores=(a_battery(availability=0.2),),
    )

    plan = planned(park)

    assert plan.course("battery", "discharge_kw") == [10.0]  # a fifth of 50 kW


def test_a_vehicle_waits_while_its_port_is_in_maintenance() -> None:
    vehicle = Session(
        id="car", leaves_h=3.0, power_kw=10.0, wanted_kwh=25.0, availability=(0.0, 1.0, 1.0)
    )

    plan = planned(a_park(hours=3, grids=(a_grid(),), sessions=(vehicle,)))

    assert plan.course("car", "charge_kw") == [0.0, 10.0, 10.0]
    assert plan.broken == {"vehicle": 5.0}


def test_rules_leave_alone_what_is_in_maintenance() -> None:
    vehicle = Session(
        id="car", leaves_h=2.0, power_kw=10.0, wanted_kwh=5.0, availability=(0.0, 1.0)
    )
    leaking = a_battery(
        start_kwh=40.0, lowest_kwh=40.0, loss_share_per_h=0.5, availability=(0.0, 1.0)
    )

    schedule = by_rules(a_park(hours=2, grids=(a_grid(),), sessions=(vehicle,), stores=(leaking,)))

    assert schedule.devices["car"]["charge_kw"].tolist() == [0.0, 5.0]
    assert schedule.devices["battery"]["charge_kw"].tolist() == [0.0, 30.0]
    assert schedule.devices["battery"]["level_kwh"].tolist() == [20.0, 40.0]


@pytest.mark.parametrize(("device", "series"), [("battery", "discharge_kw"), ("car", "charge_kw")])
def test_the_judge_sees_who_works_during_maintenance(device: str, series: str) -> None:
    vehicle = Session(id="car", leaves_h=1.0, power_kw=10.0, wanted_kwh=5.0, availability=0.0)
    plan = a_solved_plan(
        a_park(grids=(a_grid(),), sessions=(vehicle,), stores=(a_battery(availability=0.0),))
    )

    assert plan.faults == []
    assert some(plan.changed(device, series, 0, 1.0).faults, device, "not within 0.0000..0.0000")
