"""The fleet's power is the sum of its vehicles' courses, where enough ports are heard."""

import numpy as np

from services.forecasting.domain.charging.demand import front_min, heard_enough, power_w
from services.forecasting.domain.charging.stays import Stays
from services.forecasting.domain.charging.words import Words, connections, joined


def courses(*spans: tuple[float, float], rating_w: float = 6_000.0) -> Stays:
    begin, end = np.array(spans, np.float64).reshape(-1, 2).T
    return Stays(begin, end, np.full(len(begin), rating_w))


def heard(port: int, *minutes: float) -> Words:
    at = np.array(minutes, np.float64)
    return connections(np.full(len(at), port), at, np.zeros(len(at)))


def test_courses_add_up_by_the_part_of_each_step_they_fill() -> None:
    fleet = courses((5.0, 20.0), (15.0, 30.0))

    assert power_w(fleet, 0.0, 15.0, 3).tolist() == [4_000.0, 8_000.0, 0.0]


def test_a_course_that_began_before_and_goes_on_after_counts_where_it_is() -> None:
    assert power_w(courses((-99.0, 99.0)), 10.0, 1.0, 3).tolist() == [6_000.0] * 3


def test_without_a_vehicle_the_demand_is_nothing() -> None:
    assert power_w(courses(), 0.0, 15.0, 2).tolist() == [0.0, 0.0]


def test_a_cut_course_of_no_length_draws_nothing() -> None:
    assert power_w(courses((7.0, 7.0)), 0.0, 15.0, 1).tolist() == [0.0]


def test_up_to_a_tenth_of_the_ports_may_be_silent() -> None:
    everybody = [heard(port, 3.0, 18.0) for port in range(9)]
    one_silent = joined(*everybody, heard(9, 3.0))
    two_silent = joined(*everybody[1:], heard(8, 3.0), heard(9, 3.0), heard(0, 3.0))

    assert heard_enough(one_silent, 10, 0, 2).tolist() == [True, True]
    assert heard_enough(two_silent, 10, 0, 2).tolist() == [True, False]


def test_a_port_that_is_silent_for_a_day_is_out_of_service() -> None:
    minutes = [15.0 * quarter for quarter in range(99)]
    words = joined(heard(0, *minutes), heard(1, 0.0))

    known = heard_enough(words, 2, 0, 99)

    assert known[0]
    assert not known[1:96].any()
    assert known[96:].all()


def test_a_fleet_that_nobody_heard_is_unknown() -> None:
    assert not heard_enough(joined(heard(0, 0.0)), 2, 200, 3).any()


def test_the_fleet_reaches_as_far_as_the_slowest_port_that_is_not_silent() -> None:
    words = joined(heard(0, 61.0), heard(1, 58.5), heard(2, 40.0))

    assert front_min(words) == 58.0
