"""The plan is the best rung that holds."""

from datetime import timedelta

import numpy as np
import pytest

from services.dispatch.domain.ladder import FormerPlan, Origin, settle
from services.dispatch.domain.optimising import NoOptimum, Optimum
from services.dispatch.domain.schedule import Decisions
from tests.support.builders import MORNING
from tests.unit.dispatch.builders import HOUR, a_problem, a_storage, line

AWAY = NoOptimum("the solver is away")


def test_an_unproven_optimum_is_an_incumbent() -> None:
    problem = a_problem(line(5), storages=(a_storage(start_kwh=5.0),))
    optimum = Optimum(Decisions({"battery": line(-5)}), proven=False, prices=None)

    assert settle(problem, optimum).origin is Origin.INCUMBENT


def test_without_a_solver_the_last_plan_is_shifted_to_now() -> None:
    former = FormerPlan(MORNING - HOUR, HOUR, 3, Decisions({"battery": line(1.0, 2.0, 3.0)}))

    settled = settle(a_problem(line(0, 0, 0), storages=(a_storage(),)), AWAY, former)

    assert settled.origin is Origin.LAST_PLAN
    # its second and third hour; the fourth is new and follows the rules: surplus none, rest
    assert settled.schedule.decisions.storage_kw["battery"] == pytest.approx([2, 3, 0])


def test_a_last_plan_that_would_now_break_a_limit_gives_way_to_the_rules() -> None:
    former = FormerPlan(MORNING - HOUR, HOUR, 2, Decisions({"battery": line(0.0, 10.0)}))
    now = a_problem(line(95), storages=(a_storage(),), import_limit_kw=100.0)

    assert settle(now, AWAY, former).origin is Origin.RULES


def test_a_last_plan_that_has_ended_is_no_help() -> None:
    former = FormerPlan(MORNING - 3 * HOUR, HOUR, 3, Decisions({"battery": line(1, 2, 3)}))

    settled = settle(a_problem(line(0), storages=(a_storage(),)), AWAY, former)

    assert settled.origin is Origin.RULES


def test_decisions_beyond_physics_are_played_as_far_as_physics_goes() -> None:
    problem = a_problem(line(0), storages=(a_storage(start_kwh=3.0),))
    wild = Optimum(Decisions({"battery": line(-1e9)}), proven=True, prices=None)

    settled = settle(problem, wild)

    assert settled.schedule.decisions.storage_kw["battery"] == pytest.approx([-3])


def test_numbers_that_are_none_fall_through_to_the_next_rung() -> None:
    problem = a_problem(line(0, 0), storages=(a_storage(),))
    broken = Optimum(Decisions({"battery": line(np.nan, 0)}), proven=True, prices=None)

    settled = settle(problem, broken)

    assert settled.origin is Origin.RULES
    assert "optimal" in settled.rejections[0]


def test_the_rules_store_surplus_and_serve_deficits() -> None:
    settled = settle(a_problem(line(-5, 5), storages=(a_storage(),)), AWAY)

    assert settled.schedule.decisions.storage_kw["battery"] == pytest.approx([5, -5])
    assert settled.schedule.grid_kw == pytest.approx([0, 0])


def test_a_shorter_first_slot_moves_less_energy() -> None:
    problem = a_problem(
        line(-10, 0), storages=(a_storage(),), hours=line(0.25, 1.0), step=timedelta(hours=1)
    )

    settled = settle(problem, AWAY)

    assert settled.schedule.stored_kwh["battery"] == pytest.approx([2.5, 2.5])
