"""Comprehensive energy in tce: 当量值 and 等价值 in columns that never meet (rules C.1)."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from services.carbon_accounting.domain.auditing.coal_equivalents import Calorific, Equivalent
from services.carbon_accounting.domain.auditing.comprehensive import (
    Comprehensive,
    Stream,
    Use,
    comprehensive,
)
from services.carbon_accounting.input_files.factor_import import load_factor_store
from tests.support.carbon_factors import a_file, books
from tests.support.indicators import amount

GWH, T, NM3 = 10**9, 10**6, 10**3
GAS = Stream("boiler", "natural-gas", 1000 * NM3, "Ndm3")
OF_COAL_J = 29_308
"""J per Ndm3 of gas as good as standard coal: 29.3076 MJ/Nm3, in whole J."""


def energy_of(*streams: Stream) -> Comprehensive:
    return comprehensive(streams, books())


def power(wh: int, is_green: bool = False) -> Stream:
    one = Stream("grid", "electricity", wh, "Wh")
    return replace(one, is_non_fossil=is_green, is_clean=is_green)


def test_10_gwh_of_power_are_1229_tce() -> None:
    assert energy_of(power(10 * GWH)).calorific == Calorific(Fraction(1229))


def test_a_1000_t_of_raw_coal_are_714_3_tce() -> None:
    found = energy_of(Stream("boiler", "raw-coal", 1000 * T, "g"))

    assert found.calorific == Calorific(Fraction("714.3"))


def test_gas_counts_by_its_measured_heating_value_and_is_no_doubt_then() -> None:
    found = energy_of(replace(GAS, ncv_j=OF_COAL_J))

    assert found.calorific is not None
    assert round(found.calorific.tce, 4) == 1
    assert found.unverified == ()


def test_gas_without_a_measured_heating_value_has_the_default_and_all_of_it_is_unverified() -> None:
    found = energy_of(power(10 * GWH), GAS)

    assert found.calorific == Calorific(Fraction("1230.33"))
    (why,) = found.unverified
    assert why.startswith("coal-equivalent:natural-gas: published range 1.10 to 1.33")
    assert {*found.doubts()} == {"energy.comprehensive", "energy.natural_gas"}


def test_gas_that_is_metered_as_heat_has_the_coefficient_of_heat() -> None:
    found = energy_of(Stream("boiler", "natural-gas", GWH, "Wh", coefficient="heat"))

    assert round(found.amounts()["energy.natural_gas"].value, 3) == Fraction("122.832")
    assert found.unverified == ()  # 3,600 GJ x 0.03412


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (Stream("x", "peat", 1, "g"), "no coefficient for peat"),
        (Stream("x", "electricity", None, "Wh"), "its amount is not known"),
        (Stream("x", "electricity", 1, "g"), "cannot become kgce/g"),
    ],
)
def test_what_cannot_be_counted_is_named_and_there_is_no_total(stream: Stream, why: str) -> None:
    found = energy_of(power(GWH), stream)

    (lacking,) = found.lacking
    assert why in lacking.why
    assert (found.calorific, found.equivalent, found.amounts()) == (None, None, {})


def test_the_parts_that_indicators_ask_for_leave_feedstock_and_gas_apart() -> None:
    found = energy_of(
        power(10 * GWH),
        power(10 * GWH, is_green=True),
        Stream("cracker", "lpg", 100 * T, "g", use=Use.FEEDSTOCK),
        Stream("h2", "lpg", 100 * T, "g", use=Use.FEEDSTOCK, is_non_fossil=True),
        replace(GAS, amount=10**6 * NM3),
    ).amounts()

    assert found == {
        "energy.comprehensive": amount("4130.86 tce"),
        "energy.feedstock": amount("342.86 tce"),
        "energy.non_fossil": amount("1229 tce"),
        "energy.clean": amount("1229 tce"),
        "energy.natural_gas": amount("1330 tce"),
    }


def test_the_two_columns_stand_side_by_side_and_cannot_be_added(tmp_path: Path) -> None:
    row = {"quantity": "equivalent-value:electricity", "value": "0.3", "unit": "kgce/kWh"}
    place = {"ledgers": "*", "gas": "", "region": "*", "valid_from": "", "valid_until": ""}
    store = load_factor_store([a_file(tmp_path, row | place)])

    found = comprehensive([power(GWH)], books(factors=store))

    assert found.calorific == Calorific(Fraction("122.9"))
    assert found.equivalent == Equivalent(Fraction(300))
    assert found.amounts()["energy.comprehensive_equivalent"] == amount("300 tce")
    with pytest.raises(TypeError, match="never added"):
        found.calorific + found.equivalent  # type: ignore[operator]


def test_without_a_stated_coefficient_the_second_column_is_empty() -> None:
    found = energy_of(power(GWH))

    assert found.equivalent is None
    assert "energy.comprehensive_equivalent" not in found.amounts()


def test_an_amount_that_is_doubtful_makes_the_energy_doubtful_and_each_reason_stands_once() -> None:
    partly = replace(power(GWH), doubts=("grid is not known in every interval",))

    assert energy_of(partly, partly).unverified == ("grid is not known in every interval",)
