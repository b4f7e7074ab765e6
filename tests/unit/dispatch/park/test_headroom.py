"""Room that is kept free below the import limit and in billed peaks (§10)."""

from dataclasses import replace
from typing import Any

from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.network import DemandCharge, Grid
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Store
from tests.support.judged_plans import Plan, a_breach, a_solved_plan, hours, some
from tests.support.parks_to_plan import Planned, planned

BATTERY = Store(id="battery", highest_kwh=100.0, start_kwh=0.0, charge_kw=100.0, discharge_kw=100.0)


def a_dear_evening(**of_grid: Any) -> ParkProblem:
    """90 kW in each of three hours, the last one dear, behind a connection of 100 kW."""
    given: dict[str, Any] = {"id": "grid", "import_limit_kw": 100.0}
    grid = Grid(**(given | {"import_price": (0.1, 0.1, 0.9)} | of_grid))
    load = Load(id="load", power_kw=90.0)
    return ParkProblem(horizon=hours(3), grids=(grid,), loads=(load,), stores=(BATTERY,))


def imports(plan: Planned) -> list[float]:
    return plan.course("grid", "import_kw")


def test_without_headroom_the_battery_charges_up_to_the_limit() -> None:
    """10 kW are left in each cheap hour: 20 kWh for the dear one."""
    assert imports(planned(a_dear_evening())) == [100.0, 100.0, 70.0]


def test_headroom_is_not_planned_with() -> None:
    """Of 100 kW 5 are kept free: 95 - 90 kW are left in each cheap hour."""
    plan = planned(a_dear_evening(headroom_kw=5.0))

    assert imports(plan) == [95.0, 95.0, 80.0]
    assert plan.broken == []


def test_headroom_may_differ_by_the_step() -> None:
    assert imports(planned(a_dear_evening(headroom_kw=(10.0, 4.0, 0.0)))) == [90.0, 96.0, 84.0]


def test_headroom_that_is_needed_is_used_and_told() -> None:
    """90 kW are needed where 70 would be left: 20 kWh in each hour, 60 together, whenever."""
    plan = planned(a_dear_evening(headroom_kw=30.0))

    assert {one[:2] for one in plan.broken} == {("headroom", "grid")}
    assert sum(size for _, _, _, size in plan.broken) == 60.0


def test_what_is_above_the_limit_itself_is_told_apart() -> None:
    """90 kW behind 80 with 30 kept free: all of the headroom, and 10 kW beyond the limit."""
    plan = planned(replace(a_dear_evening(import_limit_kw=80.0, headroom_kw=30.0), stores=()))

    assert {one[:2] for one in plan.broken} == {("headroom", "grid"), ("import_limit", "grid")}
    assert [size for limit, _, _, size in plan.broken if limit == "headroom"] == [30.0] * 3
    assert [size for limit, _, _, size in plan.broken if limit == "import_limit"] == [10.0] * 3


def test_no_more_is_kept_free_than_there_is() -> None:
    plan = planned(replace(a_dear_evening(headroom_kw=500.0), stores=()))

    assert [size for _, _, _, size in plan.broken] == [90.0] * 3


def test_a_peak_is_billed_with_its_headroom() -> None:
    """95 kW are remembered, 3 kW may come on top of 90: the cheap hours have 2 kW left."""
    charge = DemandCharge(price_per_kw=40.0, peak_so_far_kw=95.0, interval_h=1.0, headroom_kw=3.0)

    plan = planned(a_dear_evening(demand_charge=charge))

    assert imports(plan) == [92.0, 92.0, 86.0]
    assert plan.books.money["demand charge"] == 0.0


def judged(headroom_kw: float) -> Plan:
    charge = DemandCharge(price_per_kw=40.0, interval_h=1.0, headroom_kw=3.0)
    return a_solved_plan(a_dear_evening(headroom_kw=headroom_kw, demand_charge=charge))


def test_the_judge_accepts_headroom_that_is_used_and_told() -> None:
    assert judged(5.0).faults == []
    assert judged(30.0).faults == []


def test_the_judge_finds_headroom_that_is_used_and_not_told() -> None:
    plan = judged(30.0)

    assert some(plan.listing(*plan.breaches[1:]).faults, "headroom", "broken by")


def test_the_judge_finds_headroom_told_that_was_not_used() -> None:
    plan = judged(5.0)

    assert some(plan.listing(a_breach(Limit.HEADROOM, "grid", 0, 4.0, 5.0)).faults, "headroom")


def test_the_judge_finds_a_peak_billed_without_its_headroom() -> None:
    """The highest hour is above 80 kW, and 3 kW more than it are billed: 120 of the charge."""
    plan = judged(0.0)

    charge = plan.money["demand charge"]

    assert some(plan.paying(**{"demand charge": charge - 120.0}).faults, "demand charge")
