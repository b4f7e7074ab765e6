"""How exact numbers are shown: tonnes and MWh with three decimals, rounded half to even."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.reporting.formatting import exact, marks, number, shown
from services.carbon_accounting.domain.reporting.measures import (
    ENERGY,
    NG_PER_T,
    SHARE,
    emissions_in,
    factor_per,
    measured_as,
)

TONNES = emissions_in("CO2e")
HALF_A_KILOGRAM = NG_PER_T // 2000


@pytest.mark.parametrize(
    ("nanograms", "text"),
    [
        (0, "0.000"),
        (NG_PER_T, "1.000"),
        (1234 * NG_PER_T + NG_PER_T // 2, "1,234.500"),
        (HALF_A_KILOGRAM, "0.000"),
        (3 * HALF_A_KILOGRAM, "0.002"),
        (HALF_A_KILOGRAM + 1, "0.001"),
        (-NG_PER_T, "-1.000"),
        (-HALF_A_KILOGRAM, "0.000"),
    ],
)
def test_nanograms_are_shown_in_tonnes_rounded_half_to_even(nanograms: int, text: str) -> None:
    assert shown(nanograms, TONNES) == text


def test_watt_hours_are_shown_in_megawatt_hours() -> None:
    assert shown(12_345_678, ENERGY) == "12.346"
    assert shown(12_344_500, ENERGY) == "12.344"


def test_a_share_is_shown_in_percent() -> None:
    assert shown(Fraction(5, 6), SHARE) == "83.33"


def test_a_factor_is_shown_exactly() -> None:
    assert shown(832_500_001, factor_per("Wh")) == "0.832500001"
    assert factor_per("Wh").unit == "kg/kWh"


def test_a_unit_that_is_no_base_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="'kWh' is no base unit"):
        measured_as("kWh")


def test_an_amount_beyond_what_a_spreadsheet_keeps_is_given_as_text() -> None:
    assert exact(2**53) == 2**53
    assert exact(2**53 + 1) == "9007199254740993"


def test_marks_of_neighbouring_footnotes_are_drawn_together() -> None:
    assert marks([]) == ""
    assert marks([2]) == "†2"
    assert marks([5, 1, 3, 4]) == "†1,3–5"
    assert marks([1, 2]) == "†1,2"


@given(st.integers(-(10**24), 10**24))
def test_what_is_shown_is_never_off_by_more_than_half_a_kilogram(nanograms: int) -> None:
    kilograms = int(shown(nanograms, TONNES).replace(",", "").replace(".", ""))

    assert abs(kilograms * 2 * HALF_A_KILOGRAM - nanograms) <= HALF_A_KILOGRAM
    assert number(nanograms, TONNES) == kilograms / 1000
