"""Which quarters are in the books, told what there are words on."""

from datetime import datetime, timedelta

from services.carbon_accounting.domain.live.due import Told, due, quarters_of, runs_of, touched
from services.energy.time_grid import QUARTER, Interval
from tests.support.carbon import NOON

LATE = timedelta(hours=2)


def at(number: int) -> datetime:
    """The start of the quarter so many after noon."""
    return NOON + number * QUARTER


def test_nothing_is_due_while_nobody_said_anything() -> None:
    assert due(None, NOON, LATE) is None


def test_a_quarter_that_is_not_complete_waits_for_two_hours() -> None:
    almost, late = Told(NOON, at(8)), Told(NOON, at(9))

    assert due(almost, NOON, LATE) is None
    assert due(late, NOON, LATE) == Interval(NOON, at(1))


def test_all_quarters_up_to_the_last_complete_one_are_due() -> None:
    assert due(Told(NOON, at(5), at(4)), NOON, LATE) == Interval(NOON, at(4))


def test_the_books_begin_with_the_first_word_after_the_ledger_does() -> None:
    told = Told(at(2), at(5), at(5))

    assert due(told, NOON, LATE) == Interval(at(2), at(5))
    assert due(told, at(3), LATE) == Interval(at(3), at(5))


def test_news_on_what_is_not_due_touches_nothing() -> None:
    span = Interval(NOON, at(4))

    assert touched([at(1), at(6)], span, span) == [at(1)]


def test_what_became_due_or_no_longer_is_is_touched() -> None:
    assert touched([], Interval(NOON, at(2)), Interval(NOON, at(4))) == [at(2), at(3)]
    assert touched([], Interval(NOON, at(2)), Interval(NOON, at(1))) == [at(1)]
    assert touched([], None, Interval(NOON, at(1))) == [NOON]
    assert touched([], Interval(at(1), at(2)), Interval(NOON, at(2))) == [NOON]
    assert touched([], Interval(NOON, at(1)), None) == [NOON]


def test_quarters_without_a_gap_are_one_run() -> None:
    assert runs_of([NOON, at(1), at(3)]) == [Interval(NOON, at(2)), Interval(at(3), at(4))]
    assert [*quarters_of(Interval(NOON, at(2)))] == [NOON, at(1)]
