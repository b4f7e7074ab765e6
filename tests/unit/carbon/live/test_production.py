"""What was made: read with all its mistakes, and never a month beside its own days."""

from dataclasses import replace
from datetime import date

from services.carbon_accounting.domain.inventory.site import Product
from services.carbon_accounting.live.production import Made, made_of, not_yet, overlaps
from services.runtime.refusals import FieldMistake
from tests.support.carbon import the_site

SITE = replace(the_site(), products=(Product("bar", "steel", "t"),))


def told(period: str = "2026-01", amount: str = "2.5", unit: str = "") -> object:
    return made_of(SITE, "bar", period, amount, unit, "amounts[0]")


def test_an_amount_is_counted_in_whole_base_units() -> None:
    assert told() == Made("bar", "2026-01", 2_500_000, "g")
    assert told(amount="7", unit="kg") == Made("bar", "2026-01", 7_000, "g")


def test_every_mistake_of_an_amount_is_told() -> None:
    found = told(period="2026-13", amount="-1")

    assert isinstance(found, list)
    assert [one.field for one in found] == ["amounts[0].period", "amounts[0].amount"]
    assert isinstance(told(amount="NaN"), list)
    assert isinstance(told(unit="kWh"), list)


def test_what_is_not_made_yet_is_refused_and_what_is_being_made_is_not() -> None:
    today = date(2026, 1, 31)

    for begun in ("2026-01", "2026-01-31", "2025-12", "2025-12-31", "no period"):
        assert not_yet(begun, today, "amounts[0]") == []
    for later in ("2026-02", "2026-02-01", "2050-05"):
        (mistake,) = not_yet(later, today, "amounts[0]")
        assert mistake.field == "amounts[0].period"
        assert mistake.text.startswith(f"{later} has not begun on 2026-01-31")


def test_a_row_that_says_nothing_is_told_with_all_that_it_lacks() -> None:
    found = made_of(SITE, "", "", "", "", "amounts[0]")

    assert isinstance(found, list)
    assert [one.field for one in found] == [
        *("amounts[0].product", "amounts[0].period", "amounts[0].amount"),
    ]


def test_a_month_cannot_stand_beside_its_own_days_or_twice() -> None:
    day, month = Made("bar", "2026-01-07", 1, "g"), Made("bar", "2026-01", 31, "g")

    assert overlaps([day], {}) == []
    assert overlaps([month], {("bar", "2026-01-07"): (1, 1)}) == [
        FieldMistake("amounts[0].period", "2026-01 of bar is told by day and as a month; tell one")
    ]
    assert [one.text for one in overlaps([day, day], {})] == [
        "2026-01-07 of bar stands twice; keep one"
    ]
