"""Problem documents whose plans can be reckoned in the head, and what the command does to them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.dispatch.domain.judge import faults as published
from services.dispatch.domain.model.planning import Judge, Planned, planned
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.search import Found, Solver
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.solver import solve
from services.dispatch.solve.problem_file import BadProblem, problem_from

BATTERY = {
    "id": "battery",
    "highest_kwh": 20,
    "start_kwh": 0,
    "charge_kw": 10,
    "discharge_kw": 10,
    "end_value_per_kwh": 0,
}


def nothing(program: Program, time_limit_s: float, *_: Any, **__: Any) -> Found | str:
    """A solver that finds nothing."""
    return "found nothing"


def a_cny_off(program: Program, time_limit_s: float, *_: Any, **__: Any) -> Found | str:
    """A solver that says it is done with 1 CNY to go."""
    found = solve(program, time_limit_s)
    return found if isinstance(found, str) else replace(found, bound=found.bound - 1e3)


def a_document(**more: Any) -> dict[str, Any]:
    """Two hours, 10 kW of load, import 0.10 and then 0.30 a kWh, up to 100 kW."""
    grid = {"id": "grid", "import_price": [0.10, 0.30], "import_limit_kw": 100}
    given: dict[str, Any] = {
        "horizon": {"steps": 2, "step_h": 1.0},
        "grids": [grid],
        "loads": [{"id": "hall", "power_kw": 10}],
    }
    return given | more


def a_problem(**more: Any) -> ParkProblem:
    return problem_from(json.dumps(a_document(**more)).encode())


def a_plan(
    solver: Solver = solve, limit_s: float = 20.0, judge: Judge = published, **more: Any
) -> Planned:
    return planned(a_problem(**more), solver, limit_s, judge)


def mistakes_in(content: bytes | dict[str, Any]) -> dict[str, str]:
    """What is told of a document, by path; empty when it is accepted."""
    try:
        problem_from(content if isinstance(content, bytes) else json.dumps(content).encode())
    except BadProblem as bad:
        return {mistake.path: mistake.text for mistake in bad.mistakes}
    return {}


def a_file(directory: Path, **more: Any) -> str:
    path = directory / "problem.json"
    path.write_text(json.dumps(a_document(**more)), encoding="utf-8")
    return str(path)
