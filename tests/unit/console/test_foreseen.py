"""A slot keeps the last word that was said before it began."""

from datetime import timedelta

from services.console.domain.foreseen import Foreseen
from services.energy.time_grid import QUARTER
from tests.support.builders import after


def test_a_newer_issue_replaces_only_the_slots_it_covers() -> None:
    foreseen = Foreseen()
    foreseen.take("pv", after(), after(), QUARTER, [(1.0,), (2.0,), (3.0,)])

    foreseen.take("pv", after(minutes=15), after(minutes=15), QUARTER, [(20.0,), (30.0,)])

    values = [row for _, row in foreseen.since(after())["pv"]]
    assert values == [(1.0,), (20.0,), (30.0,)]


def test_an_older_issue_that_is_recalled_later_fills_only_the_holes() -> None:
    foreseen = Foreseen()
    foreseen.take("pv", after(minutes=15), after(minutes=15), QUARTER, [(20.0,)])

    foreseen.take("pv", after(), after(), QUARTER, [(1.0,), (2.0,)])

    assert [row for _, row in foreseen.since(after())["pv"]] == [(1.0,), (20.0,)]


def test_what_is_long_past_is_dropped() -> None:
    foreseen = Foreseen()
    foreseen.take("pv", after(), after(), timedelta(minutes=15), [(1.0,), (2.0,)])

    foreseen.forget_before(after(minutes=15))

    assert foreseen.since(after()) == {"pv": [(after(minutes=15), (2.0,))]}
