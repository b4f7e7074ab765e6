"""The rules' plan is simple and physically right: what cannot be is a violation, never a trick."""

from typing import Any

import numpy as np

from services.dispatch.domain.model.books import Breach
from services.dispatch.domain.model.fallback import by_rules
from services.dispatch.domain.model.whole import booked
from services.dispatch.domain.park.problem import ParkProblem
from tests.unit.dispatch.solve.documents import BATTERY, a_problem

SUN = {"id": "sun", "available_kw": 50}
VAN = {"id": "van", "leaves_h": 2, "power_kw": 8, "wanted_kwh": 10}


def course(problem: ParkProblem, device: str, name: str) -> list[float]:
    schedule = by_rules(problem)
    return [round(x, 3) for x in (schedule.devices | schedule.nodes)[device][name].tolist()]


def broken(problem: ParkProblem) -> list[tuple[str, str, float]]:
    return [_told(one) for one in booked(problem, by_rules(problem)).breaches]


def _told(breach: Breach) -> tuple[str, str, float]:
    return breach.limit.value, breach.who, round(breach.size, 3)


def a_grid(**more: Any) -> list[dict[str, Any]]:
    return [{"id": "grid", "import_price": 0.1, "import_limit_kw": 100} | more]


def test_the_grid_balances_and_stores_rest() -> None:
    problem = a_problem(stores=[BATTERY | {"start_kwh": 5}])

    assert course(problem, "grid", "import_kw") == [10.0, 10.0]
    assert course(problem, "battery", "level_kwh") == [5.0, 5.0]


def test_a_store_at_its_lowest_level_charges_what_it_loses() -> None:
    lossy = BATTERY | {"lowest_kwh": 10, "start_kwh": 10, "loss_share_per_h": 0.1}

    assert course(a_problem(stores=[lossy]), "battery", "charge_kw") == [1.0, 1.0]


def test_a_store_charges_what_it_loses_as_far_as_its_power_at_that_level_allows() -> None:
    tapered = [
        {"level_kwh": 0, "charge_kw": 2, "discharge_kw": 9},
        {"level_kwh": 20, "charge_kw": 0, "discharge_kw": 9},
    ]
    lossy = BATTERY | {"lowest_kwh": 15, "start_kwh": 15, "loss_share_per_h": 0.2}

    problem = a_problem(stores=[lossy | {"power_at": tapered}])

    assert course(problem, "battery", "charge_kw")[0] == 0.5  # of 3 kW that it loses


def test_a_vehicle_is_not_filled_beyond_its_battery() -> None:
    full = VAN | {"stored_kwh": 37, "capacity_kwh": 40}

    assert course(a_problem(sessions=[full]), "van", "charge_kw") == [3.0, 0.0]


def test_vehicles_charge_at_once() -> None:
    assert course(a_problem(sessions=[VAN]), "van", "charge_kw") == [8.0, 2.0]


def test_in_a_cluster_the_first_to_leave_charges_first() -> None:
    early = VAN | {"id": "early", "leaves_h": 1, "cluster": "garage"}
    problem = a_problem(
        sessions=[VAN | {"cluster": "garage"}, early],
        clusters=[{"id": "garage", "limit_kw": 10}],
    )

    assert course(problem, "early", "charge_kw") == [8.0, 0.0]
    assert course(problem, "van", "charge_kw") == [2.0, 8.0]


def test_what_cannot_be_fed_in_is_curtailed() -> None:
    problem = a_problem(productions=[SUN], grids=a_grid(export_limit_kw=15))

    assert course(problem, "sun", "power_kw") == [25.0, 25.0]
    assert course(problem, "grid", "export_kw") == [15.0, 15.0]


def test_what_can_neither_be_fed_in_nor_curtailed_is_a_surplus() -> None:
    problem = a_problem(productions=[SUN | {"curtailable": False}])

    assert broken(problem) == [("surplus", "electricity", 40.0)] * 2


def test_what_goes_beyond_the_connection_is_unserved() -> None:
    assert (
        broken(a_problem(grids=a_grid(import_limit_kw=7))) == [("unserved", "electricity", 3.0)] * 2
    )


def test_loads_are_shed_before_others_are_unserved_the_cheapest_first() -> None:
    loads = [
        {"id": "dear", "power_kw": 5, "shedding": {"price_per_kwh": 9}},
        {"id": "cheap", "power_kw": 5, "shedding": {"price_per_kwh": 2, "share": 0.8}},
    ]
    problem = a_problem(loads=loads, grids=a_grid(import_limit_kw=5))

    assert course(problem, "cheap", "power_kw") == [1.0, 1.0]
    assert course(problem, "dear", "power_kw") == [4.0, 4.0]
    assert broken(problem) == []


def test_an_island_draws_nothing_from_its_grid() -> None:
    problem = a_problem(mode={"island": True})

    assert course(problem, "grid", "import_kw") == [0.0, 0.0]


def test_contract_energy_is_taken_where_it_is_cheaper_than_the_market() -> None:
    green = {"id": "green", "grid": "grid", "power_kw": 6, "price_per_kwh": 0.2}

    assert course(a_problem(contracts=[green]), "green", "taken_kw") == [0.0, 6.0]


def test_supplies_and_sinks_balance_their_nodes() -> None:
    problem = a_problem(
        loads=[{"id": "kiln", "power_kw": 10, "node": "gas"}],
        supplies=[{"id": "pipe", "node": "gas", "price": 0.3, "limit_kw": 8}],
        productions=[{"id": "spring", "node": "water", "available_kw": 3, "curtailable": False}],
        sinks=[{"id": "town", "node": "water", "limit_kw": 9}],
    )

    assert course(problem, "pipe", "power_kw") == [8.0, 8.0]
    assert course(problem, "town", "power_kw") == [3.0, 3.0]
    assert broken(problem) == [("unserved", "gas", 2.0)] * 2


def test_a_line_carries_what_is_lacking_behind_it_up_to_its_limit() -> None:
    problem = a_problem(
        nodes=[{"id": "far", "carrier": "electricity"}],
        lines=[
            {
                "id": "feeder",
                "from_node": "electricity",
                "to_node": "far",
                "limit_kw": 10,
                "loss_share": 0.1,
            }
        ],
        loads=[{"id": "shed", "power_kw": [9, 20], "node": "far"}],
    )

    assert course(problem, "feeder", "flow_kw") == [10.0, 10.0]
    assert course(problem, "feeder", "arriving_kw") == [9.0, 9.0]
    assert course(problem, "far", "unserved_kw") == [0.0, 11.0]
    assert course(problem, "grid", "import_kw") == [10.0, 10.0]


def test_a_surplus_behind_a_line_flows_back_and_is_fed_in() -> None:
    problem = a_problem(
        nodes=[{"id": "far", "carrier": "electricity"}],
        lines=[{"id": "feeder", "from_node": "electricity", "to_node": "far", "limit_kw": 30}],
        productions=[SUN | {"node": "far"}],
        grids=a_grid(export_limit_kw=100),
    )

    assert course(problem, "feeder", "flow_kw") == [-30.0, -30.0]
    assert course(problem, "sun", "power_kw") == [30.0, 30.0]
    assert course(problem, "grid", "export_kw") == [20.0, 20.0]


def test_lines_that_share_flows_in_a_mesh_stay_without() -> None:
    ends = (("electricity", "a"), ("a", "b"), ("b", "electricity"))
    problem = a_problem(
        nodes=[{"id": name, "carrier": "electricity"} for name in "ab"],
        lines=[
            {"id": f"l{i}", "from_node": f, "to_node": t, "limit_kw": 50, "reactance": 1}
            for i, (f, t) in enumerate(ends)
        ],
        loads=[{"id": "mill", "power_kw": 5, "node": "a"}],
    )

    assert [course(problem, f"l{i}", "flow_kw") for i in range(3)] == [[0.0, 0.0]] * 3
    assert course(problem, "a", "unserved_kw") == [5.0, 5.0]


def test_units_are_off_but_one_that_has_not_been_on_for_long_enough_stays_on() -> None:
    boiler = {
        "id": "boiler",
        "input_node": "gas",
        "outputs": [{"node": "heat", "ratio": 0.9}],
        "most_kw": 100,
        "least_kw": 20,
    }
    just_on = {"on_at_start": True, "least_on_h": 3, "state_since_h": 2, "input_at_start_kw": 30}

    assert course(a_problem(units=[boiler]), "boiler", "on") == [0.0, 0.0]
    assert course(a_problem(units=[boiler | just_on]), "boiler", "input_kw") == [30.0, 0.0]
    assert course(a_problem(units=[boiler | just_on]), "heat", "surplus_kw") == [27.0, 0.0]


BOILER = {
    "id": "boiler",
    "input_node": "gas",
    "outputs": [{"node": "heat", "ratio": 0.5}],
    "most_kw": 100,
    "least_kw": 20,
}
PIPE = {"id": "pipe", "node": "gas", "price": 0.3, "limit_kw": 90}


def test_a_unit_that_may_be_switched_at_will_gives_the_heat_that_is_lacking() -> None:
    heating = [{"id": "heating", "node": "heat", "power_kw": [30, 2]}]
    problem = a_problem(units=[BOILER], loads=heating, supplies=[PIPE])

    assert course(problem, "boiler", "input_kw") == [60.0, 0.0]  # 4 kW are below half its least
    assert course(problem, "pipe", "power_kw") == [60.0, 0.0]
    assert broken(problem) == [("unserved", "heat", 2.0)]


def test_a_unit_that_may_not_be_switched_at_will_stays_off() -> None:
    heating = [{"id": "heating", "node": "heat", "power_kw": 30}]
    problem = a_problem(units=[BOILER | {"least_on_h": 2}], loads=heating, supplies=[PIPE])

    assert course(problem, "boiler", "on") == [0.0, 0.0]
    counted = a_problem(units=[BOILER | {"most_starts_per_day": 1}], loads=heating, supplies=[PIPE])
    assert course(counted, "boiler", "on") == [0.0, 0.0]


def test_a_unit_behind_another_is_given_what_it_needs() -> None:
    exchanger = {"id": "exchanger", "input_node": "heat", "most_kw": 50}
    hot_water = {"outputs": [{"node": "steam", "ratio": 1}]}
    problem = a_problem(
        units=[BOILER, exchanger | hot_water],
        loads=[{"id": "wash", "node": "steam", "power_kw": 20}],
        supplies=[PIPE],
    )

    assert course(problem, "boiler", "input_kw") == [40.0, 40.0]
    assert broken(problem) == []


def test_what_was_decided_for_the_committed_steps_stands() -> None:
    unit = {
        "id": "press",
        "input_node": "electricity",
        "outputs": [{"node": "heat", "ratio": 1}],
        "most_kw": 50,
    }
    problem = a_problem(units=[unit], former={"power_kw": {"press": [40, 40]}, "committed_h": 1})

    assert course(problem, "press", "input_kw") == [40.0, 0.0]


def test_what_was_decided_gives_way_to_what_a_unit_cannot_do() -> None:
    unit = BOILER | {"on_at_start": True, "state_since_h": 1, "least_on_h": 2, "ramp_kw_per_h": 10}
    former = {"power_kw": {"boiler": [0, 90]}, "committed_h": 2}
    problem = a_problem(units=[unit | {"input_at_start_kw": 40}], former=former)

    assert course(problem, "boiler", "input_kw") == [40.0, 50.0]  # on for 2 h, 10 kW an hour


def test_maintenance_switches_a_unit_off_whatever_was_decided() -> None:
    former = {"power_kw": {"boiler": [90, 90]}, "committed_h": 2}
    problem = a_problem(units=[BOILER | {"availability": [0.5, 0]}], former=former)

    assert course(problem, "boiler", "input_kw") == [50.0, 0.0]


def test_a_batch_that_runs_goes_on_and_others_wait() -> None:
    batch = {"flows_kw": {"electricity": [30, 60]}, "duration_h": 2, "latest_end_h": 2}
    problem = a_problem(processes=[{"id": "bake", "done_h": 0.5, **batch}, {"id": "wait", **batch}])

    # half an hour at 30 and half at 60 kW, then half an hour at 60
    assert course(problem, "bake", "power_kw.electricity") == [45.0, 30.0]
    assert course(problem, "bake", "on") == [1.0, 1.0]
    assert course(problem, "wait", "power_kw.electricity") == [0.0, 0.0]


def test_queued_work_is_done_as_soon_as_power_allows() -> None:
    queue = {"id": "jobs", "arriving_kwh": [12, 0], "patience_h": 1, "power_kw": 8}
    problem = a_problem(queues=[queue | {"backlog_kwh": 1}])

    assert course(problem, "jobs", "power_kw") == [8.0, 5.0]
    assert course(problem, "jobs", "backlog_kwh") == [5.0, 0.0]
    assert course(problem, "jobs", "late_kwh") == [5.0, 0.0]


def test_every_node_balances_whatever_comes_together() -> None:
    problem = a_problem(
        stores=[BATTERY | {"start_kwh": 5, "lowest_kwh": 5, "loss_share_per_h": 0.2}],
        sessions=[VAN],
        productions=[SUN | {"available_kw": [0, 70]}],
        grids=a_grid(import_limit_kw=12, export_limit_kw=5),
        loads=[{"id": "hall", "power_kw": 10, "shedding": {"price_per_kwh": 1, "share": 0.2}}],
    )

    plan = by_rules(problem)
    of = plan.devices
    into = (
        of["grid"]["import_kw"] + of["sun"]["power_kw"] + plan.nodes["electricity"]["unserved_kw"]
    )
    out = of["grid"]["export_kw"] + of["hall"]["power_kw"] + of["van"]["charge_kw"]
    out = out + of["battery"]["charge_kw"] + plan.nodes["electricity"]["surplus_kw"]

    assert np.allclose(into, out)
