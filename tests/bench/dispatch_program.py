"""A day's plan of the demo park's size, judged: everything around the solver, against it alone."""

from datetime import timedelta
from typing import Any

import numpy as np
from ortools.linear_solver.python.model_builder_helper import ModelBuilderHelper, ModelSolverHelper

from services.dispatch.domain.model.planning import Status
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.softening import (
    Draft,
    DraftMode,
    DraftSession,
    DraftStorage,
    softened,
)
from services.dispatch.domain.solver import best_plan
from tests.bench.measure import Result, seconds_of
from tests.support.builders import MORNING

SLOTS = 96
TIME_LIMIT_S = 30.0


def run() -> tuple[list[Result], str]:
    """Return the time of one plan with 10 and with 52 vehicles."""
    return [_planned(vehicles) for vehicles in (10, 52)], ""


def _planned(vehicles: int) -> Result:
    problem = a_day(vehicles)
    plan = best_plan(problem, TIME_LIMIT_S)
    if plan.status is not Status.OPTIMAL or plan.solution is None:
        raise RuntimeError(f"the bench's day has no proven optimum: {plan.caveats}")
    program = plan.solution.program
    whole_s = seconds_of(lambda: best_plan(problem, TIME_LIMIT_S))
    what = f"plan of {SLOTS} quarters, battery, PV, {vehicles} vehicles"
    rows, columns = program.matrix.shape
    return Result(
        what, whole_s, _bare_s(program), "s", "the bare solver", f"{columns} columns, {rows} rows"
    )


def _bare_s(program: Program, repeats: int = 5) -> float:
    """Return the least time of GLOP on the filled model, without building or reading it."""
    return min(seconds_of(_solver_of(program), repeats=1) for _ in range(repeats))


def _solver_of(program: Program) -> Any:
    model = ModelBuilderHelper()
    fill: Any = model.fill_model_from_sparse_data
    bounds = (program.lower, program.upper, program.cost, program.row_lower, program.row_upper)
    fill(*bounds, program.matrix)
    solver = ModelSolverHelper("GLOP")
    return lambda: solver.solve(model)


def a_day(vehicles: int) -> ParkProblem:
    """Return a day with morning and evening peaks, sun at noon and vehicles that stay for hours."""
    hour = np.arange(SLOTS) / 4
    rng = np.random.default_rng(2)
    storage = DraftStorage("battery", 1500.0, 0.95, 0.95, 300.0, 2850.0, 1500.0, 0.03)
    load_kw = 900 + 500 * np.exp(-((hour - 10) ** 2) / 8) + 300 * np.exp(-((hour - 19) ** 2) / 6)
    draft = Draft(
        issue_time=MORNING,
        start=MORNING,
        step=timedelta(minutes=15),
        hours=np.full(SLOTS, 0.25),
        loads=(("works", load_kw),),
        import_price=0.10 + 0.08 * (hour >= 17) + 0.02 * rng.random(SLOTS),
        export_price=np.full(SLOTS, 0.035),
        intensity_kg_per_kwh=rng.uniform(0.1, 0.4, SLOTS),
        carbon_price_per_kg=0.06,
        import_limit_kw=1900.0,
        export_limit_kw=800.0,
        mode=DraftMode(feed_in_share=0.2, generated_kwh=5e4),
        storages=(storage,),
        productions=(("pv", 2500 * np.maximum(0.0, np.sin((hour - 6) / 12 * np.pi))),),
        sessions=tuple(
            DraftSession(
                f"charger_{k:02}", 7.0, float(rng.uniform(5, 40)), float(rng.uniform(2, 10))
            )
            for k in range(1, vehicles + 1)
        ),
    )
    return softened(draft).park
