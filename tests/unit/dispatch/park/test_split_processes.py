"""Batches that may run in pieces (§5.4)."""

import pytest

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
