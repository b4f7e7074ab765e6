"""What a former plan committed units to (§9), and own generation as load (§8.1)."""

from typing import Any

import pytest

from services.dispatch.domain.model.families import FAMILIES
from services.dispatch.domain.model.powers import in_schedule
from services.dispatch.domain.model.supply_mode import load
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.network import Production, Supply
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Balance, Former, SupplyMode
from services.dispatch.domain.park.units import Output, Unit
from tests.support.tiny_parks import a_grid, a_park, planned

pytestmark = pytest.mark.skipif(
    "units" not in {family.group for family in FAMILIES}, reason="needs the family of units"
)


def a_chp(**changes: Any) -> Unit:
    """A unit of 100 kW of gas, at least 40 of them, that makes 0.4 of it electricity."""
    usual = {"id": "chp", "input_node": "gas", "least_kw": 40.0, "most_kw": 100.0}
    return Unit(outputs=(Output(node="electricity", ratio=0.4),), **(usual | changes))


def a_park_with(chp: Unit, former: Former | None = None, **parts: Any) -> ParkProblem:
    """40 kW for two hours; gas makes a kWh for 1.5, the grid sells it for 1.0."""
    usual = {
        "grids": (a_grid(),),
        "supplies": (Supply(id="gas", node="gas", price=0.6, limit_kw=1000.0),),
        "loads": (Load(id="load", power_kw=40.0),),
    }
    return a_park(hours=2, units=(chp,), former=former, **(usual | parts))


def test_a_unit_stays_on_in_the_steps_that_are_committed_though_it_is_dear() -> None:
    former = Former(power_kw={"chp": 100.0}, committed_h=1.0)

    plan = planned(a_park_with(a_chp(), former))

    assert plan.course("chp", "on") == [1.0, 0.0]
    assert plan.course("chp", "input_kw") == [40.0, 0.0]
    assert plan.broken == {}


def test_a_unit_stays_off_in_the_steps_that_are_committed_though_it_is_cheap() -> None:
    cheap = (Supply(id="gas", node="gas", price=0.2, limit_kw=1000.0),)

    plan = planned(
        a_park_with(a_chp(), Former(power_kw={"chp": (0.0, 0.0)}, committed_h=1.0), supplies=cheap)
    )

    assert plan.course("chp", "on") == [0.0, 1.0]
    assert plan.broken == {}


def test_standby_is_not_being_on() -> None:
    former = Former(power_kw={"chp": (5.0, 0.0)}, committed_h=1.0)

    plan = planned(a_park_with(a_chp(standby_kw=5.0), former))

    assert plan.course("chp", "on") == [0.0, 0.0]
    assert plan.broken == {}


def test_a_unit_that_tripped_cannot_keep_its_commitment_and_that_is_told() -> None:
    """It went off just now and must stay so for 1 h: 100 kW for an hour are not kept."""
    tripped = a_chp(least_off_h=1.0, state_since_h=0.0)

    plan = planned(a_park_with(tripped, Former(power_kw={"chp": 100.0}, committed_h=1.0)))

    assert plan.course("chp", "on") == [0.0, 0.0]
    assert plan.broken == {"committed": 100.0}


def test_maintenance_ends_a_commitment() -> None:
    away = a_chp(availability=(0.0, 1.0))

    plan = planned(a_park_with(away, Former(power_kw={"chp": 100.0}, committed_h=2.0)))

    assert plan.course("chp", "on") == [0.0, 1.0]
    assert plan.broken == {}


def test_a_unit_that_may_run_at_any_power_commits_to_nothing() -> None:
    anyhow = a_chp(least_kw=0.0)

    plan = planned(a_park_with(anyhow, Former(power_kw={"chp": 100.0}, committed_h=2.0)))

    assert plan.course("chp", "input_kw") == [0.0, 0.0]
    assert plan.broken == {}


def test_a_units_input_is_moved_only_where_it_pays() -> None:
    """60 kW of gas less spare 60 · 0.6 and cost 24 more import: 12 an hour against 6 or 18."""
    ready, steady = (
        Former(power_kw={"chp": 100.0}, move_cost_per_kw=cost, committed_h=2.0)
        for cost in (0.1, 0.3)
    )

    assert planned(a_park_with(a_chp(), ready)).course("chp", "input_kw") == [40.0, 40.0]
    assert planned(a_park_with(a_chp(), steady)).course("chp", "input_kw") == [100.0, 100.0]


def test_what_an_own_plant_generates_is_part_of_the_load_but_not_green() -> None:
    """40 kW from gas and 40 of sun, of which 20 may be sold: half of a load of 60 + so far."""
    sun = Production(id="sun", available_kw=40.0, curtailable=False)
    park = a_park_with(
        a_chp(),
        Former(power_kw={"chp": 100.0}, move_cost_per_kw=9.0),
        productions=(sun,),
        loads=(Load(id="load", power_kw=60.0),),
        mode=SupplyMode(load_share=0.5, so_far=Balance(generated_kwh=10.0, used_kwh=20.0)),
    )

    plan = planned(park)

    assert plan.course("grid", "export_kw") == [20.0, 20.0]
    assert load(park, in_schedule(plan.schedule)).known == pytest.approx([60.0, 60.0])
    assert plan.broken == {"load_share": 0.5 * (20.0 + 120.0) - (10.0 + 80.0 - 40.0)}
