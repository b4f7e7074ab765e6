"""The plan is the best rung that holds."""

from dataclasses import replace

import numpy as np
import pytest

from services.dispatch.domain.framed import Framed
from services.dispatch.domain.ladder import FormerPlan, NoPlan, Origin, settle
from services.dispatch.domain.model.planning import Effort, Planned, Status
from services.dispatch.domain.model.whole import booked
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.playing import Decisions, played, wished
from tests.unit.dispatch.builders import a_problem, a_storage, line

AWAY = NoPlan("the solver is away")


def an_answer(problem: Framed, status: Status, decisions: Decisions) -> Planned:
    """What a planner might answer."""
    schedule = played(problem.park, decisions)
    books = booked(problem.park, schedule)
    return Planned(problem.park, status, schedule, books, None, Effort(), ())


def battery_kw(problem: Framed, answer: Planned) -> Floats:
    return wished(problem.park, answer.schedule).storage_kw["battery"]


def test_an_unproven_optimum_is_an_incumbent() -> None:
    problem = a_problem(line(5), stores=(a_storage(start_kwh=5.0),))
    answer = an_answer(problem, Status.INCUMBENT, Decisions({"battery": line(-5)}))

    assert settle(problem, answer).origin is Origin.INCUMBENT


def test_a_rounded_plan_says_so() -> None:
    problem = a_problem(line(5), stores=(a_storage(start_kwh=5.0),))
    answer = an_answer(problem, Status.RELAXED, Decisions({"battery": line(-5)}))

    assert settle(problem, answer).origin is Origin.RELAXED


def test_a_plan_dearer_than_the_rules_gives_way_to_them() -> None:
    problem = a_problem(line(5), stores=(a_storage(start_kwh=5.0),))
    resting = an_answer(problem, Status.INCUMBENT, Decisions())  # buys 5 kWh that the battery has

    settled = settle(problem, resting)

    assert settled.origin is Origin.RULES
    assert settled.caveats == ("the solver's plan is dearer",)
    assert settled.rejected == ()


def test_without_a_solver_the_last_plan_is_shifted_to_now() -> None:
    # the second and third hour of a plan of three that began an hour ago; the fourth is new
    former = FormerPlan(Decisions({"battery": line(2, 3, np.nan)}), line(1, 1, 0) > 0)
    problem = a_problem(line(0, 0, 0), stores=(a_storage(),))

    settled = settle(problem, AWAY, former)

    assert settled.origin is Origin.LAST_PLAN
    # what is new follows the rules: surplus none, rest
    assert battery_kw(problem, settled.planned) == pytest.approx([2, 3, 0])


def test_a_last_plan_that_would_now_break_a_limit_gives_way_to_the_rules() -> None:
    former = FormerPlan(Decisions({"battery": line(10.0)}), line(1) > 0)
    now = a_problem(line(95), stores=(a_storage(),), import_limit_kw=100.0)

    assert settle(now, AWAY, former).origin is Origin.RULES


def test_a_last_plan_that_has_ended_is_no_help() -> None:
    former = FormerPlan(Decisions({"battery": line(np.nan)}), line(0) > 0)

    settled = settle(a_problem(line(0), stores=(a_storage(),)), AWAY, former)

    assert settled.origin is Origin.RULES


def test_decisions_beyond_physics_are_played_as_far_as_physics_goes() -> None:
    problem = a_problem(line(0), stores=(a_storage(start_kwh=3.0),))

    wild = played(problem.park, Decisions({"battery": line(-1e9)}))

    assert wished(problem.park, wild).storage_kw["battery"] == pytest.approx([-3])


def test_numbers_that_are_none_fall_through_to_the_next_rung() -> None:
    problem = a_problem(line(0, 0), stores=(a_storage(),))
    answer = an_answer(problem, Status.OPTIMAL, Decisions())
    answer.schedule.devices["battery"]["charge_kw"][0] = np.nan

    settled = settle(problem, answer)

    assert settled.origin is Origin.RULES
    assert settled.rejected == ("optimal: courses that are not numbers",)
    assert settled.caveats == settled.rejected


def test_a_plan_that_the_judge_rejects_falls_through_to_the_next_rung() -> None:
    problem = a_problem(line(0, 0), stores=(a_storage(),))
    answer = an_answer(problem, Status.OPTIMAL, Decisions())
    answer.schedule.devices["battery"]["level_kwh"][0] = 5.0  # nobody charged it

    settled = settle(problem, answer)

    assert settled.origin is Origin.RULES
    assert settled.caveats[0].startswith("optimal: battery in step 0")
    assert settled.rejected == settled.caveats


def test_what_the_planners_judge_rejected_is_told_though_the_rung_below_serves() -> None:
    problem = a_problem(line(5), stores=(a_storage(start_kwh=5.0),))
    answer = an_answer(problem, Status.RELAXED, Decisions({"battery": line(-5)}))
    told = ("optimal: the battery is overcharged (1 faults)",)

    settled = settle(problem, replace(answer, caveats=("reserve: ?", *told), rejected=told))

    assert settled.origin is Origin.RELAXED
    assert settled.caveats == ("reserve: ?", *told)
    assert settled.rejected == told


def test_what_the_planner_could_not_do_is_told() -> None:
    problem = a_problem(line(0), stores=(a_storage(),))
    answer = replace(an_answer(problem, Status.RULES, Decisions()), caveats=("no optimum: away",))

    settled = settle(problem, answer)

    assert settled.origin is Origin.RULES
    assert settled.caveats == ("no optimum: away",)
    assert settled.rejected == ()


def test_the_rules_store_surplus_and_serve_deficits() -> None:
    problem = a_problem(line(-5, 5), stores=(a_storage(),))

    settled = settle(problem, AWAY)

    assert battery_kw(problem, settled.planned) == pytest.approx([5, -5])
    grid = settled.planned.schedule.devices["grid"]
    assert grid["import_kw"] == pytest.approx([0, 0])
    assert grid["export_kw"] == pytest.approx([0, 0])


def test_a_shorter_first_slot_moves_less_energy() -> None:
    problem = a_problem(line(-10, 0), stores=(a_storage(),), hours=line(0.25, 1.0))

    settled = settle(problem, AWAY)

    level_kwh = settled.planned.schedule.devices["battery"]["level_kwh"]
    assert level_kwh == pytest.approx([2.5, 2.5])
