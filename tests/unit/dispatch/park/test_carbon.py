"""Carbon: what a kg costs, and caps (§8.2)."""

from typing import Any

import pytest

from services.dispatch.domain.model.carbon import emitted_kg
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.network import Contract, Production, Sink, Supply
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import CarbonCap, CarbonRule
from tests.support.tiny_parks import a_grid, a_park, planned

GREEN = Contract(id="green", grid="grid", power_kw=100.0, price_per_kwh=1.5)


def a_bought_load(rule: CarbonRule, *contracts: Contract, **changes: Any) -> ParkProblem:
    """100 kW for an hour from a grid of 0.6 kg and 1.0 a kWh."""
    usual = {
        "grids": (a_grid(carbon_kg_per_kwh=0.6),),
        "loads": (Load(id="load", power_kw=100.0),),
    }
    return a_park(contracts=contracts, carbon=rule, **(usual | changes))


def test_green_power_is_taken_where_a_kg_costs_more_than_it_does() -> None:
    """Without 0.6 kg a green kWh may cost 0.5 more: from 0.84 a kg on."""
    cheap = planned(a_bought_load(CarbonRule(price_per_kg=0.8), GREEN))
    dear = planned(a_bought_load(CarbonRule(price_per_kg=0.9), GREEN))

    assert cheap.course("green", "taken_kw") == [0.0]
    assert cheap.books.money["carbon"] == pytest.approx(48.0)
    assert dear.course("green", "taken_kw") == [100.0]
    assert dear.books.money["carbon"] == pytest.approx(0.0)


def test_a_contract_has_carbon_of_its_own() -> None:
    hydro = Contract(
        id="hydro", grid="grid", power_kw=100.0, price_per_kwh=1.0, carbon_kg_per_kwh=0.1
    )

    plan = planned(a_bought_load(CarbonRule(price_per_kg=2.0), hydro))

    assert plan.books.money["carbon"] == pytest.approx(20.0)


def test_a_cap_is_met_by_as_much_green_power_as_it_takes() -> None:
    """30 of 60 kg are allowed: half is green."""
    plan = planned(a_bought_load(CarbonRule(caps=(CarbonCap(limit_kg=30, to_h=24),)), GREEN))

    assert plan.course("green", "taken_kw") == [50.0]
    assert plan.broken == {}
    assert plan.books.total == pytest.approx(50.0 + 75.0)


def test_a_cap_that_cannot_be_met_says_how_many_kg_are_beyond_it() -> None:
    plan = planned(a_bought_load(CarbonRule(caps=(CarbonCap(limit_kg=20, to_h=24),))))

    (breach,) = plan.books.breaches
    assert (breach.limit, breach.who, breach.unit) == ("carbon_cap", "carbon.caps[0]", "kg")
    assert breach.size == pytest.approx(40.0)
    assert breach.cost == pytest.approx(400.0)


def test_a_step_counts_to_a_cap_by_the_share_of_it_inside_the_window() -> None:
    """Half of each of two hours of 60 kg lies within, 60 kg in all."""
    window = CarbonCap(limit_kg=50, from_h=0.5, to_h=1.5)

    plan = planned(a_bought_load(CarbonRule(caps=(window,)), hours=2))

    assert plan.broken == {"carbon_cap": 10.0}


def test_each_cap_is_kept_by_itself() -> None:
    """Today's 60 kg are within 60, tomorrow's are 20 beyond 40."""
    caps = (CarbonCap(limit_kg=60, to_h=1), CarbonCap(limit_kg=40, from_h=1, to_h=2))

    plan = planned(a_bought_load(CarbonRule(caps=caps), hours=2))

    assert [(b.who, round(b.size, 3)) for b in plan.books.breaches] == [("carbon.caps[1]", 20.0)]


def test_captured_carbon_that_is_handed_over_is_spared() -> None:
    """100 kWh of gas are 20 kg; 5 kg of captured carbon leave the park."""
    park = a_park(
        supplies=(
            Supply(id="gas", node="gas", price=0.4, limit_kw=500.0, carbon_kg_per_kwh=0.2),
            Supply(id="stack", node="carbon", price=0.0, limit_kw=5.0),
        ),
        sinks=(Sink(id="tank", node="carbon", limit_kw=9.0, carbon_kg_per_kwh=1.0),),
        loads=(Load(id="burner", node="gas", power_kw=100.0),),
        carbon=CarbonRule(price_per_kg=1.0),
    )

    plan = planned(park)

    assert plan.course("tank", "power_kw") == [5.0]
    assert emitted_kg(park, plan.schedule) == pytest.approx([15.0])
    assert plan.books.money["carbon"] == pytest.approx(15.0)


def test_a_grid_of_unknown_carbon_is_not_steered_by() -> None:
    unknown = a_bought_load(CarbonRule(price_per_kg=9.0), GREEN, grids=(a_grid(),))

    plan = planned(unknown)

    assert plan.course("green", "taken_kw") == [0.0]
    assert plan.books.money["carbon"] == pytest.approx(0.0)


def test_power_is_used_when_the_grid_is_green() -> None:
    """Equal prices, 0.9 then 0.1 kg a kWh: the sun of either hour spares what it replaces."""
    park = a_bought_load(
        CarbonRule(price_per_kg=1.0),
        hours=2,
        grids=(a_grid(carbon_kg_per_kwh=(0.9, 0.1)),),
        productions=(Production(id="sun", available_kw=(0.0, 50.0)),),
    )

    assert emitted_kg(park, planned(park).schedule) == pytest.approx([90.0, 5.0])


def test_what_is_imported_beyond_the_limit_has_its_carbon() -> None:
    narrow = a_grid(carbon_kg_per_kwh=0.6, import_limit_kw=40.0)

    plan = planned(a_bought_load(CarbonRule(price_per_kg=1.0), grids=(narrow,)))

    assert plan.broken == {"import_limit": 60.0}
    assert plan.books.money["carbon"] == pytest.approx(60.0)
