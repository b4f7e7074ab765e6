"""Batches that run once somewhere in their window (§5.4)."""

import pytest

from services.dispatch.domain.park.network import Carrier, Node
from tests.support.parks_to_plan import a_batch, a_park_at, planned

CHEAP_AT_2 = (3.0, 2.0, 1.0, 2.0, 3.0, 3.0)


def test_a_batch_runs_in_the_cheapest_hour_of_its_window() -> None:
    plan = planned(a_park_at(CHEAP_AT_2, processes=(a_batch(),)))

    assert plan.course("batch", "on") == [0, 0, 1, 0, 0, 0]
    assert plan.course("batch", "power_kw.electricity") == [0, 0, 10, 0, 0, 0]
    assert plan.books.total == pytest.approx(10.0)


def test_what_a_plan_is_said_to_cost_is_what_its_courses_cost() -> None:
    plan = planned(a_park_at(CHEAP_AT_2, processes=(a_batch(),)))

    assert plan.solved.cost == pytest.approx(plan.books.total, abs=1e-3)


def test_a_batch_begins_not_before_its_window_and_ends_within_it() -> None:
    early = a_batch(id="early", latest_end_h=2.0)
    late = a_batch(id="late", earliest_h=2.5)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(early, late)))

    assert plan.course("early", "on") == [0, 1, 0, 0, 0, 0]
    assert plan.course("late", "on") == [0, 0, 0, 1, 0, 0]


def test_a_profile_is_laid_over_the_steps_from_the_start_on() -> None:
    rising = a_batch(flows_kw={"electricity": (1.0, 10.0)}, duration_h=2.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(rising,)))

    assert plan.course("batch", "power_kw.electricity") == [0, 1, 10, 0, 0, 0]


def test_a_step_gets_the_mean_of_the_parts_that_fall_into_it() -> None:
    thirds = a_batch(flows_kw={"electricity": (3.0, 6.0, 9.0)}, duration_h=1.5, latest_end_h=1.5)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(thirds,)))

    # half hours of 3, 6 and 9 kW: the first hour has 4.5 kWh, the second one the other 4.5
    assert plan.course("batch", "power_kw.electricity") == [4.5, 4.5, 0, 0, 0, 0]
    assert plan.course("batch", "on") == [1, 1, 0, 0, 0, 0]


def test_steps_of_five_minutes_and_of_a_quarter_hour_share_a_run_by_their_length() -> None:
    fives_then_quarters = (1 / 12,) * 3 + (0.25,) * 3
    batch = a_batch(duration_h=0.5, latest_end_h=1.0, flows_kw={"electricity": (6.0, 12.0)})

    plan = planned(
        a_park_at((5.0, 5.0, 1.0, 1.0, 1.0, 5.0), fives_then_quarters, processes=(batch,))
    )

    # from minute 10 to 40, 6 kW until 25 and 12 after: 2 and 1 thirds of the first quarter hour
    assert plan.course("batch", "power_kw.electricity") == [0, 0, 6, 8, 8, 0]
    assert plan.books.total == pytest.approx(4.5)


def test_a_batch_may_give_to_one_node_what_it_takes_from_another() -> None:
    to_the_air = Node(id="heat", carrier=Carrier.HEAT, surplus_price=0.5)
    kiln = a_batch(flows_kw={"electricity": (10.0,), "heat": (-4.0,)})

    plan = planned(a_park_at(CHEAP_AT_2, processes=(kiln,), nodes=(to_the_air,)))

    assert plan.course("batch", "power_kw.heat") == [0, 0, -4, 0, 0, 0]
    assert plan.books.money["unused"] == pytest.approx(4 * 0.5)


def test_a_window_that_is_too_narrow_is_named_with_the_energy_of_the_batch() -> None:
    narrow = a_batch(duration_h=2.0, earliest_h=1.5, latest_end_h=3.5)  # steps begin at 2.0 only

    plan = planned(a_park_at(CHEAP_AT_2, processes=(narrow,)))

    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 0]
    assert plan.broken == [("process", "batch", 2, 20.0)]
    assert plan.books.money["violations"] == pytest.approx(20.0 * 60.0 * 3.0)


def test_a_batch_with_a_price_of_its_own_is_left_out_where_energy_is_dearer() -> None:
    optional = a_batch(missed_price=9.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(optional,)))

    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 0]
    assert plan.broken == []
    assert plan.books.money["missed processes"] == pytest.approx(9.0)


def test_a_batch_without_power_is_missed_all_the_same() -> None:
    cooling_down = a_batch(flows_kw={"electricity": (0.0,)}, duration_h=2.0, latest_end_h=1.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(cooling_down,)))

    assert plan.broken == [("process", "batch", 0, 2.0)]


def test_a_batch_whose_window_has_room_after_the_horizon_may_wait() -> None:
    tomorrow = a_batch(latest_end_h=7.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(tomorrow,)))

    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 0]
    assert plan.books.total == 0.0


def test_a_batch_whose_window_ends_soon_after_the_horizon_runs_beyond_it() -> None:
    overnight = a_batch(duration_h=2.0, earliest_h=5.0, latest_end_h=7.5)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(overnight,)))

    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 1]
    assert plan.broken == []


def test_a_batch_that_runs_at_the_beginning_runs_on_with_what_is_left_of_its_profile() -> None:
    running = a_batch(flows_kw={"electricity": (1.0, 2.0, 3.0)}, duration_h=3.0, done_h=1.5)

    plan = planned(a_park_at((9.0, 9.0, 1.0, 1.0), processes=(running,)))

    # half an hour of 2 kW and half of 3, then half an hour of 3
    assert plan.course("batch", "power_kw.electricity") == [2.5, 1.5, 0, 0]
    assert plan.course("batch", "on") == [1, 1, 0, 0]


def test_a_running_batch_runs_on_though_its_window_is_over() -> None:
    running = a_batch(duration_h=3.0, done_h=1.0, latest_end_h=1.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(running,)))

    assert plan.course("batch", "on") == [1, 1, 0, 0, 0, 0]
    assert plan.broken == []


def test_three_batches_follow_each_other_with_the_gaps_between() -> None:
    chain = (
        a_batch(id="c", after="b"),
        a_batch(id="b", after="a", gap_h=1.0),
        a_batch(id="a"),
    )

    plan = planned(a_park_at((9.0, 2.0, 1.0, 1.0, 1.0, 3.0), processes=chain))

    assert plan.course("a", "on") == [0, 1, 0, 0, 0, 0]
    assert plan.course("b", "on") == [0, 0, 0, 1, 0, 0]
    assert plan.course("c", "on") == [0, 0, 0, 0, 1, 0]


def test_what_waits_for_a_missed_batch_is_missed_too() -> None:
    never = a_batch(id="first", duration_h=3.0, latest_end_h=2.0, missed_price=1.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(never, a_batch(after="first"))))

    assert plan.course("batch", "on") == [0, 0, 0, 0, 0, 0]
    assert plan.broken == [("process", "batch", 5, 10.0)]


def test_what_waits_for_a_running_batch_begins_after_its_end_and_the_gap() -> None:
    running = a_batch(id="first", duration_h=3.0, done_h=1.0)

    plan = planned(a_park_at(CHEAP_AT_2, processes=(a_batch(after="first", gap_h=1.0), running)))

    assert plan.course("batch", "on") == [0, 0, 0, 1, 0, 0]
