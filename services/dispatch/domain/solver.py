"""The only module that knows OR-Tools: a `Program` becomes what was `Found`, or a word why not."""

from typing import Any

import numpy as np
from ortools.linear_solver.python.model_builder_helper import (
    ModelBuilderHelper,
    ModelSolverHelper,
    SolveStatus,
)

from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.solving import Found, Solved, solved
from services.dispatch.domain.optimising import NoOptimum, Optimum, optimised
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.problem import Problem

# A plan with binaries counts as optimal within this share of its cost.
GAP = 1e-4


def solve(program: Program, time_limit_s: float) -> Found | str:
    """Return the best found within the wall-clock limit: GLOP, or SCIP when there are binaries."""
    model = ModelBuilderHelper()
    fill: Any = model.fill_model_from_sparse_data  # its stubs name array types that do not exist
    fill(
        program.lower,
        program.upper,
        program.cost,
        program.row_lower,
        program.row_upper,
        program.matrix,
    )
    for column in program.integer:
        model.set_var_integrality(int(column), True)
    solver = ModelSolverHelper("SCIP" if len(program.integer) else "GLOP")
    if len(program.integer):
        solver.set_solver_specific_parameters(f"limits/gap = {GAP}")
    solver.set_time_limit_in_seconds(max(0.001, time_limit_s))
    solver.solve(model)
    usable = (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE)
    if solver.status() not in usable or not solver.has_solution():
        return f"the solver says {solver.status().name}"
    values = np.array(solver.variable_values(), dtype=np.float64)
    if not np.isfinite(values).all():
        return "the solver returned values that are not numbers"
    duals = np.zeros(0) if len(program.integer) else np.array(solver.dual_values())
    bound = solver.best_objective_bound() if len(program.integer) else solver.objective_value()
    return Found(values, duals, solver.status() == SolveStatus.OPTIMAL, bound)


def best_decisions(problem: Problem, time_limit_s: float) -> Optimum | NoOptimum:
    """Return the cheapest decisions for `problem`; what a worker process runs."""
    return optimised(problem, solve, time_limit_s)


def best_courses(problem: ParkProblem, time_limit_s: float) -> Solved | str:
    """Return the cheapest courses for a whole park; what a worker process runs."""
    return solved(problem, solve, time_limit_s)
