"""t CO2 per tce: the examples of the rules (§0.1(4), §A, §G)."""

from fractions import Fraction

import pytest

from services.carbon_accounting.domain.indicator import (
    ELECTRICITY_KGCE_PER_KWH,
    NO_ENERGY,
    SIZE_UNKNOWN,
    comprehensive_energy_tce,
    park_indicator,
    target_for,
)
from services.carbon_accounting.domain.ledgers import Emissions, ParkAcceptance

MWH = 10**6
T = 10**9


def of(t_co2: float, tce: int, annual: float | None = 300_000.0):  # type: ignore[no-untyped-def]
    return park_indicator(Emissions(ParkAcceptance, int(t_co2 * T)), Fraction(tce), annual)


def test_a_thousand_kilowatt_hours_are_122_9_kg_of_coal() -> None:
    assert comprehensive_energy_tce(MWH, 0) == Fraction("0.1229")


def test_a_gigajoule_of_gas_is_34_12_kg_of_coal() -> None:
    assert comprehensive_energy_tce(0, 5 * MWH) == 18 * Fraction("0.03412")  # 5 MWh are 18 GJ


def test_fossil_grid_power_carries_6_77_tonnes_per_tce() -> None:
    found = of(0.8325, 1)

    value = found.t_co2_per_tce / comprehensive_energy_tce(MWH, 0)
    assert round(float(value), 2) == 6.77


def test_natural_gas_carries_1_63_tonnes_per_tce() -> None:
    per_gj = Fraction("0.0556116")

    assert round(float(per_gj / Fraction("0.03412")), 2) == 1.63


@pytest.mark.parametrize(("target", "percent"), [("0.2", 2.9526), ("0.3", 4.4288)])
def test_the_most_unmatched_grid_power_a_park_can_have(target: str, percent: float) -> None:
    share = Fraction(target) * ELECTRICITY_KGCE_PER_KWH / Fraction("0.8325")

    assert round(float(share * 100), 4) == percent


@pytest.mark.parametrize(("target", "percent"), [("0.2", 12.3), ("0.3", 18.4)])
def test_the_most_gas_a_park_can_have(target: str, percent: float) -> None:
    share = Fraction(target) / (Fraction("0.0556116") / Fraction("0.03412"))

    assert round(float(share * 100), 1) == percent


def test_three_tenths_pass_only_in_the_class_of_large_parks() -> None:
    assert of(15_000, 50_000).t_co2_per_tce == Fraction("0.3")
    assert not of(15_000, 50_000).is_met
    assert of(15_000, 50_000, annual=1_000_000.0).is_met


def test_four_tenths_fail_everywhere() -> None:
    assert of(20_000, 50_000).t_co2_per_tce == Fraction("0.4")
    assert not of(20_000, 50_000, annual=1_000_000.0).is_met


@pytest.mark.parametrize(
    ("annual", "target"),
    [(None, 0.2), (199_999.0, 0.2), (200_000.0, 0.2), (999_999.0, 0.2), (1e6, 0.3)],
)
def test_the_target_follows_from_the_size(annual: float | None, target: float) -> None:
    assert target_for(annual) == target


def test_an_unknown_size_is_a_missing_input_and_named_in_the_rule() -> None:
    found = of(1, 10, annual=None)

    assert found.missing_inputs == (SIZE_UNKNOWN,)
    assert found.unverified
    assert "needs confirmation" in found.rule_en
    assert "待确认" in found.rule_zh


def test_without_energy_there_is_no_value() -> None:
    found = of(0, 0)

    assert found.t_co2_per_tce is None
    assert found.is_met is None
    assert NO_ENERGY in found.missing_inputs
