"""An indicator that is not shown any more: from a day on, and only what nobody needs."""

from dataclasses import replace
from datetime import date

import pytest

from services.carbon_accounting.domain.indicators.catalogue import (
    Catalogue,
    Refused,
    Retirement,
    retired,
)
from tests.support.indicators import a_catalogue, an_indicator

TODAY = date(2026, 7, 1)
ONE = an_indicator("load / made", valid_from=date(2026, 1, 1))
NEEDS_ONE = replace(an_indicator("indicator.one / 2", valid_from=date(2026, 1, 1)), id="two")


def catalogue(*definitions: object) -> Catalogue:
    return replace(a_catalogue(), definitions=definitions)


def test_a_retired_indicator_is_shown_before_its_day_and_not_from_it_on() -> None:
    whole = catalogue(ONE)

    gone = retired(whole, "one", on=date(2026, 8, 1), today=TODAY)

    assert gone == Retirement("one", 1, date(2026, 8, 1))
    less = replace(whole, retirements=(gone,))
    assert less.in_force(date(2026, 7, 31)) == (ONE,)
    assert less.in_force(date(2026, 8, 1)) == ()


def test_a_later_version_shows_it_again() -> None:
    later = replace(ONE, version=2, valid_from=date(2026, 9, 1))
    less = replace(catalogue(ONE, later), retirements=(Retirement("one", 1, date(2026, 8, 1)),))

    assert less.in_force(date(2026, 8, 15)) == ()
    assert less.in_force(date(2026, 9, 1)) == (later,)


def test_what_another_indicator_needs_is_not_retired() -> None:
    found = retired(catalogue(ONE, NEEDS_ONE), "one", on=TODAY, today=TODAY)

    assert isinstance(found, Refused)
    assert [fault.indicator_id for fault in found.faults] == ["two"]
    assert "'indicator.one'" in found.faults[0].what


def test_an_indicator_is_not_retired_for_days_past_twice_or_when_there_is_none() -> None:
    yesterday = retired(catalogue(ONE), "one", on=date(2026, 6, 30), today=TODAY)
    gone = replace(catalogue(ONE), retirements=(Retirement("one", 1, TODAY),))
    twice = retired(gone, "one", on=TODAY, today=TODAY)

    assert isinstance(yesterday, Refused)
    assert "before today" in yesterday.faults[0].what
    assert isinstance(twice, Refused)
    assert "retired already" in twice.faults[0].what
    with pytest.raises(ValueError, match="there is no indicator"):
        retired(catalogue(), "one", on=TODAY, today=TODAY)


def test_the_retirement_of_an_indicator_is_that_of_its_newest_version() -> None:
    gone = Retirement("one", 1, date(2026, 8, 1))
    later = replace(ONE, version=2, valid_from=date(2026, 9, 1))

    assert catalogue(ONE).retirement_of("one") is None
    assert replace(catalogue(ONE), retirements=(gone,)).retirement_of("one") == gone
    assert replace(catalogue(ONE, later), retirements=(gone,)).retirement_of("one") is None


def test_a_draft_that_says_what_the_newest_version_says_is_that_version() -> None:
    unnumbered, other = replace(ONE, version=2), replace(ONE, version=2, unit="kWh")
    gone = replace(catalogue(ONE), retirements=(Retirement("one", 1, TODAY),))

    assert catalogue(ONE).published_as(ONE) == ONE
    assert catalogue(ONE).published_as(unnumbered) == ONE
    assert catalogue(ONE).published_as(other) is None
    assert catalogue().published_as(ONE) is None
    assert gone.published_as(unnumbered) is None  # whoever wants it shown again writes a new one
