"""The judge of batches, queues and interruptions (§5.2, §5.4, §5.5), by plans written by hand."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.demand import Interruption, Load, Process, WorkQueue
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from tests.support.judged_plans import Plan, a_breach, by_hand, hours, some

FREE = Grid(id="grid", import_price=0.0, import_limit_kw=1000.0)
BATCH = Process(
    id="batch",
    flows_kw={"electricity": (30.0, 10.0)},
    duration_h=2.0,
    earliest_h=1.0,
    latest_end_h=5.0,
)
LONG = replace(BATCH, duration_h=2.5, flows_kw={"electricity": (30.0, 30.0, 10.0, 10.0, 10.0)})
MILL = Process(
    id="mill",
    flows_kw={"electricity": (20.0,)},
    duration_h=3.0,
    latest_end_h=5.0,
    most_starts=2,
    least_run_h=1.0,
)
JOBS = WorkQueue(
    id="jobs",
    arriving_kwh=(10.0, 10.0, 0.0, 0.0, 0.0, 0.0),
    patience_h=2.0,
    power_kw=20.0,
    least_kw=2.0,
)
PUMP = Load(
    id="pump",
    power_kw=10.0,
    interruption=Interruption(
        price_per_kwh=0.5, price_per_start=3.0, least_h=2.0, most_h=3.0, most_starts=1
    ),
)


def drawing(power_kw: Sequence[float]) -> dict[str, Sequence[float]]:
    return {"import_kw": power_kw, "export_kw": [0.0] * 6}


def a_batch_plan(power_kw: Sequence[float], process: Process = BATCH) -> Plan:
    """On wherever it draws power."""
    on = [float(kw > 0) for kw in power_kw]
    devices = {
        process.id: {"on": on, "power_kw.electricity": power_kw},
        "grid": drawing(power_kw),
    }
    problem = ParkProblem(horizon=hours(6), grids=(FREE,), processes=(process,))
    return by_hand(problem, devices)


@pytest.mark.parametrize(
    ("power_kw", "process"),
    [
        ((0, 30, 10, 0, 0, 0), BATCH),
        ((0, 0, 0, 30, 10, 0), BATCH),
        ((10, 0, 0, 0, 0, 0), replace(BATCH, done_h=1.0)),
        ((0, 0, 30, 10, 5, 0), LONG),
        ((20, 0, 20, 20, 0, 0), MILL),
        ((0, 0, 0, 0, 0, 0), replace(BATCH, latest_end_h=9.0)),
    ],
    ids=["early", "late", "runs on", "its profile is laid over steps", "split", "may wait"],
)
def test_a_batch_that_keeps_its_rules_is_accepted(
    power_kw: Sequence[float], process: Process
) -> None:
    assert a_batch_plan(power_kw, process).faults == []


@pytest.mark.parametrize(
    ("power_kw", "process", "said"),
    [
        ((30, 10, 0, 0, 0, 0), BATCH, "runs 0..2 h, its window is 1..5 h"),
        ((0, 0, 0, 0, 30, 10), BATCH, "runs 4..6 h, its window is 1..5 h"),
        ((0, 30, 11, 0, 0, 0), BATCH, "power_kw.electricity 11.0000 should be 10.0000"),
        ((0, 30, 0, 10, 0, 0), BATCH, "batch in step 2: on is False"),
        ((0, 0, 0, 0, 0, 0), replace(BATCH, done_h=1.0), "it must run on"),
        ((0, 0, 0, 0, 0, 0), BATCH, "process is broken by 60.0000, the plan lists 0.0000"),
        ((0, 0, 0, 0, 0, 0), replace(BATCH, missed_price=7.0), "0.0000 for missed processes"),
        ((20, 0, 20, 0, 20, 0), MILL, "3 runs, at most 2"),
        ((20, 20, 0, 0, 0, 0), MILL, "runs 2 h, 3 h are left to do"),
        ((20, 20, 20, 20, 0, 0), MILL, "runs 4 h, 3 h are left to do"),
        ((0, 0, 0, 20, 20, 20), MILL, "runs 3..6 h, its window is 0..5 h"),
        ((20, 20, 0, 20, 0, 0), replace(MILL, least_run_h=1.5), "a run of 1 h, at least 1.5 h"),
        ((20, 19, 20, 0, 0, 0), MILL, "power_kw.electricity 19.0000 should be 20.0000"),
    ],
)
def test_a_batch_that_breaks_a_rule_is_told(
    power_kw: Sequence[float], process: Process, said: str
) -> None:
    assert some(a_batch_plan(power_kw, process).faults, said)


def test_a_batch_that_is_missed_is_listed_with_its_largest_power_for_its_duration() -> None:
    missed = a_batch_plan((0,) * 6).listing(a_breach(Limit.PROCESS, "batch", None, 60.0, 60.0))

    assert missed.faults == []


@pytest.mark.parametrize(
    ("begins", "said"),
    [(4, ""), (3, "begins at 3 h, batch ends at 3 h"), (None, "which it waits for, does not")],
)
def test_a_batch_waits_for_the_one_before(begins: int | None, said: str) -> None:
    """The first runs from 1 to 3 h; the second has to begin an hour later."""
    first = [0, 30, 10, 0, 0, 0] if begins else [0] * 6
    second = [float(k == (begins or 4)) * 5 for k in range(6)]
    finish = Process(
        id="finish",
        flows_kw={"electricity": (5.0,)},
        duration_h=1.0,
        latest_end_h=6.0,
        after="batch",
        gap_h=1.0,
    )
    plan = a_batch_plan(first, replace(BATCH, missed_price=0.0))
    problem = replace(plan.problem, processes=(*plan.problem.processes, finish))
    total = [a + b for a, b in zip(first, second, strict=True)]
    devices = {
        **plan.devices,
        "finish": {"on": [kw / 5 for kw in second], "power_kw.electricity": second},
        "grid": drawing(total),
    }

    found = replace(plan, problem=problem, devices=devices).faults

    assert some(found, said) if said else found == []


def a_queue_plan(
    power_kw: Sequence[float],
    backlog_kwh: Sequence[float],
    late_kwh: Sequence[float] = (0,) * 6,
    queue: WorkQueue = JOBS,
) -> Plan:
    devices = {
        "jobs": {"power_kw": power_kw, "backlog_kwh": backlog_kwh, "late_kwh": late_kwh},
        "grid": drawing(power_kw),
    }
    return by_hand(ParkProblem(horizon=hours(6), grids=(FREE,), queues=(queue,)), devices)


def test_work_may_wait_as_long_as_its_patience() -> None:
    """10 kWh come at 0 h and at 1 h: 10 must be done by 2 h, 20 by 3 h."""
    assert a_queue_plan((2, 8, 10, 0, 0, 0), (8, 10, 0, 0, 0, 0)).faults == []


@pytest.mark.parametrize(
    ("power_kw", "backlog_kwh", "said"),
    [
        ((12, 8, 0, 0, 0, 0), (-2, 0, 0, 0, 0, 0), "12.0000 kWh done, 10.0000 kWh came"),
        ((10, 2, 8, 0, 0, 0), (0, 9, 0, 0, 0, 0), "backlog_kwh 9.0000 should be 8.0000"),
        ((9, 0, 11, 0, 0, 0), (1, 11, 0, 0, 0, 0), "power_kw 0.0000 is not within 2.0000"),
        ((2, 5, 13, 0, 0, 0), (8, 13, 0, 0, 0, 0), "late_kwh 0.0000 should be 3.0000"),
        ((10, 2, 8, 1, 0, 0), (0, 8, 0, -1, -1, -1), "21.0000 kWh done, 20.0000 kWh came"),
    ],
)
def test_a_queue_that_breaks_a_rule_is_told(
    power_kw: Sequence[float], backlog_kwh: Sequence[float], said: str
) -> None:
    assert some(a_queue_plan(power_kw, backlog_kwh).faults, said)


def test_late_work_is_a_violation_or_has_its_price() -> None:
    courses = (2, 5, 13, 0, 0, 0), (8, 13, 0, 0, 0, 0), (0, 3, 0, 0, 0, 0)
    listed = a_queue_plan(*courses).listing(a_breach(Limit.LATE, "jobs", 1, 3.0, 40.0))
    priced = a_queue_plan(*courses, queue=replace(JOBS, late_price_per_kwh=2.0))

    assert listed.faults == []
    assert some(listed.listing().faults, "late is broken by 3.0000")
    assert priced.paying(**{"late work": 6.0}).faults == []
    assert some(priced.faults, "0.0000 for late work, it should be 6.0000")


def a_pump_plan(off: Sequence[int], paid: float) -> Plan:
    power_kw = [10.0 * (1 - one) for one in off]
    devices = {"pump": {"power_kw": power_kw, "off": off}, "grid": drawing(power_kw)}
    problem = ParkProblem(horizon=hours(6), grids=(FREE,), loads=(PUMP,))
    return by_hand(problem, devices, interruption=paid)


@pytest.mark.parametrize("off", [(0,) * 6, (0, 1, 1, 0, 0, 0), (0, 0, 0, 0, 0, 1)])
def test_interruptions_long_enough_and_up_to_the_end_are_accepted(off: Sequence[int]) -> None:
    paid = 5.0 * sum(off) + 3.0 * any(off)

    assert a_pump_plan(off, paid).faults == []


@pytest.mark.parametrize(
    ("off", "said"),
    [
        ((0, 1, 0, 0, 0, 0), "an interruption of 1 h, at least 2 h"),
        ((0, 1, 1, 1, 1, 0), "an interruption of 4 h, at most 3 h"),
        ((1, 1, 0, 1, 1, 0), "2 interruptions, at most 1"),
        ((0, 1, 1, 0, 0, 0), "money: 0.0000 for interruption, it should be 13.0000"),
    ],
)
def test_an_interruption_that_breaks_a_rule_is_told(off: Sequence[int], said: str) -> None:
    assert some(a_pump_plan(off, 0.0).faults, said)


def test_a_load_that_is_off_draws_nothing() -> None:
    plan = a_pump_plan((0, 1, 1, 0, 0, 0), 13.0)

    spoiled = plan.changed("pump", "power_kw", 1, 4.0).changed("grid", "import_kw", 1, 4.0)

    assert spoiled.faults == ["pump in step 1: 4.0000 kW served, not 0.0000"]


@pytest.mark.parametrize(
    ("off_h", "off", "starts", "said"),
    [
        (1.0, (1, 0, 0, 0, 0, 0), 0.0, ""),
        (1.0, (1, 0, 1, 1, 0, 0), 3.0, ""),
        (1.0, (0, 0, 0, 0, 0, 0), 0.0, "pump in step 0: an interruption of 1 h, at least 2 h"),
        (1.0, (1, 1, 1, 0, 0, 0), 0.0, "pump in step 0: an interruption of 4 h, at most 3 h"),
        (2.5, (0, 0, 0, 0, 0, 0), 0.0, ""),
        (1.0, (1, 0, 0, 0, 0, 0), 3.0, "for interruption, it should be"),
    ],
)
def test_an_interruption_that_goes_on_is_judged_with_what_was_before(
    off_h: float, off: Sequence[int], starts: float, said: str
) -> None:
    rule = PUMP.interruption
    assert rule is not None
    pump = replace(PUMP, interruption=replace(rule, off_h=off_h))
    served_kw = [10.0 * (1 - one) for one in off]
    devices = {"pump": {"power_kw": served_kw, "off": off}, "grid": drawing(served_kw)}
    problem = ParkProblem(horizon=hours(6), grids=(FREE,), loads=(pump,))

    found = by_hand(problem, devices, interruption=5.0 * sum(off) + starts).faults

    assert found == [] if not said else some(found, said)
