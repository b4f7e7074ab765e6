"""What joint paths need of stores as hedges, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from services.dispatch.domain.park.demand import Load, Session
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Hedge, Store
from services.dispatch.domain.uncertainty.hedging import hedged, hedges
from tests.support.judged_plans import hours
from tests.support.parks_to_plan import planned

LIMIT = np.full(4, 100.0)


def a_store(name: str = "battery", **more: object) -> Store:
    """One of 10..110 kWh and 50 kW, half full, without losses."""
    fields: dict[str, object] = {
        "id": name,
        "lowest_kwh": 10.0,
        "highest_kwh": 110.0,
        "start_kwh": 60.0,
        "charge_kw": 50.0,
        "discharge_kw": 50.0,
        "end_value_per_kwh": 0.0,
    }
    return Store(**{**fields, **more})  # type: ignore[arg-type]


def a_park(*stores: Store) -> ParkProblem:
    """Four hours of 80 kW behind 100 kW; the first is dear."""
    grid = Grid(id="grid", import_limit_kw=100.0, import_price=(0.5, 0.1, 0.1, 0.1))
    load = Load(id="load", power_kw=80.0)
    return ParkProblem(horizon=hours(4), grids=(grid,), loads=(load,), stores=stores)


def taken(*second_hour_kw: float) -> Floats:
    """Return paths that take 100 kW but for their second hour."""
    return np.array([[100.0, kw, 100.0, 100.0] for kw in second_hour_kw])


def found(problem: ParkProblem) -> dict[str, list[tuple[float, float, float]]]:
    """Return each store's hedges: when, level, price."""
    return {
        store.id: [(one.at_h, one.least_kwh, round(one.price_per_kwh, 9)) for one in store.hedges]
        for store in problem.stores
    }


def test_what_paths_need_is_as_dear_as_it_is_likely() -> None:
    """Of four paths one needs nothing, two need 20 kWh and one 35; a kWh costs 8 where missing."""
    needs = np.array([20.0, 0.0, 35.0, 20.01])

    assert hedges(needs, lowest_kwh=10.0, at_h=1.0, price_per_kwh=np.full(4, 2.0)) == (
        Hedge(at_h=1.0, least_kwh=30.0, price_per_kwh=4.0),
        Hedge(at_h=1.0, least_kwh=45.0, price_per_kwh=2.0),
    )


def test_where_no_path_needs_anything_nothing_is_hedged() -> None:
    assert hedges(np.zeros(5), lowest_kwh=10.0, at_h=1.0, price_per_kwh=np.ones(5)) == ()


def test_what_comes_after_the_first_hour_is_held_at_its_end() -> None:
    problem = hedged(a_park(a_store()), taken(100.0, 130.0), LIMIT, price_per_kwh=2.0)

    assert found(problem) == {"battery": [(1.0, 40.0, 1.0)]}


def test_a_price_is_spread_over_the_ends_at_which_a_path_needs_anything() -> None:
    """The first path needs 30 kWh until the third hour, the second only until the second."""
    late, soon = (100.0, 100.0, 130.0, 100.0), (100.0, 130.0, 100.0, 100.0)

    problem = hedged(a_park(a_store()), np.array([late, soon]), LIMIT, 2.0, until_h=3.0)

    assert found(problem) == {"battery": [(1.0, 40.0, 0.5 + 1.0), (2.0, 40.0, 0.5)]}


def test_a_kwh_inside_is_worth_less_by_what_is_lost_on_the_way_out() -> None:
    lossy = a_store(discharge_efficiency=0.5)

    problem = hedged(a_park(lossy), taken(130.0), LIMIT, price_per_kwh=2.0)

    assert found(problem) == {"battery": [(1.0, 70.0, 1.0)]}


def test_who_holds_more_now_holds_a_need() -> None:
    """Nothing is moved into an empty store to be held there; 30 kWh are there, 20 lack."""
    full = a_store("full", start_kwh=40.0)
    empty = a_store("empty", start_kwh=10.0)

    little = hedged(a_park(full, empty), taken(120.0), LIMIT, price_per_kwh=2.0)
    much = hedged(a_park(full, empty), taken(150.0), LIMIT, price_per_kwh=2.0)

    assert found(little) == {"full": [(1.0, 30.0, 2.0)], "empty": []}
    by_room = 20.0 * 70.0 / 170.0, 20.0 * 100.0 / 170.0
    levels = [own[0][1] for own in found(much).values()]
    assert levels == pytest.approx([40.0 + by_room[0], 10.0 + by_room[1]], abs=0.1)


def test_a_store_that_is_half_there_answers_with_half_its_power() -> None:
    """50 kW are above the limit, 25 it can give."""
    half = a_store(availability=0.5)

    problem = hedged(a_park(half), taken(150.0), LIMIT, price_per_kwh=2.0)

    assert found(problem) == {"battery": [(1.0, 35.0, 2.0)]}


def test_a_store_that_is_away_when_it_is_needed_is_not_asked_to_hold() -> None:
    away = a_store(availability=(1.0, 0.0, 0.0, 0.0))

    problem = hedged(a_park(away), taken(130.0), LIMIT, price_per_kwh=2.0)

    assert found(problem) == {"battery": []}


def test_who_is_in_maintenance_or_holds_no_electricity_is_not_asked() -> None:
    away = a_store("away", availability=(0.0, 1.0, 1.0, 1.0))
    tank = a_store("tank", node="heat")

    problem = hedged(a_park(away, tank), taken(130.0), LIMIT, price_per_kwh=2.0)

    assert found(problem) == {"away": [], "tank": []}


def test_what_is_required_already_stays() -> None:
    """Hedges of the document count beside those of the paths."""
    own = Hedge(at_h=3.0, least_kwh=20.0, price_per_kwh=0.5)

    problem = hedged(a_park(a_store(hedges=(own,))), taken(130.0), LIMIT, price_per_kwh=2.0)

    assert found(problem) == {"battery": [(3.0, 20.0, 0.5), (1.0, 40.0, 2.0)]}


def test_a_plan_without_a_step_end_in_time_is_not_hedged() -> None:
    problem = a_park(a_store())

    assert hedged(problem, taken(130.0), LIMIT, 2.0, until_h=0.5) is problem


def test_no_price_of_readiness_is_worth_a_wish() -> None:
    """A battery of 50 kWh is all that a vehicle has; being ready is priced at 300 a kWh."""
    van = Session(id="van", power_kw=50.0, wanted_kwh=50.0, leaves_h=4.0)
    alone = replace(a_park(a_store()), sessions=(van,), loads=(Load(id="load", power_kw=100.0),))

    plan = planned(hedged(alone, taken(150.0), LIMIT, price_per_kwh=300.0))

    assert plan.broken == []
    assert plan.course("battery", "level_kwh")[-1] == 10.0


@pytest.mark.parametrize(("price", "held_kwh"), [(0.7, 10.0), (0.9, 40.0)])
def test_the_plan_holds_what_is_expected_to_save_more_than_it_brings(
    price: float, held_kwh: float
) -> None:
    """A kWh brings 0.5 in the dear hour, 0.1 afterwards; half of the paths need it then."""
    dear = replace(a_park(a_store()), loads=(Load(id="load", power_kw=(90.0, 80.0, 80.0, 80.0)),))

    plan = planned(hedged(dear, taken(100.0, 130.0), LIMIT, price))

    assert plan.course("battery", "level_kwh")[0] == held_kwh
