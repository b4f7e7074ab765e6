"""The only module that knows OR-Tools: a `Program` becomes what was `Found`, or a word why not."""

import time
from typing import Any

import numpy as np
from ortools.linear_solver.python.model_builder_helper import (
    ModelBuilderHelper,
    ModelSolverHelper,
    SolveStatus,
)

from services.dispatch.domain.judge import faults as judge
from services.dispatch.domain.model.planning import Planned, planned
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.search import Aim, Found, Solved, Wanted
from services.dispatch.domain.model.solving import solved
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem

# A plan with binaries counts as optimal within this share of its cost.
GAP = 1e-4
# Few binaries are solved exactly: violations are dear, and a share of theirs is much energy.
FINE_GAP, FEW = 1e-7, 100
HIGHS_PARAMETERS = "output_flag=false,parallel=off"
# The ways to solve a linear program; what one gives up on the next one tries. On large ones GLOP
# takes a third less by the dual simplex. HiGHS is faster still, but OR-Tools hands
# out activities of rows for its duals: they are not taken.
HIGHS = ("HIGHS", HIGHS_PARAMETERS)
WAYS = (("GLOP", ""), ("GLOP", "use_dual_simplex: true"), HIGHS)
WAYS_FOR_LARGE = (("GLOP", "use_dual_simplex: true"), ("GLOP", ""), HIGHS)
MANY_ROWS = 5000
# A good solution soon: no searches around a solution, few cuts, no looking ahead at branching.
WITHOUT_SEARCHES = tuple(
    f"heuristics/{name}/freq = -1"
    for name in ("alns", "rins", "crossover", "adaptivediving", "lpface", "gins", "undercover")
)
SOON = ("separating/maxstallroundsroot = 2", "branching/random/priority = 1000000")
PLAN = (*WITHOUT_SEARCHES, *SOON, "limits/nodes = 50")
# A bound: the relaxation with its cuts, as it stands (presolve makes some of them stumble).
WITHOUT_DIVES = tuple(
    f"heuristics/{name}/freq = -1"
    for name in (
        "rens", "pscostdiving", "fracdiving", "veclendiving", "guideddiving", "distributiondiving",
        "conflictdiving", "farkasdiving", "feaspump", "randrounding", "intshifting", "shifting",
        "rounding", "simplerounding", "oneopt", "clique", "coefdiving", "linesearchdiving",
        "rootsoldiving", "locks", "vbounds", "shiftandpropagate", "objpscostdiving", "intdiving",
        "actconsdiving",
    )
)  # fmt: skip
BOUND = (*WITHOUT_SEARCHES, *WITHOUT_DIVES, *SOON, "presolving/maxrounds = 0", "limits/nodes = 1")
PARAMETERS: dict[Aim, tuple[str, ...]] = {Aim.OPTIMUM: (), Aim.PLAN: PLAN, Aim.BOUND: BOUND}
NO_BOUND = -1e20
"""SCIP's word for a bound that it does not have yet."""
THE_OPTIMUM = Wanted()


def solve(
    program: Program,
    time_limit_s: float,
    hint: Floats | None = None,
    *,
    wanted: Wanted = THE_OPTIMUM,
) -> Found | str:
    """Return the best found within the wall-clock limit: SCIP with binaries, else GLOP or HiGHS."""
    if len(program.integer):
        return _answered(program, "SCIP", _parameters(program, wanted), time_limit_s, hint)
    ways = WAYS if len(program.row_lower) < MANY_ROWS else WAYS_FOR_LARGE
    ends = time.monotonic() + time_limit_s
    found: Found | str = "no time to solve anything"
    for name, parameters in ways:
        found = _answered(program, name, parameters, ends - time.monotonic())
        if not isinstance(found, str) or time.monotonic() > ends:
            break
    return found


def _parameters(program: Program, wanted: Wanted) -> str:
    """Return SCIP's parameters, a line each."""
    gap = GAP if len(program.integer) > FEW else FINE_GAP
    lines = [f"limits/gap = {gap}", *PARAMETERS[wanted.aim]]
    if wanted.within is not None:
        lines.append(f"limits/absgap = {wanted.within}")
    return "\n".join(lines)


def _answered(
    program: Program, name: str, parameters: str, limit_s: float, hint: Floats | None = None
) -> Found | str:
    solver = ModelSolverHelper(name)
    if parameters:
        solver.set_solver_specific_parameters(parameters)
    solver.set_time_limit_in_seconds(max(0.001, limit_s))
    solver.solve(_model(program, hint))
    usable = (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE)
    if solver.status() not in usable or not solver.has_solution():
        return f"the solver says {solver.status().name}"
    values = np.array(solver.variable_values(), dtype=np.float64)
    if not np.isfinite(values).all():
        return "the solver returned values that are not numbers"
    is_whole, proven = bool(len(program.integer)), solver.status() == SolveStatus.OPTIMAL
    has_duals = name == "GLOP"
    duals = np.array(solver.dual_values()) if has_duals else np.zeros(0)
    bound = solver.best_objective_bound() if is_whole else solver.objective_value()
    is_bound = bound > NO_BOUND and (is_whole or proven)
    return Found(values, duals, proven, bound if is_bound else -np.inf)


def _model(program: Program, hint: Floats | None) -> ModelBuilderHelper:
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
    for column, value in enumerate(() if hint is None else hint.tolist()):
        model.add_hint(column, value)
    return model


def best_courses(problem: ParkProblem, time_limit_s: float) -> Solved | str:
    """Return the cheapest courses for a whole park."""
    return solved(problem, solve, time_limit_s)


def best_plan(problem: ParkProblem, time_limit_s: float) -> Planned:
    """Return the best plan that the judge accepts; what a worker process runs."""
    return planned(problem, solve, time_limit_s, judge)
