"""Batches that run once somewhere in their window (§5.4)."""

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from services.dispatch.domain import solver
from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Carrier, Grid, Node
from services.dispatch.domain.park.problem import ParkProblem
from tests.support.parks_to_plan import a_park_at, planned

CHEAP_AT_2 = (3.0, 2.0, 1.0, 2.0, 3.0, 3.0)


def a_batch(**more: Any) -> Process:
    """An hour of 10 kW, within the first six."""
    given: dict[str, Any] = {
        "id": "batch",
        "flows_kw": {"electricity": (10.0,)},
        "duration_h": 1.0,
        "latest_end_h": 6.0,
    }
    return Process(**(given | more))


def test_a_batch_runs_in_the_cheapest_hour_of_its_window() -> None:
    plan = planned(a_park_at(CHEAP_AT_2, processes=(a_batch(),)))

    assert plan.course("batch", "on") == [0, 0, 1, 0, 0, 0]
    assert plan.course("batch", "power_kw.electricity") == [0, 0, 10, 0, 0, 0]
    assert plan.books.total == pytest.approx(10.0)


def test_what_a_plan_is_said_to_cost_is_what_its_courses_cost() -> None:
    plan = planned(a_park_at(CHEAP_AT_2, processes=(a_batch(),)))

    assert plan.solved.cost == pytest.approx(plan.books.total, abs=1e-3)


def test_a_batch_begins_not_before_its_window_and_ends_within_it() -> None:
    early = a_batch(id="early", latest_end_h=2.0)
    late = a_batch(id="late", earliest_h=2.5)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(early, late)))

    assert plan.course("early", "on") == [0, 1, 0, 0, 0, 0]
    assert plan.course("late", "on") == [0, 0, 0, 1, 0, 0]


def test_a_profile_is_laid_over_the_steps_from_the_start_on() -> None:
    rising = a_batch(flows_kw={"electricity": (1.0, 10.0)}, duration_h=2.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(rising,)))

    assert plan.course("batch", "power_kw.electricity") == [0, 1, 10, 0, 0, 0]


def test_a_step_gets_the_mean_of_the_parts_that_fall_into_it() -> None:
    thirds = a_batch(flows_kw={"electricity": (3.0, 6.0, 9.0)}, duration_h=1.5, latest_end_h=1.5)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(thirds,)))

    # half hours of 3, 6 and 9 kW: the first hour has 4.5 kWh, the second one the other 4.5
    assert plan.course("batch", "power_kw.electricity") == [4.5, 4.5, 0, 0, 0, 0]
    assert plan.course("batch", "on") == [1, 1, 0, 0, 0, 0]


def test_steps_of_five_minutes_and_of_a_quarter_hour_share_a_run_by_their_length() -> None:
    fives_then_quarters = (1 / 12,) * 3 + (0.25,) * 3
    batch = a_batch(duration_h=0.5, latest_end_h=1.0, flows_kw={"electricity": (6.0, 12.0)})

    plan = planned(
        a_park_at((5.0, 5.0, 1.0, 1.0, 1.0, 5.0), fives_then_quarters, processes=(batch,))
    )

    # from minute 10 to 40, 6 kW until 25 and 12 after: 2 and 1 thirds of the first quarter hour
    assert plan.course("batch", "power_kw.electricity") == [0, 0, 6, 8, 8, 0]
    assert plan.books.total == pytest.approx(4.5)


def test_a_batch_may_give_to_one_node_what_it_takes_from_another() -> None:
    to_the_air = Node(id="heat", carrier=Carrier.HEAT, surplus_price=0.5)
    kiln = a_batch(flows_kw={"electricity": (10.0,), "heat": (-4.0,)})

    plan = planned(a_park_at(CHEAP_AT_2, processes=(kiln,), nodes=(to_the_air,)))

    assert plan.course("batch", "power_kw.heat") == [0, 0, -4, 0, 0, 0]
    assert plan.books.money["unused"] == pytest.approx(4 * 0.5)


def test_a_window_that_is_too_narrow_is_named_with_the_energy_of_the_batch() -> None:
    narrow = a_batch(duration_h=2.0, earliest_h=1.5, latest_end_h=3.5)  # steps begin at 2.0 only

    plan = planned(a_park_at(CHEAP_AT_2, processes=(narrow,)))

    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 0]
    assert plan.broken == [("process", "batch", 2, 20.0)]
    assert plan.books.money["violations"] == pytest.approx(20.0 * 60.0 * 3.0)


def test_a_batch_with_a_price_of_its_own_is_left_out_where_energy_is_dearer() -> None:
    optional = a_batch(missed_price=9.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(optional,)))

    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 0]
    assert plan.broken == []
    assert plan.books.money["missed processes"] == pytest.approx(9.0)


def test_a_batch_without_power_is_missed_all_the_same() -> None:
    cooling_down = a_batch(flows_kw={"electricity": (0.0,)}, duration_h=2.0, latest_end_h=1.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(cooling_down,)))

    assert plan.broken == [("process", "batch", 0, 2.0)]


def test_a_batch_whose_window_has_room_after_the_horizon_may_wait() -> None:
    tomorrow = a_batch(latest_end_h=7.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(tomorrow,)))

    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 0]
    assert plan.books.total == 0.0


def test_a_batch_whose_window_ends_soon_after_the_horizon_runs_beyond_it() -> None:
    overnight = a_batch(duration_h=2.0, earliest_h=5.0, latest_end_h=7.5)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(overnight,)))

    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 1]
    assert plan.broken == []


def test_a_batch_that_runs_at_the_beginning_runs_on_with_what_is_left_of_its_profile() -> None:
    running = a_batch(flows_kw={"electricity": (1.0, 2.0, 3.0)}, duration_h=3.0, done_h=1.5)

    plan = planned(a_park_at((9.0, 9.0, 1.0, 1.0), processes=(running,)))

    # half an hour of 2 kW and half of 3, then half an hour of 3
    assert plan.course("batch", "power_kw.electricity") == [2.5, 1.5, 0, 0]
    assert plan.course("batch", "on") == [1, 1, 0, 0]


def test_a_running_batch_runs_on_though_its_window_is_over() -> None:
    running = a_batch(duration_h=3.0, done_h=1.0, latest_end_h=1.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(running,)))

    assert plan.course("batch", "on") == [1, 1, 0, 0, 0, 0]
    assert plan.broken == []


def test_three_batches_follow_each_other_with_the_gaps_between() -> None:
    chain = (
        a_batch(id="c", after="b"),
        a_batch(id="b", after="a", gap_h=1.0),
        a_batch(id="a"),
    )

    plan = planned(a_park_at((9.0, 2.0, 1.0, 1.0, 1.0, 3.0), processes=chain))

    assert plan.course("a", "on") == [0, 1, 0, 0, 0, 0]
    assert plan.course("b", "on") == [0, 0, 0, 1, 0, 0]
    assert plan.course("c", "on") == [0, 0, 0, 0, 1, 0]


def test_what_waits_for_a_missed_batch_is_missed_too() -> None:
    never = a_batch(id="first", duration_h=3.0, latest_end_h=2.0, missed_price=1.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(never, a_batch(after="first"))))

    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 0]
    assert plan.broken == [("process", "batch", 5, 10.0)]


def test_what_waits_for_a_running_batch_begins_after_its_end_and_the_gap() -> None:
    running = a_batch(id="first", duration_h=3.0, done_h=1.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(a_batch(after="first", gap_h=1.0), running)))

    assert plan.course("batch", "on") == [0, 0, 0, 1, 0, 0]


def test_a_batch_that_may_be_split_leaves_out_the_dear_hour() -> None:
    pieces = a_batch(duration_h=3.0, most_starts=2)

    plan = planned(a_park_at((2.0, 5.0, 1.0, 1.0, 5.0, 1.0), processes=(pieces,)))

    assert plan.course("batch", "on") == [0, 0, 1, 1, 0, 1]
    assert plan.books.total == pytest.approx(30.0)


def test_a_split_batch_begins_no_more_often_than_it_may() -> None:
    pieces = a_batch(duration_h=3.0, most_starts=2)

    plan = planned(a_park_at((1.1, 5.0, 1.0, 2.0, 1.0, 5.0), processes=(pieces,)))

    # the three cheapest hours would take three starts
    assert plan.course("batch", "on") == [0, 0, 1, 1, 1, 0]
    assert plan.books.total == pytest.approx(40.0)


def test_each_run_of_a_split_batch_lasts_long_enough() -> None:
    pieces = a_batch(duration_h=4.0, most_starts=2, least_run_h=2.0)

    plan = planned(a_park_at((1.0, 5.0, 9.0, 9.0, 4.0, 1.0), processes=(pieces,)))

    assert plan.course("batch", "on") == [1, 1, 0, 0, 1, 1]


def test_a_split_batch_is_on_for_whole_steps_until_its_hours_are_reached() -> None:
    pieces = a_batch(duration_h=2.5, done_h=1.0, most_starts=3, latest_end_h=4.0)

    plan = planned(a_park_at((3.0, 1.0, 3.0, 2.0), processes=(pieces,)))

    assert plan.course("batch", "on") == [0, 1, 0, 1]  # 1.5 h are left: two hours reach it


def test_a_split_batch_takes_no_step_more_though_it_would_be_paid_for() -> None:
    pieces = a_batch(duration_h=1.0, most_starts=4, latest_end_h=3.0)

    plan = planned(a_park_at((-1.0, -2.0, -3.0, -1.0), (0.5, 0.5, 1.0, 1.0), processes=(pieces,)))

    # half an hour, then the hour: one more would come after an hour and a half
    assert plan.course("batch", "on") == [0, 1, 1, 0]
    assert plan.books.total == pytest.approx(-40.0)


def test_a_split_batch_without_room_for_all_of_it_does_not_run_at_all() -> None:
    pieces = a_batch(duration_h=3.0, most_starts=2, latest_end_h=2.0)

    plan = planned(a_park_at((-1.0, -1.0, -1.0), processes=(pieces,)))

    assert plan.course("batch", "on") == [0, 0, 0]
    assert plan.broken == [("process", "batch", 1, 30.0)]


def test_a_split_batch_leaves_for_later_what_its_window_still_holds_then() -> None:
    pieces = a_batch(duration_h=3.0, most_starts=2, latest_end_h=5.0)

    plan = planned(a_park_at((2.0, 1.0, 3.0), processes=(pieces,)))

    assert plan.course("batch", "on") == [0, 1, 0]  # two hours of three are after the horizon


def test_what_waits_for_a_split_batch_begins_after_its_last_run() -> None:
    pieces = a_batch(id="first", duration_h=2.0, most_starts=2)
    chain = (pieces, a_batch(after="first"))

    plan = planned(a_park_at((1.0, 5.0, 1.0, 2.0, 4.0, 1.0), processes=chain))

    assert plan.course("first", "on") == [1, 0, 1, 0, 0, 0]
    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 1]


# --- against every way there is ----------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """One way to run a process: its power, when it begins and ends, and what missing it costs."""

    power_kw: Floats
    begins_h: float
    ends_h: float
    price: float = 0.0


def every_way(process: Process, hours: Floats, largest_price: float) -> list[Way]:
    ends = np.cumsum(hours)
    (profile,) = process.flows_kw.values()
    price = max(profile) * process.duration_h * 60.0 * largest_price
    never = Way(np.zeros(len(hours)), 0.0, np.inf, price)
    if process.most_starts > 1:
        return [never, *ways_in_pieces(process, hours, ends)]
    return [never, *ways_in_one_piece(process, hours, ends)]


def ways_in_one_piece(process: Process, hours: Floats, ends: Floats) -> list[Way]:
    ways, (profile,) = [], process.flows_kw.values()
    part_h = process.duration_h / len(profile)
    for begins in ends - hours:
        stops = begins + process.duration_h
        if begins < process.earliest_h - 1e-9 or stops > process.latest_end_h + 1e-9:
            continue
        power = np.zeros(len(hours))
        for i, kw in enumerate(profile):
            a, b = begins + i * part_h, begins + (i + 1) * part_h
            inside = np.minimum(ends, b) - np.maximum(ends - hours, a)
            power += kw * np.maximum(inside, 0.0) / hours
        ways.append(Way(power, float(begins), float(stops)))
    return ways


def ways_in_pieces(process: Process, hours: Floats, ends: Floats) -> list[Way]:
    ways, ((power_kw,),) = [], process.flows_kw.values()
    for on in itertools.product((0, 1), repeat=len(hours)):
        steps = [k for k, is_on in enumerate(on) if is_on]
        if not steps or is_wrong_in_pieces(process, hours, ends, steps):
            continue
        begins = float(ends[steps[0]] - hours[steps[0]])
        ways.append(Way(np.array(on) * power_kw, begins, float(ends[steps[-1]])))
    return ways


def is_wrong_in_pieces(process: Process, hours: Floats, ends: Floats, steps: list[int]) -> bool:
    run_h = [float(hours[k]) for k in steps]
    reached = sum(run_h[:-1]) < process.duration_h - 1e-9 <= sum(run_h)
    inside = ends[steps[0]] - hours[steps[0]] >= process.earliest_h - 1e-9
    inside &= ends[steps[-1]] <= process.latest_end_h + 1e-9
    runs = [[steps[0]]]
    for k in steps[1:]:
        if k == runs[-1][-1] + 1:
            runs[-1].append(k)
        else:
            runs.append([k])
    least_h = min(process.least_run_h or 0.0, process.duration_h) - 1e-9
    long_enough = all(sum(float(hours[k]) for k in run) >= least_h for run in runs)
    return not (reached and inside and long_enough and len(runs) <= process.most_starts)


def cheapest_of_all(problem: ParkProblem) -> float:
    hours, (grid,) = problem.horizon.hours, problem.grids
    prices = np.array(grid.import_price)
    largest = max(1.0, float(np.abs(prices).max()))
    best, ids = np.inf, [process.id for process in problem.processes]
    for ways in itertools.product(*(every_way(p, hours, largest) for p in problem.processes)):
        of = dict(zip(ids, ways, strict=True))
        waits = [(of[p.after], of[p.id], p.gap_h) for p in problem.processes if p.after]
        if any(b.price == 0 and b.begins_h < a.ends_h + gap - 1e-9 for a, b, gap in waits):
            continue
        power = sum((way.power_kw for way in ways), np.zeros(len(hours)))
        excess = max(0.0, float(power.max()) - (grid.contracted_kw or 0.0))
        cost = float(prices * power @ hours) + excess * grid.excess_price_per_kw
        best = min(best, cost + sum(way.price for way in ways))
    return best


def a_random_park(seed: int) -> ParkProblem:
    """Up to three processes in five or six steps, the highest of which costs extra."""
    draw = np.random.default_rng(seed)
    steps_h = [(1.0,) * 6, (0.25, 0.25, 0.5, 1.0, 1.0), (1 / 12,) * 3 + (0.25,) * 3][seed % 3]
    end_h = sum(steps_h)
    processes: list[Process] = []
    for i in range(int(draw.integers(1, 4))):
        split = bool(draw.random() < 0.4)
        count = 1 if split else int(draw.integers(1, 4))
        earliest_h = float(draw.choice([0.0, 0.3])) * end_h
        process = a_batch(
            id=f"batch {i}",
            flows_kw={"electricity": tuple(draw.integers(1, 9, count).astype(float).tolist())},
            duration_h=round(float(draw.uniform(0.15, 0.6)) * end_h, 2),
            earliest_h=earliest_h,
            latest_end_h=end_h * float(draw.choice([0.8, 1.0])),
            most_starts=int(draw.integers(2, 4)) if split else 1,
            least_run_h=0.3 * end_h if split and draw.random() < 0.5 else None,
        )
        if processes and draw.random() < 0.6:
            gap_h = float(draw.choice([0.0, 0.1])) * end_h
            process = replace(process, after=f"batch {i - 1}", gap_h=gap_h)
        processes.append(process)
    prices = tuple((draw.integers(-2, 9, len(steps_h)) / 2).tolist())
    grid = Grid(
        id="grid",
        import_price=prices,
        import_limit_kw=1000.0,
        contracted_kw=5.0,
        excess_price_per_kw=0.5,
    )
    return a_park_at(prices, steps_h, processes=tuple(processes[::-1]), grids=(grid,))


@pytest.mark.parametrize("seed", range(60))
def test_no_choice_of_starts_is_cheaper(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "GAP", 0.0)
    problem = a_random_park(seed)

    plan = planned(problem)

    assert plan.books.total == pytest.approx(cheapest_of_all(problem), abs=1e-6)
