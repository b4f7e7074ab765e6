"""Where the solver finds nothing, the plan before serves on: on the new steps, as it can be now."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.planning import Planned, Status, planned
from services.dispatch.domain.model.search import Solver
from services.dispatch.domain.model.shifting import shifted
from services.dispatch.domain.model.whole import booked
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import solve
from services.dispatch.solve.former_file import last_plan_from, steadied
from services.dispatch.solve.plan_file import document_of, text_of
from services.dispatch.solve.problem_file import BadProblem
from tests.unit.dispatch.solve.documents import BATTERY, a_plan, a_problem, nothing

VAN = {"id": "van", "leaves_h": 2, "power_kw": 8, "wanted_kwh": 10}
BOILER = {
    "id": "boiler",
    "input_node": "gas",
    "outputs": [{"node": "heat", "ratio": 0.5}],
    "most_kw": 100,
    "least_kw": 20,
}
PIPE = {"id": "pipe", "node": "gas", "price": 0.3, "limit_kw": 90}


def a_last_plan(began_h: float = 0.0, step_h: float = 1.0, **courses: Any) -> LastPlan:
    """A plan of devices (`battery={"charge_kw": [10, 0]}`) that began so long before now."""
    devices = {
        device: {name: np.array(values, np.float64) for name, values in series.items()}
        for device, series in courses.items()
    }
    steps = len(next(iter(next(iter(courses.values())).values())))
    edges_h = [step * step_h - began_h for step in range(steps + 1)]
    return LastPlan(np.array(edges_h, np.float64), devices)


def stored(charge_kw: list[float], discharge_kw: list[float], **when: float) -> LastPlan:
    return a_last_plan(**when, battery={"charge_kw": charge_kw, "discharge_kw": discharge_kw})


def course(problem: ParkProblem, last: LastPlan, device: str, name: str) -> list[float]:
    """A course of the plan shifted, which the judge finds no fault with."""
    plan = shifted(problem, last)
    books = booked(problem, plan)
    assert faults(problem, plan, books.breaches, books.money) == []
    return [round(x, 3) + 0.0 for x in (plan.devices | plan.nodes)[device][name].tolist()]


def after(last: LastPlan, solver: Solver = nothing, **more: Any) -> Planned:
    return planned(a_problem(**more), solver, 20.0, faults, last)


def test_without_an_answer_the_battery_does_as_it_was_to_do() -> None:
    plan = after(stored([10, 0], [0, 10]), stores=[BATTERY])

    assert (plan.status, round(plan.books.total, 3)) == (Status.SHIFTED, 2.0)  # 20 kWh at 0.10
    assert plan.caveats == ("no optimum: found nothing",)
    assert plan.gap is None


def test_with_an_answer_nobody_asks_for_the_last_plan() -> None:
    assert after(stored([0, 0], [0, 0]), solve, stores=[BATTERY]).status is Status.OPTIMAL


def test_a_last_plan_that_is_dearer_than_the_rules_is_not_used() -> None:
    upside_down = stored([0, 10], [10, 0])  # it charges at 0.30; there is nothing to give at first

    plan = after(upside_down, stores=[BATTERY])

    assert plan.status is Status.RULES
    assert plan.caveats == ("no optimum: found nothing", "shifted: dearer than the rules")


def test_a_last_plan_that_was_over_before_says_nothing() -> None:
    plan = after(stored([10, 0], [0, 10], began_h=2), stores=[BATTERY])

    assert plan.status is Status.RULES
    assert plan.caveats[-1] == "shifted: the last plan says nothing of this horizon"


def test_a_last_plan_that_the_judge_rejects_gives_way_to_the_rules() -> None:
    def no_discharge(_: object, schedule: Any, *__: object) -> list[str]:
        return ["it discharges"] if schedule.devices["battery"]["discharge_kw"].any() else []

    problem = a_problem(stores=[BATTERY])
    plan = planned(problem, nothing, 20.0, no_discharge, stored([10, 0], [0, 10]))

    assert plan.status is Status.RULES
    assert plan.caveats[-1] == "shifted: it discharges (1 faults)"
    assert plan.rejected == ("shifted: it discharges (1 faults)",)


def test_a_mistake_of_ours_costs_the_rung_and_not_the_plan() -> None:
    short = LastPlan(np.arange(3.0), {"battery": {"charge_kw": np.zeros(7)}})

    plan = after(short, stores=[BATTERY])

    assert plan.status is Status.RULES
    assert plan.caveats[-1].startswith("shifted: ValueError: ")


def test_an_unproven_plan_that_is_dearer_than_the_last_one_gives_way_to_it() -> None:
    def resting(problem_program: Any, time_limit_s: float, *_: Any, **__: Any) -> Any:
        found = solve(replace(problem_program, upper=_without_battery(problem_program)), 5.0)
        return found if isinstance(found, str) else replace(found, proven=False, bound=-1e9)

    plan = after(stored([10, 0], [0, 10]), resting, stores=[BATTERY])

    assert plan.status is Status.SHIFTED
    assert plan.caveats == ("incumbent: dearer than the last plan shifted",)


def _without_battery(program: Any) -> Any:
    upper = program.upper.copy()
    upper[program.columns["battery.charge"]] = 0.0
    return upper


def test_half_hours_become_hours_by_their_means_and_what_is_over_is_left_out() -> None:
    """An hour ago: 9 kW in vain; then 2 and 6 kW are 4 kW on the mean; then it ends."""
    last = stored([9, 9, 2, 6, 5, 5], [0] * 6, began_h=1, step_h=0.5)

    assert course(a_problem(stores=[BATTERY]), last, "battery", "charge_kw") == [4.0, 5.0]


def test_after_the_end_of_the_last_plan_a_battery_rests() -> None:
    last = stored([10, 10], [0, 0], began_h=1)

    assert course(a_problem(stores=[BATTERY]), last, "battery", "charge_kw") == [10.0, 0.0]


def test_a_battery_that_holds_less_than_foreseen_gives_what_there_is() -> None:
    half = BATTERY | {"start_kwh": 5}

    last = stored([0, 0], [0, 10])

    assert course(a_problem(stores=[half]), last, "battery", "discharge_kw") == [0.0, 5.0]


def test_powers_cycles_and_levels_are_those_of_now() -> None:
    weaker = BATTERY | {"charge_kw": 6, "highest_kwh": 8, "most_cycles": 0.25}
    problem = a_problem(horizon={"steps": 3, "step_h": 1}, stores=[weaker], grids=[A_GRID])
    last = stored([10, 10, 0], [0, 0, 10])

    assert course(problem, last, "battery", "charge_kw") == [6.0, 2.0, 0.0]
    assert course(problem, last, "battery", "discharge_kw") == [0.0, 0.0, 2.0]  # of 8 kWh


A_GRID = {"id": "grid", "import_price": 0.1, "import_limit_kw": 100}


def test_power_at_a_level_bounds_at_both_ends_of_a_step() -> None:
    tapered = [
        {"level_kwh": 0, "charge_kw": 10, "discharge_kw": 10},
        {"level_kwh": 20, "charge_kw": 0, "discharge_kw": 10},
    ]
    problem = a_problem(stores=[BATTERY | {"power_at": tapered}])

    # c = 10 - (0 + c) / 2
    assert course(problem, stored([10, 0], [0, 0]), "battery", "charge_kw")[0] == 6.667


def test_on_an_island_stores_balance_what_the_forecast_missed() -> None:
    problem = a_problem(
        mode={"island": True},
        stores=[BATTERY | {"start_kwh": 20}],
        loads=[{"id": "hall", "power_kw": [9, 4]}],
    )
    last = stored([0, 0], [8, 5])

    assert course(problem, last, "battery", "discharge_kw") == [9.0, 4.0]
    assert course(problem, last, "electricity", "unserved_kw") == [0.0, 0.0]


def test_a_vehicle_charges_as_planned_and_at_once_what_it_would_lack() -> None:
    last = a_last_plan(van={"charge_kw": [1, 8], "discharge_kw": [0, 0]})

    assert course(a_problem(sessions=[VAN]), last, "van", "charge_kw") == [2.0, 8.0]
    assert course(a_problem(sessions=[VAN | {"id": "new"}]), last, "new", "charge_kw") == [8, 2]


def test_a_vehicle_gives_nothing_back_where_it_would_leave_with_too_little() -> None:
    full = {"stored_kwh": 20, "capacity_kwh": 40, "discharge_kw": 8, "wanted_kwh": 0}
    last = a_last_plan(van={"charge_kw": [0, 8], "discharge_kw": [8, 0]})
    now = a_last_plan(van={"charge_kw": [0, 2], "discharge_kw": [8, 0]})

    assert course(a_problem(sessions=[VAN | full]), last, "van", "discharge_kw") == [8.0, 0.0]
    assert course(a_problem(sessions=[VAN | full]), now, "van", "discharge_kw") == [0.0, 0.0]


def test_vehicles_behind_one_cable_keep_within_it() -> None:
    other = VAN | {"id": "other", "leaves_h": 1, "wanted_kwh": 6}
    both = [one | {"cluster": "garage"} for one in (VAN, other)]
    problem = a_problem(sessions=both, clusters=[{"id": "garage", "limit_kw": 9}])
    planned_kw = {"charge_kw": [8, 2], "discharge_kw": [0, 0]}

    last = a_last_plan(van=planned_kw, other=planned_kw)

    assert course(problem, last, "other", "charge_kw") == [6.0, 0.0]
    assert course(problem, last, "van", "charge_kw") == [3.0, 7.0]


BATCH = {"id": "bake", "flows_kw": {"electricity": [5]}, "duration_h": 1, "latest_end_h": 4}
FOUR = {"steps": 4, "step_h": 1}


def four_hours(**more: Any) -> ParkProblem:
    return a_problem(**({"horizon": FOUR, "grids": [A_GRID]} | more))


@pytest.mark.parametrize(
    ("began_h", "on"), [(0.0, [0, 0, 1, 0]), (1.0, [0, 1, 0, 0]), (0.4, [0, 0, 1, 0])]
)
def test_a_batch_begins_when_it_was_to_or_at_the_step_that_is_nearest(
    began_h: float, on: list[float]
) -> None:
    last = a_last_plan(began_h, bake={"on": [0, 0, 1, 0]})

    assert course(four_hours(processes=[BATCH]), last, "bake", "on") == on


def test_a_batch_that_was_to_wait_and_is_due_now_runs_at_the_end_of_its_window() -> None:
    last = a_last_plan(bake={"on": [0, 0]})

    assert course(four_hours(processes=[BATCH]), last, "bake", "on") == [0, 0, 0, 1]


def test_a_batch_waits_for_the_one_before_it() -> None:
    second = BATCH | {"id": "pack", "after": "bake", "gap_h": 1}
    together = {"on": [0, 1, 0, 0]}

    problem = four_hours(processes=[second, BATCH])
    last = a_last_plan(bake=together, pack=together)

    assert course(problem, last, "pack", "on") == [0, 0, 0, 1]
    late = a_last_plan(bake={"on": [0, 0, 1, 0]}, pack=together)
    assert course(problem, late, "pack", "on") == [0, 0, 0, 0]  # nothing is left of its window


def test_a_batch_in_pieces_keeps_them_or_runs_in_one() -> None:
    split = BATCH | {"duration_h": 2, "most_starts": 2, "least_run_h": 1}
    last = a_last_plan(bake={"on": [1, 0, 1, 0]})

    assert course(four_hours(processes=[split]), last, "bake", "on") == [1, 0, 1, 0]
    long_runs = split | {"least_run_h": 2}
    assert course(four_hours(processes=[long_runs]), last, "bake", "on") == [1, 1, 0, 0]


def test_queued_work_is_done_as_planned_but_not_later_than_it_must_be() -> None:
    queue = {"id": "jobs", "arriving_kwh": [6, 0, 0, 0], "patience_h": 2, "power_kw": 8}
    problem = four_hours(queues=[queue])

    lazy = a_last_plan(jobs={"power_kw": [1, 1, 4, 0]})

    assert course(problem, lazy, "jobs", "power_kw") == [1.0, 5.0, 0.0, 0.0]


def test_an_interruption_is_kept_where_it_is_allowed_now() -> None:
    hall = {"id": "hall", "power_kw": 10, "interruption": {"least_h": 2}}
    short = a_last_plan(began_h=1, hall={"off": [1, 1, 0, 0, 0]})
    long = a_last_plan(began_h=1, hall={"off": [0, 1, 1, 0, 0]})

    assert course(four_hours(loads=[hall]), short, "hall", "power_kw") == [10, 10, 10, 10]
    assert course(four_hours(loads=[hall]), long, "hall", "power_kw") == [0, 0, 10, 10]


OVER_MIDNIGHT = {"start": "2026-06-15T22:00:00+08:00", "steps": 4, "step_h": 1}


@pytest.mark.parametrize(("today", "off"), [(0, [1, 0, 1, 0]), (1, [0, 0, 1, 0])])
def test_interruptions_are_no_more_a_day_than_they_may_be_now(today: int, off: list[float]) -> None:
    rule = {"most_starts_per_day": 1, "starts_today": today}
    problem = four_hours(
        loads=[{"id": "hall", "power_kw": 10, "interruption": rule}], horizon=OVER_MIDNIGHT
    )

    assert course(problem, a_last_plan(hall={"off": [1, 0, 1, 0]}), "hall", "off") == off


@pytest.mark.parametrize(("today", "on"), [(0, [1, 0, 1, 0]), (1, [0, 0, 1, 0])])
def test_a_unit_starts_no_more_often_a_day_than_it_may_now(today: int, on: list[float]) -> None:
    counted = BOILER | {"most_starts_per_day": 1, "starts_today": today}
    last = a_last_plan(boiler={"input_kw": [50, 0, 50, 0], "on": [1, 0, 1, 0]})

    problem = four_hours(units=[counted], supplies=[PIPE], horizon=OVER_MIDNIGHT)

    assert course(problem, last, "boiler", "on") == on


def test_a_unit_gives_the_heat_of_now_not_of_then() -> None:
    heating = [{"id": "heating", "node": "heat", "power_kw": [30, 20]}]
    problem = a_problem(units=[BOILER | {"least_on_h": 1}], loads=heating, supplies=[PIPE])
    last = a_last_plan(boiler={"input_kw": [50, 50], "on": [1, 1]})

    assert course(problem, last, "boiler", "input_kw") == [60.0, 40.0]


def test_a_unit_in_maintenance_is_off_and_after_the_last_plan_it_goes_on() -> None:
    heating = [{"id": "heating", "node": "heat", "power_kw": 25}]
    held = BOILER | {"least_on_h": 1, "availability": [1, 0, 1]}
    problem = a_problem(
        horizon={"steps": 3, "step_h": 1},
        grids=[A_GRID],
        units=[held],
        loads=heating,
        supplies=[PIPE],
    )
    last = a_last_plan(boiler={"input_kw": [50, 50], "on": [1, 1]})

    assert course(problem, last, "boiler", "input_kw") == [50.0, 0.0, 50.0]


def test_lines_of_a_mesh_carry_what_they_were_to_and_less_where_one_is_weaker() -> None:
    ends = (("electricity", "a"), ("a", "b"), ("electricity", "b"))
    nodes = [{"id": name, "carrier": "electricity"} for name in "ab"]
    mill = [{"id": "mill", "power_kw": 6, "node": "a"}]

    def meshed(limit_kw: float) -> ParkProblem:
        lines = [
            {"id": f"l{i}", "from_node": f, "to_node": t, "limit_kw": limit_kw, "reactance": 1}
            for i, (f, t) in enumerate(ends)
        ]
        return a_problem(nodes=nodes, lines=lines, loads=mill)

    l0, l1, l2 = ({"flow_kw": [kw, kw]} for kw in (4, -2, 2))  # two thirds take the short way
    last = a_last_plan(l0=l0, l1=l1, l2=l2)

    assert course(meshed(9), last, "a", "unserved_kw") == [0.0, 0.0]
    assert course(meshed(2), last, "l2", "flow_kw") == [1.0, 1.0]
    assert course(meshed(2), last, "a", "unserved_kw") == [3.0, 3.0]


def a_document(start: str | None = None, **more: Any) -> bytes:
    when = {"steps": 2, "step_h": 1} | ({} if start is None else {"start": start})
    plan = a_plan(stores=[BATTERY], horizon=when)
    return json.dumps(json.loads(text_of(document_of(plan))) | more).encode()


def test_a_plan_document_is_laid_over_the_new_clock() -> None:
    an_hour_later = a_problem(
        stores=[BATTERY | {"start_kwh": 10}],
        horizon={"steps": 2, "step_h": 1, "start": "2026-01-01T09:00:00+08:00"},
    )

    last = last_plan_from(a_document("2026-01-01T00:00:00Z"), an_hour_later.horizon)

    assert last.edges_h.tolist() == [-1.0, 0.0, 1.0]
    assert course(an_hour_later, last, "battery", "discharge_kw") == [10.0, 0.0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[]", "--former: [] is no object: write it in braces, { }"),
        (b"{", "--former: is no JSON at line 1 column 2"),
        (a_document(horizon={"hours": [1]}), "--former devices.battery.charge_kw: has 2 values"),
        (a_document(horizon={"hours": []}), "--former horizon.hours: has 0 entries: at least 1"),
        (a_document("2026-01-01T00:00:00Z"), "--former horizon.start: the plan has a start, the"),
        (a_document(devices={"x": {"on": ["1", 0]}}), '--former devices.x.on[0]: "1" is no number'),
        (
            a_document(devices={"x": {"on": [float("nan"), 0]}}),
            "--former devices.x.on[0]: NaN is no number",
        ),
    ],
)
def test_a_document_that_is_no_plan_is_refused_with_the_place(content: bytes, told: str) -> None:
    with pytest.raises(BadProblem) as refused:
        last_plan_from(content, Horizon(steps=2, step_h=1.0))

    assert any(line.startswith(told) for line in str(refused.value).splitlines())


def test_a_former_without_powers_takes_them_from_the_last_plan() -> None:
    problem = a_problem(stores=[BATTERY], former={"move_cost_per_kw": 9})
    last = stored([3, 0], [0, 3])

    steady = steadied(problem, last)

    assert steady.former is not None
    assert steady.former.power_kw == {"battery": (3.0, -3.0)}
    plan = planned(steady, solve, 20.0, faults)
    assert plan.schedule.devices["battery"]["charge_kw"].tolist() == [3.0, 0.0]


def test_a_former_takes_the_powers_of_work_and_interruptions_from_the_last_plan_too() -> None:
    hall = {"id": "hall", "power_kw": 10, "interruption": {"price_per_kwh": 5}}
    jobs = {"id": "jobs", "arriving_kwh": 1, "patience_h": 2, "power_kw": 8}
    problem = four_hours(loads=[hall], queues=[jobs], processes=[BATCH], former={"committed_h": 4})
    last = a_last_plan(
        hall={"power_kw": [10, 0, 10, 10], "off": [0, 1, 0, 0]},
        jobs={"power_kw": [1, 1, 2, 0]},
        bake={"on": [0, 0, 1, 0], "power_kw.electricity": [0, 0, 10, 0]},
    )

    steady = steadied(problem, last)

    assert steady.former is not None
    assert steady.former.power_kw == {
        "hall": (10, 0, 10, 10),
        "jobs": (1, 1, 2, 0),
        "bake": (0, 0, 10, 0),
    }
    plan = planned(steady, solve, 20.0, faults)
    assert plan.schedule.devices["bake"]["on"].tolist() == [0, 0, 1, 0]
    assert plan.schedule.devices["hall"]["off"].tolist() == [0, 1, 0, 0]
    assert plan.books.breaches == []


def test_a_name_of_which_nothing_counts_is_a_caveat() -> None:
    plan = a_plan(former={"power_kw": {"hall": 3, "grid": 3, "gone": 3}, "committed_h": 1})

    (caveat,) = plan.caveats
    assert caveat.startswith("former.power_kw: what grid, hall did before counts nothing; ")
