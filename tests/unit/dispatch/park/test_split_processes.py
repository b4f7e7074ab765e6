"""Batches that may run in pieces (§5.4)."""

import pytest

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.fallback import by_rules
from services.dispatch.domain.model.whole import booked
from tests.support.parks_to_plan import a_batch, a_park_at, planned


def test_a_batch_that_may_be_split_leaves_out_the_dear_hour() -> None:
    pieces = a_batch(duration_h=3.0, most_starts=2)

    plan = planned(a_park_at((2.0, 5.0, 1.0, 1.0, 5.0, 1.0), processes=(pieces,)))

    assert plan.course("batch", "on") == [0, 0, 1, 1, 0, 1]
    assert plan.books.total == pytest.approx(30.0)


def test_a_split_batch_begins_no_more_often_than_it_may() -> None:
    pieces = a_batch(duration_h=3.0, most_starts=2)

    plan = planned(a_park_at((1.1, 5.0, 1.0, 2.0, 1.0, 5.0), processes=(pieces,)))

    # the three cheapest hours would take three starts
    assert plan.course("batch", "on") == [0, 0, 1, 1, 1, 0]
    assert plan.books.total == pytest.approx(40.0)


def test_each_run_of_a_split_batch_lasts_long_enough() -> None:
    pieces = a_batch(duration_h=4.0, most_starts=2, least_run_h=2.0)

    plan = planned(a_park_at((1.0, 5.0, 9.0, 9.0, 4.0, 1.0), processes=(pieces,)))

    assert plan.course("batch", "on") == [1, 1, 0, 0, 1, 1]


def test_a_split_batch_is_on_for_whole_steps_until_its_hours_are_reached() -> None:
    pieces = a_batch(duration_h=2.5, done_h=1.0, most_starts=3, latest_end_h=4.0)

    plan = planned(a_park_at((3.0, 1.0, 3.0, 2.0), processes=(pieces,)))

    assert plan.course("batch", "on") == [0, 1, 0, 1]  # 1.5 h are left: two hours reach it


def test_a_split_batch_takes_no_step_more_though_it_would_be_paid_for() -> None:
    pieces = a_batch(duration_h=1.0, most_starts=4, latest_end_h=3.0)

    plan = planned(a_park_at((-1.0, -2.0, -3.0, -1.0), (0.5, 0.5, 1.0, 1.0), processes=(pieces,)))

    # half an hour, then the hour: one more would come after an hour and a half
    assert plan.course("batch", "on") == [0, 1, 1, 0]
    assert plan.books.total == pytest.approx(-40.0)


def test_a_split_batch_without_room_for_all_of_it_does_not_run_at_all() -> None:
    pieces = a_batch(duration_h=3.0, most_starts=2, latest_end_h=2.0)

    plan = planned(a_park_at((-1.0, -1.0, -1.0), processes=(pieces,)))

    assert plan.course("batch", "on") == [0, 0, 0]
    assert plan.broken == [("process", "batch", 1, 30.0)]


def test_a_split_batch_leaves_for_later_what_its_window_still_holds_then() -> None:
    pieces = a_batch(duration_h=3.0, most_starts=2, latest_end_h=5.0)

    plan = planned(a_park_at((2.0, 1.0, 3.0), processes=(pieces,)))

    assert plan.course("batch", "on") == [0, 1, 0]  # two hours of three are after the horizon


def test_what_waits_for_a_split_batch_begins_after_its_last_run() -> None:
    pieces = a_batch(id="first", duration_h=2.0, most_starts=2)
    chain = (pieces, a_batch(after="first"))

    plan = planned(a_park_at((1.0, 5.0, 1.0, 2.0, 4.0, 1.0), processes=chain))

    assert plan.course("first", "on") == [1, 0, 1, 0, 0, 0]
    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 1]


UNDER_WAY = {"duration_h": 5.0, "most_starts": 2, "least_run_h": 3.0, "done_h": 1.0}


@pytest.mark.parametrize(
    ("running_h", "on"), [(0.0, [0, 0, 0]), (1.0, [1, 1, 0])], ids=["paused", "running"]
)
def test_a_run_that_goes_on_lasts_long_enough_with_what_was_before(
    running_h: float, on: list[int]
) -> None:
    """Five hours are left: two of the run that goes on and three more, or all five later."""
    pieces = a_batch(**(UNDER_WAY | {"duration_h": 6.0}), running_h=running_h, latest_end_h=8.0)
    prices = (2.0, 2.0, 2.0, 0.1, 0.1, 0.1, 0.1, 0.1)
    problem = a_park_at(prices, processes=(pieces,))

    plan = planned(problem)

    assert plan.course("batch", "on")[:3] == on
    assert faults(problem, plan.schedule, plan.books.breaches, plan.books.money) == []


def test_a_run_that_goes_on_is_no_start() -> None:
    pieces = a_batch(duration_h=4.0, most_starts=2, done_h=1.0, running_h=1.0)

    plan = planned(a_park_at((1.0, 5.0, 1.0, 5.0, 1.0, 5.0), processes=(pieces,)))

    assert plan.course("batch", "on") == [1, 0, 1, 0, 1, 0]


def test_a_run_that_cannot_go_on_in_time_is_given_up() -> None:
    pieces = a_batch(**UNDER_WAY, running_h=1.0, latest_end_h=1.0)
    problem = a_park_at((1.0, 1.0), processes=(pieces,))

    plan = planned(problem)

    assert plan.course("batch", "on") == [0, 0]
    assert [one[:2] for one in plan.broken] == [("process", "batch")]
    assert faults(problem, plan.schedule, plan.books.breaches, plan.books.money) == []


@pytest.mark.parametrize("latest_end_h", [9.0, 40.0], ids=["due", "may wait"])
def test_by_rules_a_run_that_goes_on_lasts_long_enough(latest_end_h: float) -> None:
    pieces = a_batch(**UNDER_WAY, running_h=1.0, latest_end_h=latest_end_h)
    problem = a_park_at((1.0,) * 8, processes=(pieces,))

    ruled = by_rules(problem)

    assert ruled.devices["batch"]["on"].tolist()[:2] == [1, 1]
    books = booked(problem, ruled)
    assert faults(problem, ruled, books.breaches, books.money) == []


def test_one_that_may_wait_goes_on_all_the_same_until_its_run_is_long_enough() -> None:
    pieces = a_batch(**UNDER_WAY, running_h=1.0, latest_end_h=40.0)
    problem = a_park_at((5.0,) * 4, processes=(pieces,))

    plan = planned(problem)

    assert plan.course("batch", "on") == [1, 1, 0, 0]
    assert faults(problem, plan.schedule, plan.books.breaches, plan.books.money) == []
    for course in plan.schedule.devices["batch"].values():
        course[:] = 0.0
    told = faults(problem, plan.schedule, plan.books.breaches, plan.books.money)
    assert "batch in step 0: goes on for a run of 1 h, at least 3 h" in told


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"running_h": 2.0}, "running_h 2.0 is part of done_h 1.0"),
        ({"running_h": 1.0, "most_starts": 1}, "give done_h alone, not running_h"),
        ({"running_h": 1.0, "earliest_h": 1.0}, "leave out earliest_h and after"),
        ({"running_h": 1.0, "after": "other"}, "leave out earliest_h and after"),
    ],
)
def test_a_run_that_cannot_be_going_on_is_refused(more: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        a_batch(**(UNDER_WAY | more))
