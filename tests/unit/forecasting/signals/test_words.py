"""What curves say of quarters: held over their steps, nothing where they say nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import nan

import pytest

from services.forecasting.domain.signals import Signal
from services.forecasting.domain.words import Curve, Word, distinct, words_of
from tests.unit.forecasting.builders import FIRST, MONDAY

HOUR = timedelta(hours=1)
NOON_BEFORE = MONDAY - 12 * HOUR


def a_curve(
    values: Sequence[float], step: timedelta = HOUR, start: datetime = MONDAY, source: str = "x"
) -> Curve:
    return Curve(Signal.IMPORT_PRICE, source, NOON_BEFORE, start, step, values)


def told(curve: Curve) -> list[tuple[int, float]]:
    return [(word.quarter - FIRST, word.value) for word in words_of(curve)]


def test_an_hour_is_held_over_its_four_quarters() -> None:
    assert told(a_curve([0.1, -0.2])) == [(q, 0.1) for q in range(4)] + [
        (q, -0.2) for q in range(4, 8)
    ]


def test_of_steps_shorter_than_a_quarter_the_one_at_its_start_is_told() -> None:
    five_minutes = timedelta(minutes=5)

    assert told(a_curve([1.0, 2.0, 3.0, 4.0], five_minutes)) == [(0, 1.0), (1, 4.0)]


def test_a_quarter_that_began_before_the_curve_is_not_told() -> None:
    assert told(a_curve([1.0, 2.0], start=MONDAY + timedelta(minutes=5))) == [
        (q, 1.0) for q in range(1, 5)
    ] + [(q, 2.0) for q in range(5, 9)]


def test_where_a_curve_says_nothing_there_is_no_word() -> None:
    assert [quarter for quarter, _ in told(a_curve([1.0, nan, 3.0]))] == [0, 1, 2, 3, 8, 9, 10, 11]


def test_a_source_that_contradicts_itself_says_the_same_in_any_order() -> None:
    low, high = (next(iter(words_of(a_curve([value])))) for value in (1.0, 2.0))
    other = Word(low.signal, low.quarter, low.known_at, "y", 0.5)

    assert set(distinct([low, high, other])) == set(distinct([other, high, low])) == {high, other}


def test_a_curve_without_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="it must be above 0"):
        a_curve([1.0], step=timedelta(0))
