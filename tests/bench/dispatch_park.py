"""The whole park's planner against its bars: the reference park, its linear part, and PyPSA.

A park's time is building, solving, reckoning what the courses cost, and the judge's verdict;
the plan by rules that stands by is in it too.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from time import perf_counter, process_time

import numpy as np

from services.dispatch.domain.judge.verdict import faults
from services.dispatch.domain.model.planning import planned as whole_plan
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import solve
from tests.bench import dispatch_rival
from tests.bench.measure import Result, seconds_of
from tests.support.reference_park import lp_park, reference_park

PARKS = 100
TIME_LIMIT_S = 4.5
"""The 99th percentile's bar is 5 s with all that is around the solver."""
QUARTER_S = 900.0


@dataclass(frozen=True)
class Planned:
    """One park's plan: how long it took, by the clock and the processor, and its gap."""

    took_s: float
    cpu_s: float
    gap: float
    violations: int
    binaries: int
    columns: int
    rows: int


def run() -> tuple[list[Result], str]:
    """Return the figures beside their bars, and what the parks were like."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        parks, memory_mb = alone.submit(reference_parks, PARKS).result()
    rivalled, said = dispatch_rival.compared()
    return [*_whole(parks, memory_mb), _linear(), *rivalled], f"{_like(parks)}\n\n{said}"


def reference_parks(count: int) -> tuple[list[Planned], float]:
    """Return the plans of seeds 1 to `count` (seed 0 warms up), and the process's peak, MB."""
    planned(reference_park())
    return [planned(reference_park(seed=seed)) for seed in range(1, count + 1)], peak_memory_mb()


def planned(problem: ParkProblem, time_limit_s: float = TIME_LIMIT_S) -> Planned:
    """Plan a park as the service does, with the judge."""
    began, cpu_began = perf_counter(), process_time()
    plan = whole_plan(problem, solve, time_limit_s, faults)
    took_s, cpu_s = perf_counter() - began, process_time() - cpu_began
    if plan.solution is None or plan.gap is None:
        raise RuntimeError(f"a reference park is planned by the rules only: {plan.caveats}")
    program = plan.solution.program
    sizes = len(program.integer), len(program.cost), len(program.row_lower)
    return Planned(took_s, cpu_s, plan.gap, len(plan.books.breaches), *sizes)


def peak_memory_mb() -> float:
    """Return what this process held at most (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM"))
    return float(peak.split()[1]) / 1024.0


def _whole(parks: list[Planned], memory_mb: float) -> list[Result]:
    took_s = [park.took_s for park in parks]
    cpu_s = mean(park.cpu_s for park in parks)
    half, most = (float(np.percentile(took_s, share)) for share in (50, 99))
    cores = cpu_s * 1000.0 / QUARTER_S
    bar = "the bar"
    return [
        Result("reference park, 192 steps: p50", half, 1.0, "s", bar, f"{len(parks)} parks"),
        Result("reference park, 192 steps: p99", most, 5.0, "s", bar),
        Result("largest gap", 100.0 * max(park.gap for park in parks), 0.5, "%", bar),
        Result("peak memory of the process", memory_mb, 500.0, "MB", bar),
        Result(
            "cores for 1,000 parks every 15 minutes",
            cores,
            float(os.cpu_count() or 1),
            "cores",
            "this machine's",
            f"{cpu_s:.3f} s of one core a plan; parks share nothing, so cores add up",
        ),
    ]


def _linear() -> Result:
    problem = lp_park()
    took_s = seconds_of(lambda: planned(problem), repeats=9)
    return Result("linear part: 10 batteries, 96 steps", took_s, 0.080, "s", "the bar")


def _like(parks: list[Planned]) -> str:
    binaries, columns = (
        (min(sizes), max(sizes))
        for sizes in ([park.binaries for park in parks], [park.columns for park in parks])
    )
    broken = sum(park.violations > 0 for park in parks)
    return (
        f"{binaries[0]:,} to {binaries[1]:,} binaries and {columns[0]:,} to {columns[1]:,} columns"
        f" in the last program of a park; {broken} of {len(parks)} parks with a violation."
    )
