"""Whatever makes the plan respects what is required: the solver, the plan before, the rules."""

from datetime import timedelta

import numpy as np
import pytest

from services.dispatch.domain.framed import Framed
from services.dispatch.domain.judge import faults
from services.dispatch.domain.ladder import FormerPlan, NoPlan, Origin, Settled, settle
from services.dispatch.domain.model.planning import Planned
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.playing import Decisions
from services.dispatch.domain.solver import best_plan
from services.dispatch.domain.wishes.respecting import respecting
from services.dispatch.domain.wishes.wish import (
    ImportLimit,
    ProcessRun,
    StorageTarget,
    Unavailability,
    Wish,
)
from services.dispatch.plan_record import packed, unpacked
from services.energy.time_grid import Interval
from tests.support.builders import MORNING
from tests.unit.dispatch.builders import HOUR, a_problem, a_storage, line

WASH = ProcessRun(
    wish_id="r",
    process="wash",
    profile_kw=(4.0, 6.0),
    duration=timedelta(hours=2),
    earliest=MORNING - HOUR,
    latest_end=MORNING + 3 * HOUR,
    started=MORNING - HOUR,
)
"""It has run for an hour at 4 kW; an hour at 6 kW is left."""


def away(first: int, last: int) -> Unavailability:
    window = Interval(MORNING + first * HOUR, MORNING + last * HOUR)
    return Unavailability(wish_id="u", device="battery", window=window)


def a_park(*wishes: Wish) -> Framed:
    """5 kW for four hours, dear at last; a battery of 10 kW with 10 of 20 kWh in it."""
    price = line(0.1, 0.2, 0.3, 0.4)
    full = a_storage(start_kwh=10.0)
    return respecting(a_problem(line(5, 5, 5, 5), price=price, stores=(full,)), wishes)


def sound(settled: Settled) -> Planned:
    plan = settled.planned
    assert faults(plan.problem, plan.schedule, plan.books.breaches, plan.books.money) == []
    return plan


def solved(framed: Framed) -> Planned:
    settled = settle(framed, best_plan(framed.park, 10.0))
    assert settled.origin is Origin.OPTIMAL
    return sound(settled)


def test_the_solvers_plan_leaves_alone_what_is_in_maintenance() -> None:
    plan = solved(a_park(away(2, 4)))

    assert plan.schedule.devices["battery"]["discharge_kw"].tolist() == pytest.approx(
        [5.0, 5.0, 0.0, 0.0]
    )


def test_so_do_the_rules_and_the_plan_before() -> None:
    framed = a_park(away(0, 2))
    before = Decisions({"battery": np.full(4, -5.0)})

    ruled = sound(settle(framed, NoPlan("no solver")))
    moved = sound(settle(framed, NoPlan("no solver"), FormerPlan(before, np.full(4, True))))

    for plan in (ruled, moved):
        assert plan.schedule.devices["battery"]["discharge_kw"].tolist() == [0.0, 0.0, 5.0, 5.0]


def test_a_batch_that_runs_is_in_every_plan_and_in_the_grids_power() -> None:
    framed = a_park(WASH, away(0, 4))

    for plan in (solved(framed), sound(settle(framed, NoPlan("no solver")))):
        assert plan.schedule.devices["wash"]["power_kw.electricity"].tolist() == [6, 0, 0, 0]
        assert plan.schedule.devices["grid"]["import_kw"].tolist() == [11, 5, 5, 5]


def test_a_batch_that_the_rules_do_not_start_is_their_violation() -> None:
    due = ProcessRun(
        wish_id="r",
        process="wash",
        profile_kw=(4.0,),
        duration=HOUR,
        earliest=MORNING,
        latest_end=MORNING + 2 * HOUR,
    )

    plan = sound(settle(a_park(due), NoPlan("no solver")))

    assert [breach.limit for breach in plan.books.breaches] == [Limit.PROCESS]


def test_an_impossible_requirement_leaves_an_optimal_plan_with_a_named_violation() -> None:
    target = StorageTarget(wish_id="t", store="battery", at=MORNING + HOUR, least_kwh=50.0)

    framed = a_park(target)
    plan = solved(framed)

    assert [(breach.limit, breach.who) for breach in plan.books.breaches] == [
        (Limit.TARGET, "battery")
    ]
    assert framed.caveats == (
        "target of battery [t]: 50 kWh wanted, 20.0 kWh possible by then at most",
    )


def test_a_plan_with_requirements_is_explained_from_its_record() -> None:
    window = Interval(MORNING, MORNING + 2 * HOUR)
    limit = ImportLimit(wish_id="i", window=window, limit_kw=8.0)
    plan = solved(a_park(limit, WASH, away(2, 3)))

    again = unpacked(packed(plan))

    assert again.problem == plan.problem
