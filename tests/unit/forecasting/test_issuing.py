"""When an issue is made, and for whom it waits."""

from datetime import datetime, timedelta

from services.energy.time_grid import to_microseconds
from services.forecasting.domain.issuing import (
    Awaited,
    Patience,
    Reached,
    due,
    is_set_back,
    next_border,
)
from services.forecasting.told import Told
from tests.support.builders import MORNING, after

BOTH = frozenset({"pv", "wind"})
PATIENCE = Patience(standing=timedelta(minutes=5))


def until(newest: datetime, before: datetime | None = None) -> Reached:
    """Readings up to `newest`; before the border up to `before`, by default without a hole."""
    before = before or min(newest, after(-60))
    return Reached(to_microseconds(newest), to_microseconds(before))


def awaiting(now: datetime, **reached: Reached) -> Awaited:
    return Awaited.at(MORNING, BOTH, MORNING, PATIENCE).seen(reached, now)


def test_an_issue_is_due_at_every_border_once() -> None:
    assert due(after(minutes=1), None) == MORNING
    assert due(after(minutes=1), MORNING) is None
    assert due(after(minutes=15), MORNING) == after(minutes=15)


def test_after_an_outage_only_the_newest_issue_is_due() -> None:
    assert due(after(hours=3, minutes=7), MORNING) == after(hours=3)
    assert next_border(after(hours=3, minutes=7)) == after(hours=3, minutes=15)


def test_it_issues_as_soon_as_every_source_has_passed_the_border() -> None:
    wait = awaiting(after(2), pv=until(MORNING), wind=until(after(1)))

    assert wait.ready(after(2))


def test_it_waits_for_a_source_that_is_behind_but_not_longer_than_its_patience() -> None:
    wait = awaiting(after(2), pv=until(MORNING), wind=until(after(-60)))

    assert not wait.ready(after(4))
    assert wait.ready(after(2 + 300))


def test_a_source_that_catches_up_is_waited_for() -> None:
    wait = awaiting(after(2), pv=until(MORNING), wind=until(after(hours=-9)))

    wait = wait.seen({"pv": until(MORNING), "wind": until(after(hours=-1))}, after(minutes=4))

    assert not wait.ready(after(minutes=8))
    assert wait.ready(after(minutes=9))


def test_a_source_that_sends_its_past_after_its_present_is_waited_for() -> None:
    with_a_hole = until(MORNING, before=after(hours=-300))
    wait = awaiting(after(2), pv=until(MORNING), wind=with_a_hole)

    assert not wait.ready(after(2))
    assert wait.seen({"pv": until(MORNING), "wind": until(MORNING)}, after(3)).ready(after(3))


def test_a_source_that_never_catches_up_delays_by_a_quarter_at_most() -> None:
    wait = Awaited.at(MORNING, BOTH, MORNING, PATIENCE)
    for minute in range(1, 15):
        reached = {"pv": until(after(minutes=-60 + minute))}
        wait = wait.seen(reached, after(minutes=minute))
        assert not wait.ready(after(minutes=minute))

    assert wait.ready(after(minutes=15))


def test_a_source_that_was_silent_before_keeps_nobody_waiting() -> None:
    wait = Awaited.at(MORNING, frozenset({"pv"}), MORNING, PATIENCE)

    assert wait.seen({"pv": until(MORNING)}, MORNING).ready(MORNING)


def test_what_is_derived_is_awaited_once_anything_of_it_was_heard_before_the_border() -> None:
    wait = Awaited.at(MORNING, BOTH | {"fleet"}, MORNING, PATIENCE, frozenset({"fleet"}))
    others = {"pv": until(MORNING), "wind": until(MORNING)}
    first_words = Reached(to_microseconds(after(3)), None)
    words_of_before = until(after(hours=-1))

    assert wait.seen(others, after(2)).ready(after(2))
    assert wait.seen({**others, "fleet": first_words}, after(4)).ready(after(4))
    assert not wait.seen({**others, "fleet": words_of_before}, after(4)).ready(after(4))
    assert wait.seen({**others, "fleet": until(MORNING)}, after(4)).ready(after(4))


def test_a_clock_behind_the_newest_issue_by_more_than_a_quarter_was_set_back() -> None:
    assert is_set_back(MORNING, after(minutes=16))
    assert not is_set_back(MORNING, after(minutes=15))
    assert not is_set_back(MORNING, None)


def test_what_stands_is_told_once_and_again_when_it_comes_back() -> None:
    told = Told()

    assert [told.anew(stands) for stands in (True, True, False, True)] == [True, False, False, True]
