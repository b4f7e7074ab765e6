"""What a writer remembers of its points: never that a known reading is news."""

from __future__ import annotations

import numpy as np

from services.history.domain.newest import LONG_AGO_US, Newest
from services.history.domain.standing import REJECTED, concatenate
from tests.unit.history.test_standing import a_row


def test_of_a_point_that_is_not_known_nothing_is_news_until_the_database_was_asked() -> None:
    newest, row = Newest(), a_row(point=7, time=5)

    assert newest.unknown(row).tolist() == [7]
    assert newest.is_news(row).tolist() == [False]

    newest.learn(newest.unknown(row), np.array([4]))

    assert newest.unknown(row).tolist() == []
    assert newest.is_news(row).tolist() == [True]


def test_what_was_committed_is_no_news_any_more_whatever_its_order() -> None:
    newest = Newest()
    rows = concatenate([a_row(time=9), a_row(time=3)])
    newest.learn(np.array([1]), np.array([LONG_AGO_US]))

    newest.note(rows)

    assert newest.is_news(concatenate([rows, a_row(time=10)])).tolist() == [False, False, True]


def test_a_rejected_reading_is_no_news_twice_but_lends_no_value() -> None:
    newest = Newest()
    newest.learn(np.array([1]), np.array([2]))
    newest.note(a_row(time=8, verdict=REJECTED))

    assert newest.is_news(a_row(time=8)).tolist() == [False]
    assert newest.usable_before(a_row(time=9)).tolist() == [2]


def test_a_usable_reading_that_was_taken_back_bounds_nothing_any_more() -> None:
    newest = Newest()
    newest.learn(np.array([1]), np.array([LONG_AGO_US]))
    newest.note(concatenate([a_row(time=7), a_row(time=8)]))

    newest.note(a_row(time=8, verdict=REJECTED))

    assert newest.usable_before(a_row(time=9)).tolist() == [LONG_AGO_US]
