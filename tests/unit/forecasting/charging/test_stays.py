"""What ports say becomes vehicles' courses: from when to when each draws its port's rating."""

import numpy as np

from services.forecasting.domain.charging.stays import Stays, stays_of, tells
from services.forecasting.domain.charging.words import (
    Words,
    connections,
    joined,
    signs_of_life,
    wishes,
)

RATING_W = 6_000.0  # 100 Wh a minute


def told(*readings: tuple[float, float | None], port: int = 0) -> Words:
    """Return readings (minute, wanted Wh) of a port; None is: no vehicle."""
    minute = np.array([at for at, _ in readings], np.float64)
    wanted = np.array([wh or 0.0 for _, wh in readings])
    there = np.array([float(wh is not None) for _, wh in readings])
    ports = np.full(len(readings), port)
    return joined(wishes(ports, minute, wanted), connections(ports, minute, there))


def spans(*words: Words) -> list[tuple[float, float]]:
    stays: Stays = stays_of(joined(*words), [RATING_W, RATING_W])
    return [
        (begin, end)
        for begin, end in zip(stays.begin_min.tolist(), stays.end_min.tolist(), strict=True)
        if end > begin
    ]


def test_a_vehicle_draws_from_its_first_word_until_it_has_what_it_wants() -> None:
    assert spans(told((0, None), (7, 2_000.0), (8, 1_900.0), (40, 1_900.0))) == [(7.0, 27.0)]


def test_steering_moves_no_course() -> None:
    held_back = told((0, None), (7, 2_000.0), (20, 2_000.0), (100, 2_000.0), (200, 100.0))

    assert spans(held_back) == [(7.0, 27.0)]


def test_a_vehicle_that_leaves_early_draws_no_more() -> None:
    assert spans(told((0, None), (7, 2_000.0), (12, None), (60, None))) == [(7.0, 12.0)]


def test_a_vehicle_that_wants_more_goes_on_after_what_it_wanted() -> None:
    assert spans(told((0, None), (7, 2_000.0), (18, 3_000.0))) == [(7.0, 27.0), (27.0, 37.0)]


def test_the_next_vehicle_is_another_even_when_it_wants_less() -> None:
    left_wanting = told((0, None), (1, 5_000.0), (16, 5_000.0), (33, None), (47, 1_000.0))

    assert spans(left_wanting) == [(1.0, 33.0), (47.0, 57.0)]


def test_two_vehicles_in_a_quarter_hour_are_two_even_when_the_second_wants_less() -> None:
    changed = told((0, None), (1, 5_000.0), (16, 5_000.0), (18, None), (20, 1_000.0))

    assert spans(changed) == [(1.0, 18.0), (18.0, 28.0)]


def test_the_first_word_of_a_port_is_an_arrival() -> None:
    assert spans(told((5, 600.0))) == [(5.0, 11.0)]


def test_ports_do_not_mix() -> None:
    assert spans(told((5, 600.0)), told((9, 700.0), port=1)) == [(5.0, 11.0), (9.0, 16.0)]


def test_a_port_that_was_silent_for_over_a_day_begins_anew() -> None:
    after_a_day = told((0, None), (1, 2_000.0), (1 + 97 * 15, 2_000.0))

    assert spans(after_a_day) == [(1.0, 21.0), (1456.0, 1476.0)]


def test_a_rounded_wish_is_no_new_one() -> None:
    assert spans(told((0, None), (1, 1_000.0), (31, 990.0), (46, 1_020.0))) == [(1.0, 11.0)]


def test_a_course_lasts_a_day_at_most() -> None:
    assert spans(told((0, None), (1, 400_000.0))) == [(1.0, 1.0 + 24 * 60)]


def test_a_port_that_never_says_whether_anybody_is_there_is_read_by_its_wishes() -> None:
    port, minute = np.zeros(3, np.int64), np.array([0.0, 20.0, 50.0])

    assert spans(wishes(port, minute, np.array([0.0, 1_000.0, 0.0]))) == [(20.0, 30.0)]


def said_once(wishes_at: dict[float, float], there_at: dict[float, float]) -> Words:
    """Return the words of a port that says things when they change, and shows power otherwise."""
    wish, there = (np.array(list(told), np.float64) for told in (wishes_at, there_at))
    wanted, plugged = (np.array(list(told.values())) for told in (wishes_at, there_at))
    life = np.arange(0.0, 180.0, 15.0)
    port = lambda minutes: np.zeros(len(minutes), np.int64)  # noqa: E731
    return joined(
        wishes(port(wish), wish, wanted),
        connections(port(there), there, plugged),
        signs_of_life(port(life), life, life),
    )


def test_a_wish_that_is_said_once_or_again_hours_later_is_one_wish() -> None:
    once = said_once({7.0: 9_000.0}, {6.0: 1.0})
    again = said_once({7.0: 9_000.0, 160.0: 9_000.0}, {6.0: 1.0})

    assert spans(once) == spans(again) == [(7.0, 97.0)]


def test_a_port_tells_while_it_is_free_or_its_vehicles_wish_is_known() -> None:
    without_wish = said_once({}, {0.0: 0.0, 50.0: 1.0, 100.0: 0.0})
    next_without = said_once({7.0: 9_000.0}, {6.0: 1.0, 50.0: 0.0, 80.0: 1.0})

    assert tells(without_wish).tolist() == [True] * 3 + [False] * 3 + [True] * 6
    assert tells(next_without).tolist() == [True] * 5 + [False] * 7
