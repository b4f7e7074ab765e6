"""How a park is supplied: green direct connection, no feed-in, island (§8.1)."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from services.dispatch.domain.model.powers import in_schedule
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.supply_mode import load
from services.dispatch.domain.park.demand import Load, Session
from services.dispatch.domain.park.network import Grid, Line, Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Balance, SupplyMode
from services.dispatch.domain.park.storage import Store
from tests.support.tiny_parks import a_grid, a_park, buses, planned

SELLING = a_grid(export_price=0.5)


def sunny(mode: SupplyMode, *, load_kw: float = 20.0, **sun: Any) -> ParkProblem:
    """100 kW of sun for an hour; what is not used is worth 0.5 a kWh to the grid."""
    return a_park(
        grids=(SELLING,),
        productions=(Production(id="sun", available_kw=100.0, **sun),),
        loads=(Load(id="load", power_kw=load_kw),),
        mode=mode,
    )


def test_without_a_share_all_that_is_left_is_fed_in() -> None:
    assert planned(sunny(SupplyMode())).course("grid", "export_kw") == [80.0]


def test_a_fifth_of_what_could_be_generated_is_fed_in_and_the_rest_curtailed() -> None:
    """Of 100 kW 20 are used and 20 fed in: what is curtailed was available too."""
    plan = planned(sunny(SupplyMode(feed_in_share=0.2)))

    assert plan.course("grid", "export_kw") == [20.0]
    assert plan.course("sun", "power_kw") == [40.0]
    assert plan.broken == {}


def test_what_the_year_left_of_the_feed_in_budget_may_still_go_out() -> None:
    """0.2 of 1000 + 100 kWh are 220: with 184 fed in so far 36 are left."""
    so_far = Balance(generated_kwh=1000.0, fed_in_kwh=184.0)

    plan = planned(sunny(SupplyMode(feed_in_share=0.2, so_far=so_far)))

    assert plan.course("grid", "export_kw") == [36.0]
    assert plan.broken == {}


def test_what_the_year_curtailed_so_far_was_available_too() -> None:
    """0.2 of 900 + 100 + 100 kWh are 220: with 184 fed in so far 36 are left."""
    so_far = Balance(generated_kwh=900.0, curtailed_kwh=100.0, fed_in_kwh=184.0)

    plan = planned(sunny(SupplyMode(feed_in_share=0.2, so_far=so_far)))

    assert plan.course("grid", "export_kw") == [36.0]
    assert plan.broken == {}


def test_a_budget_that_the_year_overdrew_stops_feeding_in_and_is_told() -> None:
    """300 kWh of 1000 + 100 were fed in, 220 would be a fifth: 80 beyond, at 20 a kWh."""
    so_far = Balance(generated_kwh=1000.0, fed_in_kwh=300.0)

    plan = planned(sunny(SupplyMode(feed_in_share=0.2, so_far=so_far)))

    assert plan.course("grid", "export_kw") == [0.0]
    assert plan.broken == {"feed_in_share": 80.0}
    assert plan.books.money["violations"] == pytest.approx(80.0 * 20.0)
    assert plan.books.total == pytest.approx(plan.cost)


def test_what_cannot_be_curtailed_goes_out_beyond_the_share() -> None:
    plan = planned(sunny(SupplyMode(feed_in_share=0.2), curtailable=False))

    assert plan.course("grid", "export_kw") == [80.0]
    assert plan.broken == {"feed_in_share": 60.0}


def test_curtailing_does_not_make_up_for_what_is_not_used_at_home() -> None:
    """Three fifths of 100 kWh are 60: of 30 used 30 are missing, fed in or curtailed."""
    mode = SupplyMode(feed_in_share=0.2, self_use_share=0.6)

    plan = planned(sunny(mode, load_kw=30.0))

    assert plan.course("grid", "export_kw") == [20.0]
    assert plan.broken == {"self_use_share": 30.0}


def test_self_use_is_stored_rather_than_curtailed_though_storing_does_not_pay() -> None:
    """60 of 100 kWh are used: 10 at once, and 50 wait in the battery at 0.2 for 0.1 a kWh."""
    park = a_park(
        hours=2,
        grids=(a_grid(import_price=0.1),),
        productions=(Production(id="sun", available_kw=(100.0, 0.0)),),
        loads=(Load(id="load", power_kw=(10.0, 60.0)),),
        stores=(a_worn_battery(),),
        mode=SupplyMode(self_use_share=0.6),
    )

    free, plan = planned(replace(park, mode=SupplyMode())), planned(park)

    assert free.course("battery", "charge_kw") == [0.0, 0.0]
    assert plan.course("battery", "charge_kw") == [50.0, 0.0]
    assert plan.broken == {}


def a_worn_battery() -> Store:
    """A battery whose wear costs more than it can earn."""
    return Store(
        id="battery",
        highest_kwh=100,
        start_kwh=0,
        charge_kw=100,
        discharge_kw=100,
        wear_per_kwh=0.2,
        end_value_per_kwh=0.0,
    )


def test_self_use_that_the_year_missed_is_made_up_for() -> None:
    """500 of 1000 kWh were used, 660 of 1100 should be; of 160 missing 30 are used."""
    so_far = Balance(generated_kwh=1000.0, fed_in_kwh=500.0)

    plan = planned(sunny(SupplyMode(self_use_share=0.6, so_far=so_far), load_kw=30.0))

    assert plan.broken == {"self_use_share": 130.0}


def test_what_the_year_curtailed_so_far_was_not_used_at_home() -> None:
    """600 of 800 kWh and 90 of 100 are used; with 500 curtailed 0.6 of 1400 would be 840."""
    so_far = Balance(generated_kwh=800.0, curtailed_kwh=500.0, fed_in_kwh=200.0)

    plan = planned(sunny(SupplyMode(self_use_share=0.6, so_far=so_far), load_kw=90.0))

    assert plan.broken == {"self_use_share": 150.0}


def test_a_production_of_heat_is_no_available_generation() -> None:
    park = sunny(SupplyMode(feed_in_share=0.2))
    warm = Production(id="collector", node="heat", available_kw=50.0)

    plan = planned(replace(park, productions=(*park.productions, warm)))

    assert plan.course("grid", "export_kw") == [20.0]


def at_new_year(mode: SupplyMode, year_ends_h: float = 1.0) -> ParkProblem:
    """100 kW of sun for three hours; the load takes 20, the grid pays for what is left."""
    return a_park(
        hours=3,
        grids=(SELLING,),
        productions=(Production(id="sun", available_kw=100.0),),
        loads=(Load(id="load", power_kw=20.0),),
        mode=replace(mode, year_ends_h=year_ends_h),
    )


def test_after_new_year_what_the_old_year_fed_in_is_forgotten() -> None:
    """80 kWh too much were fed in; of the two hours after it a fifth of 200 kWh goes out."""
    overdrawn = Balance(generated_kwh=1000.0, fed_in_kwh=300.0)

    plan = planned(at_new_year(SupplyMode(feed_in_share=0.2, so_far=overdrawn)))

    assert plan.course("grid", "export_kw")[0] == 0.0
    assert sum(plan.course("grid", "export_kw")[1:]) == pytest.approx(40.0)
    assert plan.broken == {"feed_in_share": 80.0}


def test_what_the_old_year_left_does_not_last_beyond_it() -> None:
    """80 of 100 kW go out in the old year, which has 220 left; then a fifth of 200 kWh."""
    spared = Balance(generated_kwh=1000.0)

    plan = planned(at_new_year(SupplyMode(feed_in_share=0.2, so_far=spared)))

    assert plan.course("grid", "export_kw")[0] == 80.0
    assert sum(plan.course("grid", "export_kw")[1:]) == pytest.approx(40.0)
    assert plan.broken == {}


def test_each_year_is_told_by_itself() -> None:
    """20 of 100 kWh are used before and 40 of 200 after it, where 60 and 120 should be."""
    plan = planned(at_new_year(SupplyMode(self_use_share=0.6)))

    told = [(one.who, one.limit, round(one.size, 3)) for one in plan.books.breaches]
    assert told == [
        ("park", Limit.SELF_USE_SHARE, 40.0),
        ("park.next_year", Limit.SELF_USE_SHARE, 80.0),
    ]


def test_a_step_over_new_year_counts_to_both_by_its_hours() -> None:
    """Half of the second hour is in the new year, too: a fifth of 150 kWh in each."""
    plan = planned(at_new_year(SupplyMode(feed_in_share=0.2), year_ends_h=1.5))

    first, middle, last = plan.course("grid", "export_kw")
    assert first + middle / 2 == pytest.approx(30.0)
    assert middle / 2 + last == pytest.approx(30.0)
    assert plan.broken == {}


def test_a_year_that_ends_with_the_horizon_is_the_only_one() -> None:
    plan = planned(at_new_year(SupplyMode(feed_in_share=0.2), year_ends_h=3.0))

    assert sum(plan.course("grid", "export_kw")) == pytest.approx(60.0)


def with_battery(mode: SupplyMode) -> ParkProblem:
    """Sun in the first of two hours, and a grid that pays more for it than it asks later."""
    battery = Store(
        id="battery",
        highest_kwh=100,
        start_kwh=0,
        charge_kw=100,
        discharge_kw=100,
        end_value_per_kwh=0.0,
    )
    return a_park(
        hours=2,
        grids=(a_grid(export_price=2.0),),
        productions=(Production(id="sun", available_kw=(100.0, 0.0)),),
        loads=(Load(id="load", power_kw=50.0),),
        stores=(battery,),
        mode=mode,
    )


def test_a_share_of_the_load_that_must_be_green_is_kept_for_the_evening() -> None:
    """Half of 100 kWh is used at once; for 70 % another 20 kWh wait in the battery."""
    free, bound = planned(with_battery(SupplyMode())), with_battery(SupplyMode(load_share=0.7))

    plan = planned(bound)

    assert free.course("grid", "export_kw") == [50.0, 0.0]
    assert plan.course("grid", "export_kw") == [30.0, 0.0]
    assert plan.course("battery", "discharge_kw") == [0.0, 20.0]
    assert plan.broken == {}


def test_green_use_of_the_year_so_far_counts_to_the_share_of_the_load() -> None:
    """700 + 50 used of a load of 1000 + 100 kWh; 0.7 of it is 770: 20 more."""
    so_far = Balance(generated_kwh=800.0, fed_in_kwh=100.0, used_kwh=1000.0)

    plan = planned(with_battery(SupplyMode(load_share=0.7, so_far=so_far)))

    assert plan.course("grid", "export_kw") == [30.0, 0.0]
    assert plan.broken == {}


def test_a_share_of_the_load_that_cannot_be_reached_says_how_much_is_missing() -> None:
    """All 100 kWh of sun are used: of a load of 100 + 900 kWh 300 would be a share of 0.3."""
    so_far = Balance(used_kwh=900.0)

    plan = planned(with_battery(SupplyMode(load_share=0.3, so_far=so_far)))

    assert plan.course("grid", "export_kw") == [0.0, 0.0]
    assert plan.broken == {"load_share": 200.0}


def test_the_load_is_what_is_served_and_charged_and_lost_on_lines() -> None:
    """40 kW behind a line that loses a fifth take 50; a vehicle takes 7; a battery is no load."""
    park = a_park(
        nodes=buses("hall"),
        lines=(
            Line(id="feeder", from_node="electricity", to_node="hall", limit_kw=99, loss_share=0.2),
        ),
        grids=(a_grid(import_price=-1.0),),
        productions=(Production(id="sun", available_kw=30.0, curtailable=False),),
        loads=(Load(id="load", node="hall", power_kw=40.0),),
        sessions=(Session(id="van", leaves_h=1.0, power_kw=7.0, wanted_kwh=7.0),),
        stores=(Store(id="battery", highest_kwh=9, start_kwh=0, charge_kw=9, discharge_kw=9),),
    )

    plan = planned(park)

    assert plan.course("battery", "charge_kw") == [9.0]
    assert load(park, in_schedule(plan.schedule)).known == pytest.approx([57.0])


def test_what_is_unserved_or_goes_unused_is_no_load() -> None:
    """Of 40 kW only 30 come; in the next hour 25 kW of sun find nobody."""
    park = a_park(
        hours=2,
        productions=(Production(id="sun", available_kw=(30.0, 65.0), curtailable=False),),
        loads=(Load(id="load", power_kw=40.0),),
    )

    plan = planned(park)

    assert plan.broken == {"unserved": 10.0, "surplus": 25.0}
    assert load(park, in_schedule(plan.schedule)).known == pytest.approx([30.0, 40.0])


def test_without_feed_in_surplus_is_stored_and_then_curtailed() -> None:
    park = a_park(
        grids=(SELLING,),
        productions=(Production(id="sun", available_kw=100.0),),
        loads=(Load(id="load", power_kw=20.0),),
        stores=(Store(id="battery", highest_kwh=50, start_kwh=0, charge_kw=50, discharge_kw=50),),
        mode=SupplyMode(no_feed_in=True),
    )

    plan = planned(park)

    assert plan.course("grid", "export_kw") == [0.0]
    assert plan.course("battery", "charge_kw") == [50.0]
    assert plan.course("sun", "power_kw") == [70.0]
    assert plan.broken == {}


def test_what_can_neither_be_used_nor_curtailed_is_fed_in_against_the_rule_and_told() -> None:
    plan = planned(sunny(SupplyMode(no_feed_in=True), curtailable=False))

    assert plan.course("grid", "export_kw") == [80.0]
    assert plan.broken == {"no_feed_in": 80.0}


def test_without_feed_in_the_grid_still_gives() -> None:
    plan = planned(sunny(SupplyMode(no_feed_in=True), load_kw=150.0))

    assert plan.course("grid", "import_kw") == [50.0]
    assert plan.broken == {}


def test_an_island_has_no_grid_to_lean_on_whatever_it_lacks() -> None:
    plan = planned(sunny(SupplyMode(island=True), load_kw=150.0))

    assert plan.course("grid", "import_kw") == [0.0]
    assert plan.broken == {"unserved": 50.0}


def test_an_island_has_no_grid_to_get_rid_of_anything() -> None:
    plan = planned(sunny(SupplyMode(island=True), curtailable=False))

    assert plan.course("grid", "export_kw") == [0.0]
    assert plan.broken == {"surplus": 80.0}


def test_in_steps_of_any_length_shares_count_energy() -> None:
    """Half an hour of 100 kW and 2 h of 20 kW are 90 kWh: 18 go out."""
    park = a_park(
        grids=(SELLING,),
        productions=(Production(id="sun", available_kw=(100.0, 20.0)),),
        loads=(Load(id="load", power_kw=20.0),),
        mode=SupplyMode(feed_in_share=0.2),
        steps_h=(0.5, 2.0),
    )

    plan = planned(park)

    assert np.dot(plan.course("grid", "export_kw"), [0.5, 2.0]) == pytest.approx(18.0)
    assert plan.broken == {}


def a_second_grid(**changes: Any) -> Grid:
    return a_grid(id="other", export_price=0.5, **changes)


def test_what_goes_out_through_any_grid_is_fed_in() -> None:
    """20 kW in all, as through one."""
    park = a_park(
        grids=(a_grid(export_price=0.5, export_limit_kw=3.0), a_second_grid()),
        productions=(Production(id="sun", available_kw=100.0),),
        loads=(Load(id="load", power_kw=20.0),),
        mode=SupplyMode(feed_in_share=0.2),
    )

    plan = planned(park)

    assert plan.course("grid", "export_kw")[0] + plan.course("other", "export_kw")[0] == 20.0
