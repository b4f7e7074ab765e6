"""Published numbers against their own identity: flagged, never repaired (rules G)."""

from decimal import Decimal
from fractions import Fraction

import pytest

from services.carbon_accounting.domain.indicators.by_output import NothingMade, shared_by_output
from services.carbon_accounting.domain.indicators.stated import (
    Agrees,
    Breaks,
    Incomplete,
    judged_pair,
    judged_ratio,
    judged_total,
)

D = Decimal


def test_a_total_that_is_the_sum_of_its_parts_agrees() -> None:
    assert judged_total(D("5.14"), {"fossil": D("4.78"), "land use": D("0.36")}) == Agrees()
    assert judged_total(D("-14.22"), {"gross": D("5.14"), "uptake": D("-19.36")}) == Agrees()


def test_a_total_may_be_off_by_the_rounding_of_what_was_written() -> None:
    thirds = {name: D("33.3") for name in "abc"}

    assert judged_total(D("100.0"), thirds) == Agrees()
    assert isinstance(judged_total(D("100.2"), thirds), Breaks)


def test_a_total_that_left_a_part_out_is_flagged_and_says_which() -> None:
    found = judged_total(D("90"), {"gas": D("60"), "power": D("30"), "steam": D("7")})

    assert found == Breaks(Fraction(-7), Fraction(0), "steam left out of the total")


def test_a_total_that_nothing_explains_is_flagged_all_the_same() -> None:
    assert judged_total(D("100"), {"gas": D("60"), "power": D("30")}) == Breaks(
        Fraction(10), Fraction(0)
    )


def test_a_part_that_was_not_stated_is_not_taken_as_zero() -> None:
    assert judged_total(D("60"), {"gas": D("60"), "power": None}) == Incomplete(("power",))


def test_including_and_excluding_swapped_is_flagged() -> None:
    assert judged_pair(D("5.14"), D("4.78"), D("0.36")) == Agrees()

    found = judged_pair(D("4.78"), D("5.14"), D("0.36"))

    assert isinstance(found, Breaks)
    assert found.looks_like == "'including' and 'excluding' look swapped"


def test_a_ratio_with_another_denominator_is_flagged_and_the_denominator_named() -> None:
    denominators = {"intake and reuse": D("100"), "intake": D("10")}

    assert judged_ratio(D("0.90"), D("90"), "intake and reuse", denominators) == Agrees()
    found = judged_ratio(D("9.0"), D("90"), "intake and reuse", denominators)

    assert isinstance(found, Breaks)
    assert found.looks_like == "its denominator looks like intake"


def test_80_t_over_60_and_40_t_of_output_are_48_and_32() -> None:
    outputs = {"a": Fraction(60), "b": Fraction(40)}

    assert shared_by_output(Fraction(80), outputs) == {"a": 48, "b": 32}


def test_emissions_without_output_are_nobodys_not_zero() -> None:
    with pytest.raises(NothingMade, match="none of a, b was made"):
        shared_by_output(Fraction(80), {"a": Fraction(0), "b": Fraction(0)})
