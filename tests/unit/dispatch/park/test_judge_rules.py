"""The judge of the park's rules (§8, §9): shares, carbon, reserve, steadiness, by hand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.demand import Interruption, Load, Process
from services.dispatch.domain.park.network import Contract, Grid, Production, Supply
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import (
    Balance,
    CarbonCap,
    CarbonRule,
    Former,
    Reserve,
    SupplyMode,
)
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.park.units import Output, Unit
from tests.support.judged_plans import Plan, a_breach, by_hand, hours, some

GRID = Grid(
    id="grid",
    import_price=0.0,
    import_limit_kw=100.0,
    export_limit_kw=100.0,
    carbon_kg_per_kwh=0.5,
)


def a_sunny_plan(**rules: Any) -> Plan:
    """The sun gives 20 kWh and the load takes 40; 5 go out, 25 come in, 10 of them by contract."""
    devices = {
        "grid": {"import_kw": [0.0, 25.0], "export_kw": [5.0, 0.0]},
        "ppa": {"taken_kw": [0.0, 10.0]},
        "pv": {"power_kw": [20.0, 0.0]},
        "base": {"power_kw": [15.0, 25.0]},
        "gas": {"power_kw": [10.0, 10.0]},
        "stove": {"power_kw": [10.0, 10.0]},
    }
    problem = ParkProblem(
        horizon=hours(2),
        grids=(GRID,),
        contracts=(
            Contract(
                id="ppa", grid="grid", power_kw=10.0, price_per_kwh=0.0, carbon_kg_per_kwh=0.1
            ),
        ),
        productions=(Production(id="pv", available_kw=(20.0, 0.0)),),
        supplies=(Supply(id="gas", node="gas", price=0.0, limit_kw=10.0, carbon_kg_per_kwh=0.2),),
        loads=(
            Load(id="base", power_kw=(15.0, 25.0), critical=True),
            Load(id="stove", node="gas", power_kw=10.0, critical=True),
        ),
        **rules,
    )
    return by_hand(problem, devices)


@pytest.mark.parametrize(
    ("share", "limit", "size"),
    [
        ({"feed_in_share": 0.25}, None, 0.0),
        ({"feed_in_share": 0.1}, Limit.FEED_IN_SHARE, 3.0),
        ({"self_use_share": 0.75}, None, 0.0),
        ({"self_use_share": 0.9}, Limit.SELF_USE_SHARE, 3.0),
        ({"load_share": 0.375}, None, 0.0),
        ({"load_share": 0.5}, Limit.LOAD_SHARE, 5.0),
    ],
)
def test_shares_that_are_missed_must_be_listed(
    share: dict[str, float], limit: Limit | None, size: float
) -> None:
    """5 of 20 kWh are fed in; 15 are used, of 40 kWh that the park takes."""
    plan = a_sunny_plan(mode=SupplyMode(**share))

    if limit is None:
        assert plan.faults == []
    else:
        assert some(plan.faults, f"{limit} is broken by {size:.4f}, the plan lists 0.0000")
        assert plan.listing(a_breach(limit, "park", None, size, 20.0)).faults == []


def test_the_year_so_far_counts() -> None:
    """With 80 kWh generated and 15 fed in before, 20 of 100 kWh are fed in."""
    so_far = Balance(generated_kwh=80.0, fed_in_kwh=15.0, used_kwh=60.0)

    kept = a_sunny_plan(mode=SupplyMode(feed_in_share=0.2, load_share=0.8, so_far=so_far))
    broken = a_sunny_plan(mode=SupplyMode(feed_in_share=0.15, so_far=so_far))

    assert kept.faults == []
    assert some(broken.faults, "feed_in_share is broken by 5.0000")


def a_curtailed_plan(**mode: Any) -> Plan:
    """Of 30 kWh that the sun could give 10 are curtailed; else as on a sunny day."""
    plan = a_sunny_plan(mode=SupplyMode(**mode))
    sun = Production(id="pv", available_kw=(30.0, 0.0))
    return replace(plan, problem=replace(plan.problem, productions=(sun,)))


@pytest.mark.parametrize(
    ("share", "limit", "size"),
    [
        ({"feed_in_share": 1 / 6}, None, 0.0),
        ({"feed_in_share": 0.1}, Limit.FEED_IN_SHARE, 2.0),
        ({"self_use_share": 0.5}, None, 0.0),
        ({"self_use_share": 0.75}, Limit.SELF_USE_SHARE, 7.5),
        ({"load_share": 0.375}, None, 0.0),
    ],
)
def test_what_is_curtailed_was_available_and_is_not_used(
    share: dict[str, float], limit: Limit | None, size: float
) -> None:
    """5 of 30 kWh are fed in and 15 used, of 40 kWh that the park takes."""
    plan = a_curtailed_plan(**share)

    if limit is None:
        assert plan.faults == []
    else:
        assert some(plan.faults, f"{limit} is broken by {size:.4f}, the plan lists 0.0000")
        assert plan.listing(a_breach(limit, "park", None, size, 20.0)).faults == []


def test_what_the_year_curtailed_so_far_counts_as_available() -> None:
    """15 + 5 of 80 + 20 + 20 kWh were fed in, which is a sixth; 65 + 15 were used."""
    so_far = Balance(generated_kwh=80.0, curtailed_kwh=20.0, fed_in_kwh=15.0)

    kept = a_sunny_plan(mode=SupplyMode(feed_in_share=1 / 6, so_far=so_far))
    broken = a_sunny_plan(mode=SupplyMode(self_use_share=0.75, so_far=so_far))

    assert kept.faults == []
    assert some(broken.faults, "self_use_share is broken by 10.0000")


def test_a_new_year_begins_with_nothing_so_far() -> None:
    """In the first hour 15 of 20 kWh are used; in the second 25 are taken and none is green.

    With the 100 kWh of the old year both hours together would keep the share.
    """
    so_far = Balance(generated_kwh=100.0, used_kwh=100.0)

    whole = a_sunny_plan(mode=SupplyMode(load_share=0.5, so_far=so_far))
    ended = a_sunny_plan(mode=SupplyMode(load_share=0.5, so_far=so_far, year_ends_h=1.0))

    assert whole.faults == []
    assert some(ended.faults, "load_share is broken by 12.5000")
    told = a_breach(Limit.LOAD_SHARE, "park.next_year", None, 12.5, 20.0)
    assert ended.listing(told).faults == []


def test_carbon_of_market_contracts_and_gas_is_paid() -> None:
    """15 kWh at 0.5, 10 at 0.1 and 20 of gas at 0.2 are 7.5 + 1 + 4 = 12.5 kg."""
    plan = a_sunny_plan(carbon=CarbonRule(price_per_kg=2.0))

    assert plan.paying(carbon=25.0).faults == []
    assert plan.faults == ["money: 0.0000 for carbon, it should be 25.0000"]


@pytest.mark.parametrize(("to_h", "limit_kg", "over_kg"), [(2.0, 10.0, 2.5), (1.5, 5.0, 2.25)])
def test_carbon_beyond_a_cap_must_be_listed(to_h: float, limit_kg: float, over_kg: float) -> None:
    """2 kg in the first hour, 10.5 in the second, half of which lies in a window of 1.5 h."""
    plan = a_sunny_plan(carbon=CarbonRule(caps=(CarbonCap(limit_kg=limit_kg, to_h=to_h),)))

    assert some(plan.faults, f"carbon_cap is broken by {over_kg:.4f}")
    listed = plan.listing(a_breach(Limit.CARBON_CAP, "carbon.caps[0]", None, over_kg, 10.0))
    assert listed.faults == []


def a_reserved_plan(hours_ahead: float) -> Plan:
    """A battery keeps 20 kWh above its lowest level, of which 18 can be taken out."""
    plan = a_sunny_plan(reserve=Reserve(hours=hours_ahead, stores=("battery",)))
    battery = Store(
        id="battery",
        lowest_kwh=10.0,
        highest_kwh=50.0,
        start_kwh=30.0,
        charge_kw=5.0,
        discharge_kw=25.0,
        discharge_efficiency=0.9,
        end_value_per_kwh=0.0,
    )
    still = {"charge_kw": [0.0] * 2, "discharge_kw": [0.0] * 2, "level_kwh": [30.0] * 2}
    return replace(
        plan,
        problem=replace(plan.problem, stores=(battery,)),
        devices={**plan.devices, "battery": still},
    )


def test_a_reserve_that_is_missing_must_be_listed() -> None:
    """At the end of the first hour the next one takes 25 kWh; then there is no day before."""
    plan = a_reserved_plan(1.0)
    listed = plan.listing(a_breach(Limit.RESERVE, "reserve", 0, 7.0, 100.0))

    assert plan.faults == ["the park in step 0: reserve is broken by 7.0000, the plan lists 0.0000"]
    assert listed.faults == []


@pytest.mark.parametrize(("hours_ahead", "missing_kwh"), [(22.0, 0.0), (23.5, 9.5)])
def test_beyond_the_horizon_the_day_before_repeats(hours_ahead: float, missing_kwh: float) -> None:
    """From 2 to 24 h nothing is known; up to 25.5 h 15 and half of 25 kWh repeat: 27.5 kWh."""
    faults = a_reserved_plan(hours_ahead).faults

    said = f"in step 1: reserve is broken by {missing_kwh:.4f}"
    assert some(faults, said) == (missing_kwh > 0)


def a_steady_plan(on: Sequence[float], former: Former) -> Plan:
    """A heater draws 10 kW where it is on; the heat goes nowhere but is taken by a load."""
    power_kw = [10.0 * one for one in on]
    devices = {
        "heater": {"input_kw": power_kw, "on": on, "standby": [0, 0], "output_kw.heat": power_kw},
        "grid": {"import_kw": power_kw, "export_kw": [0.0, 0.0]},
        "heating": {"power_kw": power_kw},
    }
    heater = Unit(
        id="heater",
        input_node="electricity",
        outputs=(Output(node="heat", ratio=1.0),),
        least_kw=10.0,
        most_kw=10.0,
    )
    problem = ParkProblem(
        horizon=hours(2),
        grids=(GRID,),
        units=(heater,),
        loads=(Load(id="heating", node="heat", power_kw=tuple(power_kw)),),
        former=former,
    )
    return by_hand(problem, devices)


def test_moves_away_from_the_former_plan_are_paid() -> None:
    """10 kW instead of 4, and 10 instead of 10; who is gone counts nothing."""
    former = Former(power_kw={"heater": (4.0, 10.0), "gone": 7.0}, move_cost_per_kw=0.5)
    plan = a_steady_plan((1, 1), former)

    assert plan.paying(moves=3.0).faults == []
    assert plan.faults == ["money: 0.0000 for moves, it should be 3.0000"]


def test_a_committed_start_that_is_not_kept_must_be_listed() -> None:
    former = Former(power_kw={"heater": (0.0, 0.0)}, committed_h=1.0)

    kept, broken = a_steady_plan((0, 1), former), a_steady_plan((1, 1), former)

    assert kept.faults == []
    assert some(broken.faults, "heater in step 0: committed is broken by 10.0000")
    assert broken.listing(a_breach(Limit.COMMITTED, "heater", 0, 10.0, 60.0)).faults == []


def a_working_plan(on: Sequence[float], off: Sequence[float], former: Former) -> Plan:
    """An oven of 20 kW that runs an hour of three, and a pump of 8 kW that may be off."""
    power_kw, served_kw = [20.0 * one for one in on], [8.0 * (1.0 - one) for one in off]
    drawn_kw = [one + other for one, other in zip(power_kw, served_kw, strict=True)]
    devices = {
        "oven": {"on": on, "power_kw.electricity": power_kw},
        "pump": {"power_kw": served_kw, "off": off},
        "grid": {"import_kw": drawn_kw, "export_kw": [0.0] * 3},
    }
    oven = Process(id="oven", flows_kw={"electricity": (20.0,)}, duration_h=1.0, latest_end_h=3.0)
    problem = ParkProblem(
        horizon=hours(3),
        grids=(GRID,),
        processes=(oven,),
        loads=(Load(id="pump", power_kw=8.0, interruption=Interruption()),),
        former=former,
    )
    return by_hand(problem, devices)


def test_moves_of_batches_and_interruptions_are_paid() -> None:
    """The oven moves 20 kW out of an hour and 15 into one, the pump 8 kW."""
    was = {"oven": (20.0, 0.0, 5.0), "pump": (8.0, 8.0, 8.0)}

    plan = a_working_plan((0, 0, 1), (0, 1, 0), Former(power_kw=was, move_cost_per_kw=0.5))

    assert plan.paying(moves=21.5).faults == []
    assert plan.faults == ["money: 0.0000 for moves, it should be 21.5000"]


def test_committed_batches_and_interruptions_that_are_not_kept_must_be_listed() -> None:
    """Half of what is drawn is running; half of what is wanted is served."""
    former = Former(power_kw={"oven": (10.0, 9.9, 0.0), "pump": (8.0, 3.9, 4.0)}, committed_h=2.0)

    kept = a_working_plan((1, 0, 0), (0, 1, 1), former)
    moved = a_working_plan((0, 1, 0), (0, 0, 0), former)

    assert kept.faults == []
    assert some(moved.faults, "oven in step 0: committed is broken by 20.0000")
    assert some(moved.faults, "oven in step 1: committed is broken by 10.0000")
    assert some(moved.faults, "pump in step 1: committed is broken by 8.0000")
    breaches = (
        a_breach(Limit.COMMITTED, "oven", 0, 20.0, 60.0),
        a_breach(Limit.COMMITTED, "oven", 1, 10.0, 60.0),
        a_breach(Limit.COMMITTED, "pump", 1, 8.0, 60.0),
    )
    assert moved.listing(*breaches).faults == []


def test_a_batch_that_runs_on_is_not_held() -> None:
    former = Former(power_kw={"oven": 0.0}, committed_h=3.0)
    plan = a_working_plan((1, 0, 0), (0, 0, 0), former)
    (oven,) = plan.problem.processes

    begun = replace(plan.problem, processes=(replace(oven, duration_h=2.0, done_h=1.0),))

    assert replace(plan, problem=begun).faults == []
