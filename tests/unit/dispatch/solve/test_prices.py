"""What one more kWh really costs, where several prices are right or none is (§11)."""

from dataclasses import replace
from typing import Any

import pytest

from services.dispatch.domain.explaining.because import Kind
from services.dispatch.domain.explaining.explained import explained
from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.planning import planned
from services.dispatch.domain.model.search import Found
from services.dispatch.domain.solver import solve
from services.dispatch.solve.plan_file import document_of, prices_at
from tests.support.reference_park import lp_park
from tests.unit.dispatch.solve.documents import BATTERY, a_plan, a_problem

GRID = {"id": "grid", "import_price": [0.1, 0.3], "import_limit_kw": 100}
TIE = 1e-4  # what later costs more than earlier, so that equal plans have one order
SUN = {"id": "sun", "available_kw": 10}


def prices(node: str = "electricity", **more: Any) -> list[float | None]:
    return prices_at(a_plan(**more), node)


def test_where_the_sun_just_covers_the_load_one_more_kwh_is_bought() -> None:
    """Between 0 (curtailed) and 0.1 each dual is right; one more kWh costs 0.1."""
    assert prices(productions=[SUN]) == [0.1, 0.3]
    assert prices(productions=[SUN | {"curtailable": False}]) == [0.1, 0.3]


def test_where_more_sun_is_curtailed_one_more_kwh_costs_nothing() -> None:
    assert prices(productions=[SUN | {"available_kw": 12}]) == [0.0, 0.0]


def test_where_one_more_kwh_would_break_a_limit_that_is_kept_nobody_knows_a_price() -> None:
    assert prices(grids=[GRID | {"import_limit_kw": [10, 100]}]) == [None, 0.3]
    assert prices(mode={"island": True}, productions=[SUN]) == [None, None]


def test_where_the_limit_is_broken_each_further_kwh_costs_what_that_costs() -> None:
    assert prices(grids=[GRID | {"import_limit_kw": [8, 100]}]) == [1000.1, 0.3]


def test_where_export_pays_better_than_import_costs_all_that_can_take_is_no_limit() -> None:
    grid = GRID | {"import_limit_kw": 1000, "export_limit_kw": 500}
    store = {"id": "b", "highest_kwh": 400, "start_kwh": 0, "charge_kw": 100, "discharge_kw": 100}
    cheap = grid | {"import_price": [0.05, 0.5], "export_price": 0.1}

    assert prices(grids=[cheap], stores=[store]) == [0.05, 0.1]
    assert prices(grids=[grid | {"import_price": 0.2, "export_price": 0.3}]) == [0.2, 0.2]


def test_at_a_node_to_which_nothing_flows_nobody_knows_a_price() -> None:
    engine = {"id": "engine", "input_node": "gas", "most_kw": 5}
    outputs = {"outputs": [{"node": "electricity", "ratio": 0.5}]}

    assert prices("gas", units=[engine | outputs]) == [None, None]


def test_a_heat_pump_that_rests_tells_what_its_heat_would_cost() -> None:
    pump = {"id": "pump", "input_node": "electricity", "most_kw": 5}
    heat = pump | {"outputs": [{"node": "heat", "ratio": 2}]}

    assert prices("heat", units=[heat]) == [0.05, 0.15]
    assert prices("heat", units=[heat | {"least_kw": 1}]) == [None, None]  # it is off, and stays so


def test_a_vehicle_that_could_not_leave_full_is_no_price_of_anything() -> None:
    """All 20 kWh of the cable go: 12 to the van and 8 to the hall; one more kWh is not there."""
    van = {"id": "van", "leaves_h": 2, "power_kw": 9, "wanted_kwh": 12}
    small = GRID | {"import_limit_kw": 10}
    hall = {"id": "hall", "power_kw": 4}

    assert prices(grids=[small], sessions=[van], loads=[hall]) == [None, None]
    less = van | {"wanted_kwh": 11}
    assert prices(grids=[small], sessions=[less], loads=[hall]) == pytest.approx(
        [0.3, 0.3], abs=TIE
    )


def test_being_late_at_a_price_of_the_park_is_a_price() -> None:
    jobs = {"id": "jobs", "arriving_kwh": [10, 0], "patience_h": 1, "power_kw": 20}
    paid = jobs | {"late_price_per_kwh": 0.5}
    small = GRID | {"import_limit_kw": [20, 100]}

    # a kWh of work that waits for an hour: 0.5 for being late and 0.3 for its energy
    assert prices(grids=[small], queues=[paid]) == pytest.approx([0.8, 0.3], abs=1e-3)
    assert prices(grids=[small], queues=[jobs]) == [None, 0.3]


def test_a_peak_is_paid_in_the_step_that_makes_it() -> None:
    charged = GRID | {"demand_charge": {"price_per_kw": 5, "interval_h": 1}}
    loads = [{"id": "hall", "power_kw": [9, 10]}]

    assert prices(grids=[charged], loads=loads) == [0.1, 5.3]


def test_a_limit_that_is_just_reached_saves_nothing_when_it_is_wider() -> None:
    problem = a_problem(grids=[GRID | {"import_limit_kw": [10, 100]}])
    plan = planned(problem, solve, 20.0, faults, to_explain=True)

    (why,) = explained(plan, "grid", range(1))

    assert [one.what for one in why.because if one.kind is Kind.LIMIT] == []
    assert "One more kWh used at electricity would break a limit that is kept" in why.en
    document = document_of(plan, [why])
    assert document["explanations"][0]["because"][0]["worth"] is None


def test_prices_of_a_large_park_are_found_only_to_be_explained() -> None:
    park = lp_park(batteries=12, steps=96)
    solved: list[float] = []

    def counting(*given: Any, **more: Any) -> Found | str:
        solved.append(1.0)
        return solve(*given, **more)

    planned(park, counting, 30.0, faults)
    quickly = len(solved)
    planned(park, counting, 30.0, faults, to_explain=True)

    assert len(solved) - quickly >= quickly + 2  # a little more use, and a little less


def test_where_the_second_program_is_not_solved_no_violation_is_a_price() -> None:
    solved: list[int] = []

    def once(*given: Any, **more: Any) -> Found | str:
        solved.append(1)
        return solve(*given, **more) if len(solved) == 1 else "found nothing"

    plan = a_plan(once, grids=[GRID | {"import_limit_kw": [10, 100]}])

    first, second = prices_at(plan, "electricity")
    assert first in (None, 0.1)  # what the solver named, but never 1000.1
    assert second == 0.3


def test_a_battery_keeps_one_price_over_the_day() -> None:
    """The second hour's 10 kWh are stored in the first; with 20 kW so would be an 11th."""
    strong = BATTERY | {"charge_kw": 20, "discharge_kw": 20}

    assert prices(stores=[strong]) == pytest.approx([0.1, 0.1], abs=2 * TIE)


def test_a_plan_that_was_kept_without_its_prices_is_explained_by_its_duals() -> None:
    plan = replace(a_plan(grids=[GRID | {"import_limit_kw": [10, 100]}]), prices=None)

    (why,) = explained(plan, "grid", range(1, 2))

    assert prices_at(plan, "electricity") == [None, 0.3]
    assert "One more kWh used at electricity costs 0.300 CNY" in why.en


def test_a_price_is_known_where_energy_is_sold_dearer_than_it_is_bought() -> None:
    """Import and export are kept apart: what bounds the direction must not bound the price."""
    grid = {"id": "grid", "import_price": [0.2, 1], "export_price": 0.5}
    grid |= {"import_limit_kw": 100, "export_limit_kw": 100}

    plan = a_plan(grids=[grid])

    assert prices_at(plan, "electricity") == pytest.approx([0.2, 1.0])
