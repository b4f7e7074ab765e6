"""Whatever is asked of processes, queues and interruptible loads, there is a plan that keeps §5."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dispatch.domain.model.prices import TIE_PER_KWH
from services.dispatch.domain.park.demand import Interruption, Load, Process, WorkQueue
from services.dispatch.domain.park.horizon import Floats, Horizon
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem, mistakes_between
from tests.support.parks_to_plan import Planned, planned

STEPS = ((1.0,) * 6, (1 / 12,) * 3 + (0.25,) * 3, (0.25, 0.1, 0.7, 1.0, 0.5))
hours = st.sampled_from([0.2, 0.5, 1.0, 1.3, 2.0, 4.0])
kilowatts = st.sampled_from([0.0, 2.0, 5.0, 8.0])
maybe_hours = st.none() | hours


@st.composite
def processes(draw: st.DrawFn) -> tuple[Process, ...]:
    made: list[Process] = []
    for i in range(draw(st.integers(0, 3))):
        starts, duration_h = draw(st.sampled_from([1, 1, 2, 3])), draw(hours)
        done_h = duration_h * draw(st.sampled_from([0.0, 0.0, 0.5]))
        profile = st.lists(kilowatts, min_size=1, max_size=1 if starts > 1 else 3)
        made.append(
            Process(
                id=f"p{i}",
                flows_kw={"electricity": tuple(draw(profile))},
                duration_h=duration_h,
                earliest_h=draw(st.sampled_from([0.0, 0.3, 5.0])),
                latest_end_h=draw(hours),
                most_starts=starts,
                least_run_h=draw(maybe_hours),
                done_h=done_h,
                after=draw(st.sampled_from([None, *(one.id for one in made)])),
                gap_h=draw(st.sampled_from([0.0, 0.4])),
                missed_price=draw(st.sampled_from([None, 3.0])),
            )
        )
    return tuple(reversed(made))


@st.composite
def parks(draw: st.DrawFn) -> ParkProblem:
    """Contradictory ones too: windows that are none, a connection that is too small."""
    steps_h = draw(st.sampled_from(STEPS))
    price = st.sampled_from([-1.0, 0.5, 2.0, 3.0])
    rule = Interruption(
        price_per_kwh=1.0,
        price_per_start=draw(st.sampled_from([0.0, 2.0])),
        least_h=draw(st.sampled_from([0.0, 0.5])),
        most_h=draw(st.sampled_from([None, 0.6, 2.0])),
        most_starts=draw(st.sampled_from([None, 0, 1, 2])),
    )
    queue = WorkQueue(
        id="jobs",
        arriving_kwh=tuple(draw(st.tuples(*(kilowatts for _ in steps_h)))),
        patience_h=draw(hours),
        power_kw=5.0,
        least_kw=draw(st.sampled_from([0.0, 2.0])),
        backlog_kwh=draw(kilowatts),
    )
    grid = Grid(
        id="grid",
        import_price=tuple(draw(st.tuples(*(price for _ in steps_h)))),
        import_limit_kw=draw(st.sampled_from([3.0, 12.0, 100.0])),
    )
    return ParkProblem(
        horizon=Horizon(steps_h=steps_h),
        grids=(grid,),
        loads=(Load(id="pumps", power_kw=draw(kilowatts), interruption=rule),),
        processes=draw(processes()),
        queues=(queue,),
    )


@given(problem=parks())
def test_there_is_a_plan_that_keeps_the_rules_and_costs_what_is_said(problem: ParkProblem) -> None:
    assert mistakes_between(problem) == []

    plan = planned(problem)

    for process in problem.processes:
        check_process(problem, process, plan)
    check_queue(problem, plan)
    check_interruptions(problem, plan)
    check_balance(problem, plan)
    ties = TIE_PER_KWH * 200
    assert plan.solved.cost == pytest.approx(plan.books.total, rel=1e-6, abs=ties)


def runs_of(on: Floats, problem: ParkProblem) -> list[tuple[float, float]]:
    """Return when each run begins and ends, h."""
    edges = np.flatnonzero(np.diff(on, prepend=0.0, append=0.0))
    ends = np.concatenate([[0.0], problem.horizon.ends_h])
    return [(float(ends[a]), float(ends[b])) for a, b in edges.reshape(-1, 2)]


def check_process(problem: ParkProblem, process: Process, plan: Planned) -> None:
    courses = plan.schedule.devices[process.id]
    runs, end_h = runs_of(courses["on"], problem), float(problem.horizon.ends_h[-1])
    running = process.done_h > 0 and process.most_starts == 1
    if running:
        assert runs[0][0] == 0.0
        assert runs[0][1] >= min(end_h, process.duration_h - process.done_h) - 1e-9
        return
    is_named = any(who == process.id for _, who, *_ in plan.broken)
    room_h = process.latest_end_h - end_h
    if not runs:
        left_h = process.duration_h - process.done_h
        assert is_named or process.missed_price is not None or room_h >= left_h - 1e-9
        return
    assert not is_named
    assert runs[0][0] >= process.earliest_h - 1e-9
    assert len(runs) <= process.most_starts
    check_length(process, runs, float(courses["on"] @ problem.horizon.hours), end_h)
    check_sequence(problem, process, runs[0][0], plan)


def check_length(process: Process, runs: Any, on_h: float, end_h: float) -> None:
    if process.most_starts == 1:
        assert runs[0][0] + process.duration_h <= process.latest_end_h + 1e-4
        assert runs[0][1] >= min(end_h, runs[0][0] + process.duration_h) - 1e-4
        return
    left_h = process.duration_h - process.done_h
    assert runs[-1][1] <= process.latest_end_h + 1e-4
    assert on_h >= left_h - max(0.0, process.latest_end_h - end_h) - 1e-4
    least_h = min(process.least_run_h or 0.0, left_h)
    assert all(b - a >= least_h - 1e-4 or b == end_h for a, b in runs)


def check_sequence(problem: ParkProblem, process: Process, begins_h: float, plan: Planned) -> None:
    first = next((one for one in problem.processes if one.id == process.after), None)
    if first is None:
        return
    runs = runs_of(plan.schedule.devices[first.id]["on"], problem)
    assert runs  # else it would wait for ever
    if first.most_starts > 1:
        ends_h = runs[-1][1]
    else:
        began_h = -first.done_h if first.done_h > 0 else runs[0][0]
        ends_h = began_h + first.duration_h
    assert begins_h >= ends_h + process.gap_h - 1e-4


def check_queue(problem: ParkProblem, plan: Planned) -> None:
    (queue,), hours = problem.queues, problem.horizon.hours
    courses = plan.schedule.devices[queue.id]
    left = np.concatenate([[queue.backlog_kwh], courses["backlog_kwh"][:-1]])
    work = left + np.array(queue.arriving_kwh)
    done = courses["power_kw"] * hours
    assert np.all(done <= work + 1e-4)
    assert np.all(done >= np.minimum(queue.least_kw * hours, work) - 1e-4)
    assert courses["backlog_kwh"] == pytest.approx(work - done, abs=1e-4)


def check_interruptions(problem: ParkProblem, plan: Planned) -> None:
    (load,), end_h = problem.loads, float(problem.horizon.ends_h[-1])
    rule, off = load.interruption, plan.schedule.devices[load.id]["off"]
    assert rule is not None
    breaks = runs_of(off, problem)
    assert all(b - a >= rule.least_h - 1e-9 or b == end_h for a, b in breaks)
    assert all(b - a <= (rule.most_h or np.inf) + 1e-9 for a, b in breaks)
    assert len(breaks) <= (len(off) if rule.most_starts is None else rule.most_starts)


def check_balance(problem: ParkProblem, plan: Planned) -> None:
    devices, node = plan.schedule.devices, plan.schedule.nodes["electricity"]
    used = devices["pumps"]["power_kw"] + devices["jobs"]["power_kw"]
    used = used + sum(devices[one.id]["power_kw.electricity"] for one in problem.processes)
    got = devices["grid"]["import_kw"] - devices["grid"]["export_kw"] + node["unserved_kw"]
    assert got == pytest.approx(used + node["surplus_kw"], abs=1e-3)
