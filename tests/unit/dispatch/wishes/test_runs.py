"""Batches in their windows."""

from datetime import timedelta
from typing import Any

import pytest

from services.dispatch.domain.park.demand import Process
from services.dispatch.domain.wishes.wish import ProcessRun
from tests.support.tiny_parks import a_grid, planned
from tests.unit.dispatch.wishes.wishes import a_park, at, respecting

CHEAP_LATE = a_grid(import_price=(4.0, 3.0, 2.0, 1.0))


def a_run(first: float, last: float, *profile_kw: float, **changes: Any) -> ProcessRun:
    usual: dict[str, Any] = {
        "wish_id": "r",
        "process": "wash",
        "profile_kw": profile_kw or (30.0,),
        "duration": timedelta(hours=1),
        "earliest": at(first),
        "latest_end": at(last),
    }
    return ProcessRun(**(usual | changes))


def test_a_batch_runs_when_it_is_cheapest_within_its_window() -> None:
    problem, caveats = respecting(a_run(7, 9), park=a_park(grids=(CHEAP_LATE,), stores=()))

    plan = planned(problem)

    assert plan.course("wash", "power_kw.electricity") == [0.0, 0.0, 30.0, 0.0]
    assert caveats == []


def test_its_profile_is_laid_over_its_duration() -> None:
    run = a_run(6, 8, 40.0, 10.0, duration=timedelta(hours=2))

    plan = planned(respecting(run)[0])

    assert plan.course("wash", "power_kw.electricity") == [40.0, 10.0, 0.0, 0.0]


def test_a_batch_that_has_started_runs_on_to_its_end() -> None:
    started = a_run(4, 9, 30.0, 20.0, 10.0, duration=timedelta(hours=3), started=at(5))

    plan = planned(respecting(started)[0])

    assert plan.course("wash", "power_kw.electricity") == [20.0, 10.0, 0.0, 0.0]


def test_a_batch_that_is_done_is_planned_no_more() -> None:
    problem, caveats = respecting(a_run(4, 9, started=at(5)))

    assert problem.processes == ()
    assert caveats == []


def test_a_batch_without_time_left_is_a_violation_and_is_named() -> None:
    problem, caveats = respecting(a_run(5, 6.5))

    assert planned(problem).broken == {"process": 30.0}
    assert caveats == ["run of wash [r]: 0.50 h are left for a run of 1 h: it is missed"]


@pytest.mark.parametrize("hours", [(4, 6), (10, 12)], ids=["over", "after the horizon"])
def test_a_window_outside_the_horizon_is_nothing(hours: tuple[float, float]) -> None:
    assert respecting(a_run(*hours)) == (a_park(), [])


def test_a_window_takes_the_place_of_the_one_that_the_park_had() -> None:
    own = Process(id="wash", flows_kw={"electricity": (5.0,)}, duration_h=2.0, latest_end_h=4.0)

    problem, _ = respecting(a_run(7, 8), park=a_park(processes=(own,)))

    assert [(p.earliest_h, p.latest_end_h, p.duration_h) for p in problem.processes] == [
        (1.0, 2.0, 1.0)
    ]


def test_what_waits_for_a_batch_that_is_done_waits_no_more() -> None:
    wash = Process(id="wash", flows_kw={"electricity": (5.0,)}, duration_h=1.0, latest_end_h=4.0)
    dry = Process(
        id="dry", flows_kw={"electricity": (5.0,)}, duration_h=1.0, latest_end_h=4.0, after="wash"
    )

    problem, _ = respecting(a_run(4, 9, started=at(5)), park=a_park(processes=(wash, dry)))

    assert [(p.id, p.after) for p in problem.processes] == [("dry", None)]


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (a_run(7, 9, process="battery"), "battery is another device of the park"),
        (a_run(7, 9, node="steam"), "the park has no node steam"),
    ],
)
def test_a_batch_that_fits_nowhere_is_named_and_left_out(run: ProcessRun, said: str) -> None:
    problem, caveats = respecting(run)

    assert problem == a_park()
    assert caveats == [f"run of {run.process} [r]: {said}"]
