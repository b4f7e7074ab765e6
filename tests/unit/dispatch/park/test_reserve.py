"""Energy kept for critical loads (§8.3)."""

from typing import Any

import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.planning import planned as published
from services.dispatch.domain.model.reserve import needed_kwh
from services.dispatch.domain.park.demand import Load, Shedding
from services.dispatch.domain.park.network import Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Reserve, SupplyMode
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.solver import solve
from tests.support.tiny_parks import a_grid, a_park, planned


def needed(
    reserve_h: float, *, hours: int, power_kw: Any = 10.0, after_kw: float | None = None
) -> list[float]:
    load = Load(id="pumps", power_kw=power_kw, critical=True)
    park = a_park(hours=hours, loads=(load,))
    reserve = Reserve(hours=reserve_h, critical_after_kw=after_kw)
    return [round(float(kwh), 6) for kwh in needed_kwh(park, reserve)]


def test_what_is_needed_is_what_the_next_hours_take() -> None:
    assert needed(2.0, hours=4, power_kw=(1.0, 2.0, 4.0, 8.0))[:2] == [6.0, 12.0]


def test_where_there_is_no_day_before_to_repeat_the_horizon_is_all_that_counts() -> None:
    assert needed(2.0, hours=4) == [20.0, 20.0, 10.0, 0.0]


def test_what_critical_loads_take_after_a_short_horizon_may_be_told() -> None:
    assert needed(2.0, hours=4, after_kw=6.0) == [20.0, 20.0, 16.0, 12.0]


def test_what_is_told_counts_only_where_no_day_before_is_known() -> None:
    """After 4 h at 10 kW come 20 h at 1 kW, the same 4 h again, and so on."""
    assert needed(30.0, hours=4, after_kw=1.0)[-1] == 20.0 + 40.0 + 6.0
    assert needed(30.0, hours=24, after_kw=1.0)[-1] == 300.0


def test_a_plan_whose_reserve_ends_with_the_horizon_says_so() -> None:
    park = dear_now(a_battery(10.0), Reserve(hours=1.0))
    told = dear_now(a_battery(20.0), Reserve(hours=1.0, critical_after_kw=10.0))

    (caveat,) = published(park, solve, 10.0, faults).caveats
    assert caveat == (
        "reserve: what critical loads take after the horizon's 2 h is not known and counts nothing;"
        " give reserve.critical_after_kw"
    )
    assert published(told, solve, 10.0, faults).caveats == ()


def test_what_is_told_of_later_is_kept_to_the_end() -> None:
    park = dear_now(a_battery(20.0), Reserve(hours=1.0, critical_after_kw=10.0))

    plan = planned(park)

    assert plan.course("battery", "level_kwh") == [10.0, 10.0]  # 10 kWh at 3.0 instead of 1.0
    assert plan.broken == {}


def test_a_part_of_a_step_counts_by_its_share() -> None:
    assert needed(1.5, hours=4, power_kw=(0.0, 10.0, 4.0, 0.0))[:2] == [12.0, 4.0]


def test_beyond_the_horizon_the_day_before_is_repeated() -> None:
    """10 kW from 0 to 8 h: at 16 h and at 24 h the next 16 hours take another 80 kWh."""
    day = (10.0,) * 8 + (0.0,) * 16

    kwh = needed(16.0, hours=24, power_kw=day)

    assert [kwh[7], kwh[15], kwh[23]] == [0.0, 80.0, 80.0]


def test_of_two_days_the_second_one_is_repeated() -> None:
    """The first day takes 1 kW, the second one 2 kW."""
    assert needed(16.0, hours=48, power_kw=(1.0,) * 24 + (2.0,) * 24)[-1] == 32.0


def test_a_day_is_repeated_as_often_as_the_hours_ask_for() -> None:
    assert needed(60.0, hours=24)[-1] == 600.0


def test_loads_that_are_not_critical_or_not_electric_are_not_carried() -> None:
    loads = (
        Load(id="pumps", power_kw=3.0, critical=True),
        Load(id="office", power_kw=50.0),
        Load(id="radiators", node="heat", power_kw=70.0, critical=True),
    )

    kwh = needed_kwh(a_park(hours=3, loads=loads), Reserve(hours=1.0))

    assert kwh == pytest.approx([3.0, 3.0, 0.0])


def a_battery(start_kwh: float, **changes: Any) -> Store:
    usual: dict[str, Any] = {
        "id": "battery",
        "highest_kwh": 200.0,
        "charge_kw": 200.0,
        "discharge_kw": 200.0,
    }
    return Store(start_kwh=start_kwh, end_value_per_kwh=0.0, **(usual | changes))


def dear_now(battery: Store, reserve: Reserve | None) -> ParkProblem:
    """10 kW at 3.0 and then at 1.0 a kWh, and a battery that could carry one hour of two."""
    return a_park(
        hours=2,
        grids=(a_grid(import_price=(3.0, 1.0)),),
        loads=(Load(id="pumps", power_kw=10.0, critical=True),),
        stores=(battery,),
        reserve=reserve,
    )


def test_a_reserve_is_not_sold_at_the_dear_hour() -> None:
    free = planned(dear_now(a_battery(10.0), None))
    kept = planned(dear_now(a_battery(10.0), Reserve(hours=1.0, stores=("battery",))))

    assert free.course("battery", "discharge_kw") == [10.0, 0.0]
    assert kept.course("battery", "discharge_kw") == [0.0, 10.0]
    assert kept.broken == {}


def test_what_is_below_the_window_or_lost_in_discharging_is_no_reserve() -> None:
    """10 kWh at 0.5 take 20 above the lowest 5: of 45 only 20 may go, 10 kWh for the load."""
    battery = a_battery(45.0, lowest_kwh=5.0, discharge_efficiency=0.5)

    plan = planned(dear_now(battery, Reserve(hours=1.0)))

    assert plan.course("battery", "discharge_kw")[0] == 10.0
    assert plan.course("battery", "level_kwh")[0] == 25.0
    assert plan.broken == {}


def test_only_the_named_stores_are_the_reserve() -> None:
    """The named battery is empty for good: that the other one holds 50 kWh does not help."""
    empty, other = a_battery(0.0, charge_kw=0.0), a_battery(50.0, id="other")
    park = dear_now(empty, Reserve(hours=1.0, stores=("battery",)))

    plan = planned(a_park(hours=2, **parts_of(park), stores=(empty, other)))

    assert plan.broken == {"reserve": 10.0}


def parts_of(park: ParkProblem) -> dict[str, Any]:
    return {name: getattr(park, name) for name in ("grids", "loads", "reserve")}


def test_through_an_islands_night_the_reserve_is_used_and_what_is_missing_is_told() -> None:
    """16 h of night take 160 of 180 kWh, and the next 16 h always another 160.

    Missing are 10 kWh after the third hour, 20 after the fourth ... 140 after the 16th; then 100 kW
    of sun bring 90 in an hour (50 missing), and all.
    """
    park = a_park(
        hours=24,
        loads=(Load(id="pumps", power_kw=10.0, critical=True),),
        productions=(Production(id="sun", available_kw=(0.0,) * 16 + (100.0,) * 8),),
        stores=(a_battery(180.0),),
        mode=SupplyMode(island=True),
        reserve=Reserve(hours=16.0),
    )

    plan = planned(park)

    assert plan.course("pumps", "power_kw") == [10.0] * 24
    assert plan.broken == {"reserve": sum(range(10, 150, 10)) + 50.0}
    missing = {breach.step: round(breach.size, 3) for breach in plan.books.breaches}
    assert (missing[2], missing[15], missing[16]) == (10.0, 140.0, 50.0)
    assert 17 not in missing
    assert plan.books.breaches[0].cost == pytest.approx(10.0 * 450.0 / 24.0)


def test_nobody_goes_dark_to_keep_a_reserve() -> None:
    """Each kWh served in the first hour is missing for 47 hours, and still is served."""
    park = a_park(
        hours=48,
        loads=(Load(id="pumps", power_kw=1.0, critical=True),),
        stores=(a_battery(48.0),),
        mode=SupplyMode(island=True),
        reserve=Reserve(hours=48.0),
    )

    plan = planned(park)

    assert plan.node("electricity", "unserved_kw") == [0.0] * 48
    assert plan.course("battery", "level_kwh")[-1] == 0.0
    assert set(plan.broken) == {"reserve"}


def test_where_even_the_reserve_is_short_the_least_important_load_goes_first() -> None:
    """50 kWh for 60: the office gives up 10, cooling and pumps nothing."""
    park = a_park(
        hours=2,
        loads=(
            Load(id="pumps", power_kw=10.0, critical=True),
            Load(id="cooling", power_kw=10.0, shedding=Shedding(price_per_kwh=5.0)),
            Load(id="office", power_kw=10.0, shedding=Shedding(price_per_kwh=1.0)),
        ),
        stores=(a_battery(50.0),),
        mode=SupplyMode(island=True),
        reserve=Reserve(hours=1.0),
    )

    plan = planned(park)

    assert sum(plan.course("office", "power_kw")) == 10.0
    assert plan.course("cooling", "power_kw") == plan.course("pumps", "power_kw") == [10.0, 10.0]
    assert plan.broken == {}
