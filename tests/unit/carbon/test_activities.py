"""Process, heat, power, leaks, capture and standard coal, each into the ledger it belongs in."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from services.carbon_accounting.domain.activities.aluminium import Smelting, perfluorocarbons
from services.carbon_accounting.domain.activities.boundary import Gwp, Sector
from services.carbon_accounting.domain.activities.capture import capture
from services.carbon_accounting.domain.activities.carbon_balance import (
    CarbonStream,
    carbon_balance,
)
from services.carbon_accounting.domain.activities.coal_equivalent import (
    CoalEquivalent,
    coal_equivalent,
    measured_coal_equivalent,
)
from services.carbon_accounting.domain.activities.electricity import quantity_of, supplied
from services.carbon_accounting.domain.activities.fugitive import StockBalance, leakage
from services.carbon_accounting.domain.activities.heat import purchased_heat, purchased_steam
from services.carbon_accounting.domain.activities.line import (
    Category,
    NotCounted,
    OpenItem,
    OpenKind,
    Scope,
)
from services.carbon_accounting.domain.activities.process import ProcessUse, process
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.units import UnitsDiffer
from tests.support.carbon_factors import KG_NG, TONNE_NG, books, cbam, line

TONNE_G = 10**6
LOCATION = books(Ledger.LOCATION_BASED)


def a_balance(**grams: int) -> StockBalance:
    """10 kg in stock, 5 bought, 9 left, 1 returned, 2 built in: 3 kg leaked; but for `grams`."""
    amounts = {
        "opening_g": 10_000,
        "purchased_g": 5_000,
        "closing_g": 9_000,
        "returned_g": 1_000,
        "capacity_change_g": 2_000,
    }
    return StockBalance("switchgear", "SF6", **(amounts | grams))


def test_clinker_of_65_percent_lime_gives_off_510_kg_a_tonne() -> None:
    clinker = ProcessUse("kiln", "CaO", content=Fraction(65, 100))

    given_off = line(process(clinker, TONNE_G, cbam()))

    assert given_off.total_ng == Fraction("0.51025") * TONNE_NG  # rules §G
    assert given_off.category is Category.PROCESS
    assert given_off.method == "content 0.65 x 0.785 tCO2/t x conversion 1"


@pytest.mark.parametrize(
    ("substance", "kg"),
    [("CaCO3", 440), ("MgCO3", 522), ("Na2CO3", 415), ("CaO", 785), ("MgO", 1092)],
)
def test_a_tonne_that_reacts_fully_gives_off_what_the_rules_say(substance: str, kg: int) -> None:
    assert line(process(ProcessUse("m", substance), TONNE_G, cbam())).total_ng == kg * KG_NG
    china = line(process(ProcessUse("m", substance), TONNE_G, books()))
    assert china.total_ng == kg * KG_NG
    assert china.unverified == (
        f"{substance}: stoichiometric value as in the EU's annex; China's guideline was not read",
    )


def test_half_the_limestone_reacts_and_gives_off_half() -> None:
    use = ProcessUse("m", "CaCO3", conversion=Fraction(1, 2))

    assert line(process(use, TONNE_G, cbam())).total_ng == 220 * KG_NG


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match="m: content 65 must be a share from 0 to 1"):
        ProcessUse("m", "CaO", content=Fraction(65))


def test_ninety_megajoules_of_heat_are_9_9_kg() -> None:
    # 25 000 Wh are 90 MJ; 0.09 GJ x 110 kg/GJ = 9.9 kg
    heat = line(purchased_heat("m", 25_000, books()))

    assert heat.total_ng == Fraction("9.9") * KG_NG
    assert heat.scope is Scope.ENERGY
    assert heat.method == "heat x 0.11 tCO2/GJ"


def test_steam_counts_by_its_measured_enthalpy() -> None:
    # 1 t of 2763 kJ/kg is 2.763 GJ, at 0.11 t/GJ 303.93 kg
    measured = line(purchased_steam("m", TONNE_G, 2763, books()))
    named = line(purchased_steam("m", TONNE_G, "steam-2763", books()))

    assert measured.total_ng == named.total_ng == Fraction("303.93") * KG_NG
    assert named.factors[1].id == "park_acceptance/enthalpy:steam-2763/*/*"
    assert (measured.unit, measured.method) == ("g", "mass x enthalpy measured x 0.11 tCO2/GJ")


def test_steam_of_an_unknown_kind_is_an_open_item() -> None:
    assert isinstance(purchased_steam("m", 1, "superheated", books()), OpenItem)


def test_cbam_has_no_default_of_bought_heat() -> None:
    assert isinstance(purchased_heat("m", 1, cbam()), OpenItem)


def test_three_kilograms_of_sf6_leaked_are_seventy_and_seventy_five_tonnes() -> None:
    older = line(leakage(a_balance(), Gwp.AR5, LOCATION))
    newer = line(leakage(a_balance(), Gwp.AR6, LOCATION))

    assert older.total_ng == Fraction("70.5") * TONNE_NG  # 3 kg x 23 500
    assert newer.total_ng == Fraction("75.6") * TONNE_NG  # 3 kg x 25 200
    assert (older.amount, older.gas, older.category) == (3000, "SF6", Category.FUGITIVE)
    assert older.method == "mass balance x GWP100 AR5 23500 tCO2e/t"


@pytest.mark.parametrize(
    ("gas", "ar5", "ar6"),
    [
        ("CH4", "28", "27.9"),
        ("N2O", "265", "273"),
        ("NF3", "16100", "17400"),
        ("CF4", "6630", "7380"),
        ("C2F6", "11100", "12400"),
        ("HFC-23", "12400", "14600"),
        ("HFC-32", "677", "771"),
        ("HFC-125", "3170", "3740"),
        ("HFC-134a", "1300", "1530"),
        ("HFC-143a", "4800", "5810"),
        ("HFC-152a", "138", "164"),
        ("HCFC-22", "1760", "1960"),
    ],
)
def test_a_kilogram_leaked_warms_as_the_reports_say(gas: str, ar5: str, ar6: str) -> None:
    balance = StockBalance("chiller", gas, 1000, 0, 0, 0, 0)

    for gwp, warming in ((Gwp.AR5, ar5), (Gwp.AR6, ar6)):
        assert line(leakage(balance, gwp, LOCATION)).total_ng == Fraction(warming) * KG_NG


def test_what_is_known_of_methane_but_not_read_is_unverified() -> None:
    fossil = StockBalance("pipe", "CH4-fossil", 1000, 0, 0, 0, 0)

    assert line(leakage(fossil, Gwp.AR5, LOCATION)).unverified == (
        "gwp-ar5:CH4-fossil: known but not read in any text (M)",
    )
    assert line(leakage(fossil, Gwp.AR6, LOCATION)).unverified == ()


def test_a_balance_below_zero_is_an_open_item_that_names_its_parts() -> None:
    open_item = leakage(a_balance(closing_g=13_000), Gwp.AR6, LOCATION)

    assert isinstance(open_item, OpenItem)
    assert open_item.kind is OpenKind.NEGATIVE_BALANCE
    assert open_item.message == (
        "SF6 balance of switchgear is -1000 g (opening_g 10000, purchased_g 5000, closing_g 13000, "
        "returned_g 1000, capacity_change_g 2000): more is there than came; correct the part that "
        "is wrong"
    )


def test_equipment_taken_out_of_use_counts_as_leaked_unless_returned() -> None:
    assert a_balance(capacity_change_g=-2_000).leaked_g == 7_000
    assert a_balance(capacity_change_g=-2_000, returned_g=5_000).leaked_g == 3_000


def test_a_stock_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="switchgear: closing_g -1 must be at least 0"):
        a_balance(closing_g=-1)


def test_park_acceptance_counts_no_sf6() -> None:
    outcome = leakage(a_balance(), Gwp.AR6, books())

    assert isinstance(outcome, NotCounted)
    assert outcome.reason == "park_acceptance does not count SF6 of fugitive (boundary_of)"


def test_a_ledger_takes_its_own_warming_potentials() -> None:
    with pytest.raises(ValueError, match="location_based takes GWP from ar5, ar6, not cbam"):
        leakage(a_balance(), Gwp.CBAM, LOCATION)


def test_captured_carbon_is_negative_and_in_no_total() -> None:
    captured = line(capture("absorber", TONNE_G, books()))

    assert captured.total_ng == -TONNE_NG
    assert (captured.category, captured.scope) == (Category.CAPTURE, Scope.OUTSIDE)
    assert not captured.counted
    assert captured.unverified[0] == "captured-co2: a gap in the rules (GAP)"


def test_captured_carbon_of_every_interval_is_negative() -> None:
    captured = line(capture("absorber", np.array([1, 0, 2], dtype=np.int64), books()))

    assert np.asarray(captured.emissions_ng).tolist() == [-(10**9), 0, -2 * 10**9]


@pytest.mark.parametrize(
    ("kind", "ledger", "kg_per_mwh"),
    [
        ("grid", Ledger.PARK_ACCEPTANCE, "827.3"),
        ("unknown", Ledger.PARK_ACCEPTANCE, "827.3"),
        ("unaccounted", Ledger.PARK_ACCEPTANCE, "827.3"),
        ("fossil", Ledger.PARK_ACCEPTANCE, "827.3"),
        ("grid", Ledger.LOCATION_BASED, "530.6"),
        ("grid", Ledger.MARKET_BASED, "609.6"),
        ("grid", Ledger.PRODUCT_FOOTPRINT, "620.5"),
        ("pv", Ledger.PARK_ACCEPTANCE, "0"),
        ("wind", Ledger.MARKET_BASED, "0"),
        ("chp", Ledger.LOCATION_BASED, "0"),
        ("pv", Ledger.PRODUCT_FOOTPRINT, "54.5"),
        ("wind", Ledger.PRODUCT_FOOTPRINT, "33.6"),
    ],
)
def test_a_megawatt_hour_of_2023_by_the_way_it_came(
    kind: str, ledger: Ledger, kg_per_mwh: str
) -> None:
    power = line(supplied(kind, "m", 10**6, books(ledger)))

    assert power.total_ng == Fraction(kg_per_mwh) * KG_NG
    assert power.counted


@pytest.mark.parametrize(
    ("kind", "ledger"),
    [
        ("fossil", Ledger.LOCATION_BASED),
        ("coal", Ledger.PRODUCT_FOOTPRINT),
        ("grid", Ledger.CBAM),
        ("grid", Ledger.BATTERY),
    ],
)
def test_power_without_a_published_factor_is_an_open_item(kind: str, ledger: Ledger) -> None:
    missing = supplied(kind, "m", 1, books(ledger))

    assert isinstance(missing, OpenItem)
    assert quantity_of(kind, ledger) in missing.message


def test_emission_trading_counts_no_bought_power_unless_switched_on() -> None:
    assert isinstance(supplied("grid", "m", 1, books(Ledger.EMISSION_TRADING)), NotCounted)


def test_smelting_gives_off_perfluorocarbons_by_minutes_of_anode_effect() -> None:
    # 2 min x 0.143 kg/t x 1 t: 0.286 kg CF4 and 0.121 of that C2F6
    smelting = Smelting("cells", "CWPB", Fraction(2))

    cf4, c2f6 = perfluorocarbons(smelting, TONNE_G, Gwp.CBAM, cbam(sector=Sector.ALUMINIUM))

    assert line(cf4).total_ng == Fraction("0.286") * 6630 * KG_NG
    assert line(c2f6).total_ng == Fraction("0.286") * Fraction("0.121") * 11_100 * KG_NG


def a_stream(material: str, tonnes: int, *, leaves: bool = False) -> CarbonStream:
    return CarbonStream("scale", material, tonnes * TONNE_G, leaves)


def test_carbon_that_does_not_leave_with_the_steel_is_co2() -> None:
    # in: 100 t pig iron x 0.0409; out: 90 t steel x 0.0109; 4.09 - 0.981 = 3.109 tC x 3.664
    streams = [a_stream("pig-iron", 100), a_stream("steel", 90, leaves=True)]

    lines = carbon_balance("converter", streams, cbam())

    assert isinstance(lines, tuple)
    assert sum(one.total_ng for one in lines) == Fraction("3.109") * Fraction("3.664") * TONNE_NG
    assert [one.activity for one in lines] == ["carbon-in:pig-iron", "carbon-out:steel"]
    assert lines[1].total_ng == -Fraction("0.981") * Fraction("3.664") * TONNE_NG


def test_a_measured_content_replaces_the_default() -> None:
    measured = CarbonStream("scale", "steel", TONNE_G, leaves=False, content=Fraction(1, 100))

    lines = carbon_balance("converter", [measured], cbam())

    assert isinstance(lines, tuple)
    assert lines[0].total_ng == Fraction("0.03664") * TONNE_NG
    assert lines[0].method == "mass x carbon 0.01 t/t, measured x 3.664 tCO2/t"


def test_more_carbon_out_than_in_is_an_open_item_that_names_the_streams() -> None:
    streams = [a_stream("steel", 1), a_stream("pig-iron", 1, leaves=True)]

    outcome = carbon_balance("converter", streams, cbam())

    assert isinstance(outcome, OpenItem)
    assert outcome.kind is OpenKind.NEGATIVE_BALANCE
    assert "carbon balance of converter is -109920000000000 ng CO2 (carbon-in:steel" in (
        outcome.message
    )  # 0.0300 tC x 3.664


def test_a_material_without_a_carbon_content_is_an_open_item() -> None:
    assert isinstance(carbon_balance("converter", [a_stream("wood", 1)], cbam()), OpenItem)


def test_perfluorocarbons_belong_to_aluminium_alone() -> None:
    outcomes = perfluorocarbons(Smelting("c", "CWPB", Fraction(1)), 1, Gwp.CBAM, cbam())

    assert [type(outcome) for outcome in outcomes] == [NotCounted, NotCounted]


@pytest.mark.parametrize(
    ("carrier", "unit", "amount", "kgce"),
    [
        ("electricity", "Wh", 1000, "0.1229"),
        ("heat", "Wh", 2_500_000, "307.08"),  # 9 GJ x 34.12 kgce
        ("raw-coal", "g", 1000, "0.7143"),
        ("washed-coal", "g", 1000, "0.9"),
        ("middlings", "g", 1000, "0.2857"),
        ("coke", "g", 1000, "0.9714"),
        ("crude-oil", "g", 1000, "1.4286"),
        ("fuel-oil", "g", 1000, "1.4286"),
        ("gasoline", "g", 1000, "1.4714"),
        ("kerosene", "g", 1000, "1.4714"),
        ("diesel", "g", 1000, "1.4571"),
        ("lpg", "g", 1000, "1.7143"),
        ("refinery-gas", "g", 1000, "1.5714"),
        ("natural-gas", "Ndm3", 1000, "1.33"),
        ("coke-oven-gas", "Ndm3", 1000, "0.5714"),
        ("steam-3763", "g", 1000, "0.1286"),
        ("steam-2763", "g", 1000, "0.0943"),
    ],
)
def test_standard_coal_is_as_the_rules_print(
    carrier: str, unit: str, amount: int, kgce: str
) -> None:
    coal = coal_equivalent("m", carrier, amount, unit, books())

    assert isinstance(coal, CoalEquivalent)
    # heat is per GJ, so its whole ng per Wh are exact to 10**-9
    assert abs(coal.total_ng - Fraction(kgce) * KG_NG) <= amount // 2


def test_standard_coal_by_measured_heat_is_verified_and_needs_no_coefficient() -> None:
    # 29 307.6 kJ/kg is standard coal itself: 2 kg of 14 653.8 are 1 kgce; 14 654 rounds it up
    coal = measured_coal_equivalent("m", "natural-gas", 2000, "Ndm3", 14_654)

    assert round(Fraction(coal.total_ng, KG_NG), 4) == 1
    assert coal.unverified == ()


def test_the_default_of_natural_gas_is_shown_as_unverified() -> None:
    coal = coal_equivalent("m", "natural-gas", 1, "Ndm3", books())

    assert isinstance(coal, CoalEquivalent)
    assert coal.unverified == (
        "coal-equivalent:natural-gas: published range 1.10 to 1.33 kgce/m3; measure the NCV and "
        "divide by 29.3076 MJ/kgce",
    )


def test_standard_coal_of_a_volume_of_diesel_is_refused() -> None:
    with pytest.raises(UnitsDiffer, match="kgce/kg and cannot become kgce/dm3"):
        coal_equivalent("m", "diesel", 1, "dm3", books())


def test_a_park_of_grid_power_alone_has_6_77_tonnes_a_tce() -> None:
    basis = books(at=date(2022, 7, 1))
    power = line(supplied("grid", "m", 10**9, basis))
    coal = coal_equivalent("m", "electricity", 10**9, "Wh", basis)

    assert isinstance(coal, CoalEquivalent)
    assert round(Fraction(power.total_ng, coal.total_ng), 2) == Fraction("6.77")  # rules 0.1(4)
