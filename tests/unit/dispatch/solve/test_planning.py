"""Always a plan: the optimum, the best so far, a rounded one, or the rules; never a refusal."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from ortools.linear_solver.python.model_builder_helper import ModelSolverHelper
from scipy.sparse import csr_matrix

from services.dispatch.domain import solver
from services.dispatch.domain.model.planning import Status
from services.dispatch.domain.model.program import Program
from services.dispatch.domain.model.relaxing import rounded
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.search import Found, Solver
from services.dispatch.domain.solver import solve
from tests.unit.dispatch.solve.documents import BATTERY, a_cny_off, a_plan, nothing


def broken(program: Program, time_limit_s: float, *_: Any, **__: Any) -> Found | str:
    """A solver that has a bug with this problem."""
    raise ValueError("a shape does not fit")


def unproven(program: Program, time_limit_s: float, *_: Any, **__: Any) -> Found | str:
    """A solver that cannot prove its best: all may cost 1 CNY less."""
    found = solve(program, time_limit_s)
    return (
        found if isinstance(found, str) else replace(found, proven=False, bound=found.bound - 1e3)
    )


def idle(program: Program, time_limit_s: float, *_: Any, **__: Any) -> Found | str:
    """A solver that leaves all at its least, so that the load is unserved."""
    found = solve(program, time_limit_s)
    assert not isinstance(found, str)
    values = np.zeros_like(found.values)
    values[program.columns["electricity.unserved"]] = 10.0
    return replace(found, values=values, proven=False)


def test_the_optimum_is_the_plan() -> None:
    plan = a_plan(stores=[BATTERY])  # 20 kWh at 0.10: the second hour's 10 kWh are stored

    assert (plan.status, round(plan.books.total, 3)) == (Status.OPTIMAL, 2.0)
    assert plan.caveats == ()


def test_a_plan_that_is_not_proven_is_the_best_so_far() -> None:
    assert a_plan(unproven).status is Status.INCUMBENT


def test_a_plan_whose_linear_program_is_not_proven_has_no_prices() -> None:
    assert a_plan(unproven).prices is None
    assert a_plan().prices is not None


def test_beside_a_large_violation_the_rest_must_be_optimal_too() -> None:
    """2 kWh beyond the limit cost 2000 CNY, beside which 1 CNY is little, but not beside 4."""
    small = [{"id": "grid", "import_price": [0.10, 0.30], "import_limit_kw": [100, 8]}]

    plan = a_plan(a_cny_off, grids=small)

    assert plan.gap == pytest.approx(1 / 2004)
    assert plan.gap_without_violations == pytest.approx(1 / 4)
    assert plan.status is Status.INCUMBENT
    assert a_plan(grids=small).status is Status.OPTIMAL


def test_what_a_scenario_breaks_does_not_hide_that_the_rest_is_dear() -> None:
    """The scenario alone lacks 2 kWh, at 2000 CNY; both together cost 8.6 CNY beside that."""
    small = [{"id": "grid", "import_price": [0.10, 0.30], "import_limit_kw": [100, 10]}]
    worse = {"scenarios": [{"power_kw": {"hall": [10, 12]}}]}

    plan = a_plan(a_cny_off, grids=small, uncertainty=worse)

    assert plan.books.money["violations"] == 0.0
    assert plan.gap == pytest.approx(1 / 2008.6)
    assert plan.gap_without_violations == pytest.approx(1 / 8.6, rel=0.1)
    assert plan.status is Status.INCUMBENT


def test_without_violations_both_gaps_are_one() -> None:
    plan = a_plan(a_cny_off)

    assert plan.gap == plan.gap_without_violations == pytest.approx(1 / 4)


@pytest.mark.parametrize(
    ("solver", "why"),
    [(nothing, "found nothing"), (broken, "ValueError: a shape does not fit")],
)
def test_without_an_answer_the_rules_plan_and_say_why(solver: Solver, why: str) -> None:
    plan = a_plan(solver, stores=[BATTERY])

    assert (plan.status, round(plan.books.total, 3)) == (Status.RULES, 4.0)
    assert plan.caveats == (f"no optimum: {why}",)
    assert plan.rejected == ()
    assert plan.gap is None


def test_without_a_bound_nobody_knows_the_gap() -> None:
    def boundless(program: Program, time_limit_s: float, *_: Any, **__: Any) -> Found | str:
        found = solve(program, time_limit_s)
        return found if isinstance(found, str) else replace(found, proven=False, bound=-np.inf)

    plan = a_plan(boundless, stores=[BATTERY])

    assert plan.status is Status.INCUMBENT
    assert plan.gap is plan.gap_without_violations is None


def test_a_solver_that_has_no_bound_yet_tells_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Scip(ModelSolverHelper):
        """What SCIP says when its time is over before the first relaxation."""

        def best_objective_bound(self) -> float:
            return -1e20

    monkeypatch.setattr(solver, "ModelSolverHelper", Scip)
    one = Program(
        lower=np.zeros(1),
        upper=np.ones(1),
        cost=np.ones(1),
        matrix=csr_matrix(np.ones((1, 1))),
        row_lower=np.ones(1),
        row_upper=np.ones(1),
        integer=np.zeros(1, np.int64),
        columns={},
        rows={},
    )

    found = solve(one, 10.0)

    assert not isinstance(found, str)
    assert found.bound == -np.inf


def test_a_rejected_plan_falls_down_the_ladder_and_says_so() -> None:
    def only_rules(_: object, schedule: Schedule, *__: object) -> Sequence[object]:
        charged = schedule.devices["battery"]["charge_kw"].sum()
        return ["the battery is overcharged"] if charged > 0 else []

    plan = a_plan(judge=only_rules, stores=[BATTERY])

    assert plan.status is Status.RULES
    assert plan.caveats == ("optimal: the battery is overcharged (1 faults)",)
    assert plan.rejected == plan.caveats


def test_rules_that_the_judge_rejects_are_served_as_rejected_with_a_caveat() -> None:
    def nobody(*_: object) -> Sequence[object]:
        return ["no"]

    plan = a_plan(judge=nobody)

    assert plan.status is Status.REJECTED
    assert plan.caveats == ("rules: no (1 faults)", "optimal: no (1 faults)")
    assert plan.rejected == ("optimal: no (1 faults)", "rules: no (1 faults)")  # best first
    assert plan.schedule.devices["grid"]["import_kw"].tolist() == [10.0, 10.0]


def test_of_a_rejected_plan_each_fault_is_told() -> None:
    def strict(*_: object) -> Sequence[object]:
        return ["too early", "too late"]

    plan = a_plan(nothing, judge=strict)

    assert plan.status is Status.REJECTED
    told = ("rules: too early (2 faults)", "rules: too late", "no optimum: found nothing")
    assert plan.caveats == told
    assert plan.rejected == ("rules: too early (2 faults)",)


def test_a_rejected_optimum_is_told_though_what_serves_is_the_solvers_too() -> None:
    batch = {"id": "batch", "flows_kw": {"electricity": [10]}, "duration_h": 1, "latest_end_h": 2}
    verdicts = iter([[], ["the batch runs twice"], []])  # of the rules, the optimum, the rounded

    plan = a_plan(judge=lambda *_: next(verdicts), processes=[batch])

    assert plan.status is Status.RELAXED
    assert plan.caveats == plan.rejected == ("optimal: the batch runs twice (1 faults)",)


def test_rules_that_the_judge_rejects_are_told_beside_a_plan_that_it_accepts() -> None:
    verdicts = iter([["no"], []])  # of the rules, the optimum

    plan = a_plan(judge=lambda *_: next(verdicts))

    assert plan.status is Status.OPTIMAL
    assert plan.rejected == ("rules: no (1 faults)",)


def test_what_is_right_is_never_given_up_for_a_rejected_plan_that_is_cheaper() -> None:
    def no_rules(_: object, schedule: Schedule, *__: object) -> Sequence[object]:
        return [] if schedule.nodes["electricity"]["unserved_kw"].any() else ["by rules"]

    plan = a_plan(idle, judge=no_rules)

    assert plan.status is Status.INCUMBENT


def test_an_unproven_plan_that_is_dearer_than_the_rules_is_not_used() -> None:
    plan = a_plan(idle)

    assert plan.status is Status.RULES
    assert plan.caveats == ("incumbent: dearer than the rules",)
    assert plan.rejected == ()  # the judge had no fault to find with it


def test_what_it_took_is_told() -> None:
    effort = a_plan(stores=[BATTERY]).effort

    assert min(effort.build_s, effort.solve_s) > 0
    assert (effort.columns, effort.rows) == (2 * 9, 2 * 2)  # a step: 2 node, 4 grid, 3 battery


def test_whole_numbers_are_rounded_up_where_rounding_is_impossible() -> None:
    asked = Program(
        lower=np.zeros(1),
        upper=np.full(1, 3.0),
        cost=np.ones(1),
        matrix=csr_matrix(np.ones((1, 1))),
        row_lower=np.full(1, 1.2),
        row_upper=np.full(1, np.inf),
        integer=np.zeros(1, np.int64),
        columns={},
        rows={},
    )

    found = rounded(solve)(asked, 5.0)

    assert not isinstance(found, str)
    assert (found.values.tolist(), found.proven, found.bound) == ([2.0], False, 1.2)


def only_linear(program: Program, time_limit_s: float, *_: Any, **__: Any) -> Found | str:
    """A solver for which whole numbers take too long."""
    return "took too long" if len(program.integer) else solve(program, time_limit_s)


def one_way(_: object, schedule: Schedule, *__: object) -> Sequence[object]:
    """A judge that accepts no battery that charges and discharges at once."""
    battery = schedule.devices["battery"]
    both = np.minimum(battery["charge_kw"], battery["discharge_kw"])
    return ["charges and discharges at once"] if both.max() > 0 else []


def test_where_a_choice_takes_too_long_what_comes_nearest_is_the_best_so_far() -> None:
    paid_to_burn = [{"id": "grid", "import_price": [-0.5, 0.30], "import_limit_kw": 100}]
    full = BATTERY | {"charge_efficiency": 0.5, "highest_kwh": 5, "start_kwh": 5}

    plan = a_plan(only_linear, judge=one_way, grids=paid_to_burn, stores=[full])

    assert plan.status is Status.INCUMBENT
    assert round(plan.books.total, 3) == -3.5  # 10 kW at -0.5, then 5 of 10 kW at 0.3


def test_where_whole_numbers_take_too_long_they_are_rounded() -> None:
    batch = {"id": "batch", "flows_kw": {"electricity": [10]}, "duration_h": 1, "latest_end_h": 2}

    plan = a_plan(only_linear, processes=[batch])

    assert plan.status is Status.RELAXED
    assert round(plan.books.total, 3) == 5.0  # 20 kW at 0.10, then 10 kW at 0.30
