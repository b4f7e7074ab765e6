"""The linear park in our planner and in PyPSA with HiGHS: one optimum, two times."""

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from services.dispatch.domain.model.builder import MILLI
from services.dispatch.domain.model.prices import TIE_PER_KWH
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.whole import booked, built, read
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import best_courses, solve
from tests.bench.measure import Result, seconds_of
from tests.support.reference_park import lp_park

STEPS = (96, 192)
REPEATS = 6
TIME_LIMIT_S = 30.0


def compared() -> tuple[list[Result], str]:
    """Return our time beside PyPSA's, and whether both found the same."""
    if find_spec("pypsa") is None:
        return [], "PyPSA is not installed here (extra `bench`): not compared."
    pairs = [_pair(steps) for steps in STEPS]
    return [result for result, _ in pairs], "\n\n".join(said for _, said in pairs)


def _pair(steps: int) -> tuple[Result, str]:
    problem = lp_park(steps=steps)
    ours_s = seconds_of(lambda: _planned(problem), repeats=2 * REPEATS)
    ours_cpu_s = min(_cpu_s(problem) for _ in range(2 * REPEATS))
    theirs = _theirs(problem)
    files, direct = theirs["files"], theirs["direct"]
    least = min(files, direct, key=lambda run: run["whole_s"])
    times, cpu_times = least["whole_s"] / ours_s, least["cpu_s"] / ours_cpu_s
    note = f"{times:.0f} times as fast by the clock, {cpu_times:.0f} by processor time (bar: 20)"
    ours, other = cost_without_ties(problem), direct["cost"]
    said = (
        f"{steps} steps: cost {ours:,.4f} against PyPSA's {other:,.4f} CNY,"
        f" {abs(ours - other) / abs(other):.0e} apart (bar: 1e-6). PyPSA takes"
        f" {files['whole_s']:.2f} s through files (its default) and {direct['whole_s']:.2f} s"
        f" directly, of which `optimize` {direct['optimize_s']:.2f} s and HiGHS itself"
        f" {direct['solver_s']:.3f} s."
    )
    what = f"linear part: 10 batteries, {steps} steps"
    return Result(what, ours_s, least["whole_s"], "s", "PyPSA + HiGHS, its quicker way", note), said


def _cpu_s(problem: ParkProblem) -> float:
    began = process_time()
    _planned(problem)
    return process_time() - began


def _planned(problem: ParkProblem) -> None:
    found = best_courses(problem, TIME_LIMIT_S)
    if isinstance(found, str) or len(found.solution.program.integer):
        raise RuntimeError(f"the linear park is not solved as a linear program: {found}")
    if breaches := booked(problem, read(found.solution)).breaches:
        raise RuntimeError(f"the linear park breaks limits that PyPSA cannot break: {breaches}")


def cost_without_ties(problem: ParkProblem) -> float:
    """Return the optimum without what breaks ties between equal plans: PyPSA has no such costs."""
    program = built(problem).program()
    found = solve(replace(program, cost=_untied(program, problem)), TIME_LIMIT_S)
    if isinstance(found, str):
        raise RuntimeError(found)
    return found.bound / MILLI


def _untied(program: Program, problem: ParkProblem) -> Any:
    cost, steps = program.cost.copy(), len(problem.horizon)
    tie = problem.horizon.hours * TIE_PER_KWH * np.arange(steps) / steps * MILLI
    for store in problem.stores:
        for name in ("charge", "discharge"):
            cost[program.columns[f"{store.id}.{name}"]] -= tie
    return cost


def _theirs(problem: ParkProblem) -> dict[str, dict[str, float]]:
    with TemporaryDirectory() as folder:
        document, answer = Path(folder, "park.json"), Path(folder, "answer.json")
        document.write_bytes(TypeAdapter(ParkProblem).dump_json(problem))
        command = [sys.executable, "-m", "tests.bench.pypsa_lp", document, str(REPEATS), answer]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        answers: dict[str, dict[str, float]] = json.loads(answer.read_text(encoding="utf-8"))
    return answers
