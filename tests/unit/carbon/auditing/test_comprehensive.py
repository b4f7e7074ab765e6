"""Comprehensive energy in tce: 当量值 and 等价值 in columns that never meet (rules C.1)."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from services.carbon_accounting.coal_equivalent_import import read_coal_equivalents
from services.carbon_accounting.domain.auditing.coal_equivalents import (
    Calorific,
    CoalEquivalent,
    CoalEquivalents,
    Equivalent,
)
from services.carbon_accounting.domain.auditing.comprehensive import (
    Comprehensive,
    Stream,
    Use,
    comprehensive,
)
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.indicator_import import IndicatorMistakes
from tests.support.indicators import amount

BOTH = CoalEquivalents(
    [CoalEquivalent("electricity", "kWh", Fraction("0.1229"), "V", "a test", Fraction("0.3"))]
)


def energy_of(*streams: Stream) -> Comprehensive:
    return comprehensive(streams, read_coal_equivalents())


def power(written: str, is_green: bool = False) -> Stream:
    one = Stream("grid", "electricity", amount(written))
    return replace(one, is_non_fossil=is_green, is_clean=is_green)


def test_10_gwh_of_power_are_1229_tce() -> None:
    assert energy_of(power("10 GWh")).calorific == Calorific(Fraction(1229))


def test_a_1000_t_of_raw_coal_are_714_3_tce() -> None:
    found = energy_of(Stream("boiler", "raw-coal", amount("1000 t")))

    assert found.calorific == Calorific(Fraction("714.3"))


def test_gas_counts_by_its_measured_heating_value() -> None:
    gas = Stream(
        "boiler",
        "natural-gas",
        amount("1000 Nm3"),
        heating_value=Amount(Fraction("29.3076"), "MJ/Nm3"),
    )

    assert energy_of(gas).calorific == Calorific(Fraction(1))


def test_gas_without_a_measured_heating_value_is_named_and_there_is_no_total() -> None:
    found = energy_of(power("10 GWh"), Stream("boiler", "natural-gas", amount("1000 Nm3")))

    assert [one.why for one in found.lacking] == ["natural-gas needs its measured heating value"]
    assert found.calorific is None
    assert found.amounts() == {}


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (Stream("x", "peat", amount("1 t")), "no coefficient for peat"),
        (Stream("x", "electricity", None), "its amount is not known"),
        (Stream("x", "electricity", amount("1 t")), "t cannot become kWh"),
        (Stream("x", "raw-coal", amount("1 t"), heating_value=amount("20 MJ/Nm3")), "cannot"),
    ],
)
def test_what_cannot_be_counted_is_named_with_the_reason(stream: Stream, why: str) -> None:
    (lacking,) = energy_of(stream).lacking

    assert why in lacking.why


def test_the_parts_that_indicators_ask_for_leave_feedstock_and_gas_apart() -> None:
    found = energy_of(
        power("10 GWh"),
        power("10 GWh", is_green=True),
        Stream("cracker", "lpg", amount("100 t"), use=Use.FEEDSTOCK),
        Stream("h2", "lpg", amount("100 t"), use=Use.FEEDSTOCK, is_non_fossil=True),
        Stream(
            "boiler",
            "natural-gas",
            amount("1000000 Nm3"),
            heating_value=Amount(Fraction("29.3076"), "MJ/Nm3"),
        ),
    ).amounts()

    assert found == {
        "energy.comprehensive": amount("3800.86 tce"),
        "energy.feedstock": amount("342.86 tce"),
        "energy.non_fossil": amount("1229 tce"),
        "energy.clean": amount("1229 tce"),
        "energy.natural_gas": amount("1000 tce"),
    }


def test_the_two_columns_stand_side_by_side_and_cannot_be_added() -> None:
    found = comprehensive([power("1 GWh")], BOTH)

    assert found.calorific == Calorific(Fraction("122.9"))
    assert found.equivalent == Equivalent(Fraction(300))
    assert found.amounts()["energy.comprehensive_equivalent"] == amount("300 tce")
    with pytest.raises(TypeError, match="never added"):
        found.calorific + found.equivalent  # type: ignore[operator]


def test_without_a_stated_coefficient_the_second_column_is_empty() -> None:
    found = energy_of(power("1 GWh"))

    assert found.equivalent is None
    assert "energy.comprehensive_equivalent" not in found.amounts()


def test_mistakes_of_the_coefficient_file_are_told_together(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "coefficients:\n"
        "  - {carrier: coal, unit: kgg, kgce: -1, trust: V, source: me}\n"
        "  - {carrier: wood, unit: kg, kgce: 0.5, trust: Z, source: me}\n"
    )

    with pytest.raises(IndicatorMistakes) as refused:
        read_coal_equivalents(file)

    assert [line.partition(" - ")[0] for line in refused.value.lines] == [
        "own.yaml: line 2: coefficients[0].kgce: is not above zero ('-1')",
        "own.yaml: line 2: coefficients[0].unit: is no unit ('kgg')",
        "own.yaml: line 3: coefficients[1].trust: is not known here ('Z')",
    ]


def test_a_coefficient_that_could_not_be_read_makes_the_number_unverified() -> None:
    guessed = CoalEquivalents([CoalEquivalent("electricity", "kWh", Fraction(1), "M", "a test")])

    found = comprehensive([power("1 kWh"), power("2 kWh")], guessed)

    assert found.unverified == ("the coefficient of electricity is flagged M",)
    assert energy_of(power("1 kWh")).unverified == ()
