"""The linear park in our planner and in PyPSA with HiGHS: one optimum, two times."""

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from services.dispatch.domain.model.builder import MILLI
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.stores import TIE_PER_KWH
from services.dispatch.domain.model.whole import booked, built, read
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import best_courses, solve
from tests.bench.measure import Result, seconds_of
from tests.support.reference_park import lp_park

STEPS = (96, 192)
REPEATS = 3
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
    theirs = _theirs(problem)
    ours, other = cost_without_ties(problem), theirs["direct"]["cost"]
    whole = {name: run["network_s"] + run["optimize_s"] for name, run in theirs.items()}
    least_s, apart = min(whole.values()), abs(ours - other) / abs(other)
    direct = theirs["direct"]
    what = f"linear part: 10 batteries, {steps} steps"
    note = f"{least_s / ours_s:.0f} times as fast (bar: 20)"
    said = (
        f"{steps} steps: cost {ours:,.4f} against PyPSA's {other:,.4f} CNY, {apart:.0e} apart (bar:"
        f" 1e-6). PyPSA takes {whole['files']:.2f} s through files (its default) and"
        f" {whole['direct']:.2f} s directly, of which `optimize` {direct['optimize_s']:.2f} s and"
        f" HiGHS itself {direct['solver_s']:.3f} s."
    )
    return Result(what, ours_s, least_s, "s", "PyPSA + HiGHS, the quicker way", note), said


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
