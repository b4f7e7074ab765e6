"""Tiny parks of up to three processes, planned and, beside that, tried in every way there is."""

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pytest

from services.dispatch.domain import solver
from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from tests.support.parks_to_plan import a_batch, a_park_at, planned


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
    left_h = process.duration_h - process.done_h
    reached = sum(run_h[:-1]) < left_h - 1e-9 <= sum(run_h)
    inside = ends[steps[0]] - hours[steps[0]] >= process.earliest_h - 1e-9
    inside &= ends[steps[-1]] <= process.latest_end_h + 1e-9
    runs = [[steps[0]]]
    for k in steps[1:]:
        if k == runs[-1][-1] + 1:
            runs[-1].append(k)
        else:
            runs.append([k])
    ran_h = process.running_h
    present_h = ran_h + (sum(float(hours[k]) for k in runs[0]) if runs[0][0] == 0 else 0.0)
    if ran_h and present_h < min(process.least_run_h or 0.0, ran_h + left_h) - 1e-9:
        return True
    runs = runs[1:] if ran_h and runs[0][0] == 0 else runs
    least_h = min(process.least_run_h or 0.0, left_h) - 1e-9
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
        elif split and not earliest_h and draw.random() < 0.7:
            done_h = round(process.duration_h * float(draw.choice([0.2, 0.5])), 2)
            running_h = float(draw.choice([0.0, done_h / 4, done_h]))
            process = replace(process, done_h=done_h, running_h=running_h)
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
