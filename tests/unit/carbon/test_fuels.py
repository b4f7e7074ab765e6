"""Fuels: the tables of rules C.2 and C.3 reproduced, measured heat, units that cannot meet."""

from fractions import Fraction

import numpy as np
import pytest

from services.carbon_accounting.domain.activities.combustion import (
    Equipment,
    FuelUse,
    biogenic,
    combustion,
)
from services.carbon_accounting.domain.activities.gas_volume import (
    GasConditions,
    at_normal_conditions,
)
from services.carbon_accounting.domain.activities.line import (
    Category,
    NotCounted,
    OpenItem,
    OpenKind,
    Scope,
)
from services.carbon_accounting.domain.factoring.exact import BeyondInt64
from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.factoring.fuel import MissingEquipment
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.units import UnitsDiffer
from tests.support.carbon_factors import (
    KG_NG,
    MID_2023,
    TONNE_NG,
    books,
    cbam,
    line,
    rules_factors,
)

TONNE_G = 10**6
SOLIDS = ("anthracite", "bituminous-coal", "lignite", "coke")
CHINA = (
    Ledger.PARK_ACCEPTANCE,
    Ledger.LOCATION_BASED,
    Ledger.MARKET_BASED,
    Ledger.EMISSION_TRADING,
)


def rounded(ng: int, digits: int) -> str:
    return f"{float(round(Fraction(ng, TONNE_NG), digits)):.{digits}f}"


@pytest.mark.parametrize("ledger", CHINA)
@pytest.mark.parametrize(
    ("fuel", "tonnes"),
    [
        ("anthracite", "1.959"),
        ("bituminous-coal", "1.660"),
        ("lignite", "1.287"),
        ("coke", "2.607"),
        ("petroleum-coke", "3.212"),
        ("crude-oil", "3.017"),
        ("fuel-oil", "3.170"),  # the rules print 3.171, which their own parts deny (3.17046)
        ("gasoline", "2.925"),
        ("diesel", "3.096"),
        ("kerosene", "3.033"),
        ("lng", "3.183"),
        ("lpg", "3.101"),
        ("refinery-gas", "3.008"),
    ],
)
def test_a_tonne_burnt_in_an_industrial_boiler_is_as_the_rules_print(
    ledger: Ledger, fuel: str, tonnes: str
) -> None:
    equipment = Equipment.INDUSTRIAL_BOILER if fuel in SOLIDS else None

    burnt = line(combustion(FuelUse("m", fuel, "g", equipment), TONNE_G, books(ledger)))

    assert rounded(burnt.total_ng, 3) == tonnes


@pytest.mark.parametrize(
    ("fuel", "tonnes"),
    [
        ("natural-gas", "21.650"),
        ("blast-furnace-gas", "8.481"),
        ("converter-gas", "15.124"),
        ("coke-oven-gas", "7.636"),
    ],
)
def test_ten_thousand_normal_cubic_metres_are_as_the_rules_print(fuel: str, tonnes: str) -> None:
    burnt = line(combustion(FuelUse("m", fuel, "Ndm3"), 10**7, books()))

    assert rounded(burnt.total_ng, 3) == tonnes


@pytest.mark.parametrize(
    ("equipment", "tonnes"),
    [("kiln", "2.282"), ("utility-boiler", "2.190"), ("industrial-boiler", "1.959")],
)
def test_a_solid_oxidises_by_its_equipment(equipment: str, tonnes: str) -> None:
    # anthracite: 22.867 GJ/t x 0.02749 tC/GJ x 44/12 = 2.30492 t/t at full oxidation
    use = FuelUse("m", "anthracite", "g", Equipment(equipment))

    burnt = line(combustion(use, TONNE_G, books()))

    assert rounded(burnt.total_ng, 3) == tonnes
    assert [ref.id for ref in burnt.factors] == [
        "park_acceptance/anthracite/*/*",
        f"park_acceptance/oxidation:{equipment}/*/*",
    ]


def test_a_solid_without_equipment_is_a_named_mistake() -> None:
    with pytest.raises(MissingEquipment, match=r"anthracite in ledger park_acceptance needs equip"):
        combustion(FuelUse("m", "anthracite", "g"), TONNE_G, books())


@pytest.mark.parametrize(
    ("fuel", "kg_per_gj", "gj_per_t"),
    [
        ("gasoline", "69.3", "44.3"),
        ("diesel", "74.1", "43.0"),
        ("fuel-oil", "77.4", "40.4"),
        ("lpg", "63.1", "47.3"),
        ("petroleum-coke", "97.5", "32.5"),
        ("anthracite", "98.3", "26.7"),
        ("coking-coal", "94.6", "28.2"),
        ("bituminous-coal", "94.6", "25.8"),
        ("sub-bituminous-coal", "96.1", "18.9"),
        ("lignite", "101", "11.9"),
        ("coke", "107", "28.2"),
        ("coke-oven-gas", "44.4", "38.7"),
        ("blast-furnace-gas", "260", "2.47"),
        ("converter-gas", "182", "7.06"),
        ("natural-gas", "56.1", "48.0"),
        ("methane", "54.9", "50"),
        ("wood", "112", "15.6"),
    ],
)
def test_cbam_burns_by_its_own_table_and_all_of_the_carbon(
    fuel: str, kg_per_gj: str, gj_per_t: str
) -> None:
    burnt = line(combustion(FuelUse("m", fuel, "g"), TONNE_G, cbam()))

    assert burnt.total_ng == Fraction(kg_per_gj) * Fraction(gj_per_t) * KG_NG


def test_a_gigajoule_of_gas_differs_between_china_and_cbam() -> None:
    use = FuelUse("m", "natural-gas", "Wh", net_heat=True)
    gigajoules_9 = 2_500_000  # Wh: 9 GJ

    china = line(combustion(use, gigajoules_9, books())).total_ng
    europe = line(combustion(use, gigajoules_9, cbam())).total_ng

    assert china == 9 * Fraction("55.6116") * KG_NG  # 0.01532 x 0.99 x 44/12
    assert europe == 9 * Fraction("56.1") * KG_NG


def test_the_live_gas_factor_is_the_same() -> None:
    burnt = line(combustion(FuelUse("m", "natural-gas", "Wh"), 1, books()))

    assert burnt.total_ng == 200_201_760  # 0.20020176 kg/kWh, docs/ledgers.md


def test_heat_metered_in_watt_hours_is_assumed_net_and_told_unless_declared() -> None:
    told = line(combustion(FuelUse("m", "natural-gas", "Wh"), 1, books()))
    declared = line(combustion(FuelUse("m", "natural-gas", "Wh", net_heat=True), 1, books()))

    assert told.unverified == ("m: its Wh are assumed to be net (lower) heat",)
    assert declared.unverified == ()


def test_a_measured_heat_of_combustion_replaces_the_default() -> None:
    # 2 t of diesel of 40 GJ/t: 80 GJ x 0.0202 x 0.98 x 44/12 = 5.80683 t
    use = FuelUse("m", "diesel", "g", measured_ncv=40_000)

    burnt = line(combustion(use, 2 * TONNE_G, books()))

    assert rounded(burnt.total_ng, 5) == "5.80683"
    assert burnt.method == "NCV measured x CC 0.0202 tC/GJ x 44/12 x OF 0.98"


def test_a_measured_heat_equal_to_the_default_changes_nothing() -> None:
    measured = FuelUse("m", "diesel", "g", measured_ncv=42_652)

    assert (
        line(combustion(measured, TONNE_G, books())).total_ng
        == line(combustion(FuelUse("m", "diesel", "g"), TONNE_G, books())).total_ng
    )


def test_every_interval_has_its_own_measured_heat() -> None:
    ncv = np.array([40_000, 42_652], dtype=np.int64)
    amounts = np.array([1000, 1000], dtype=np.int64)

    both = line(combustion(FuelUse("m", "diesel", "g", measured_ncv=ncv), amounts, books()))

    singly = [
        line(combustion(FuelUse("m", "diesel", "g", measured_ncv=one), 1000, books())).total_ng
        for one in (40_000, 42_652)
    ]
    assert np.asarray(both.emissions_ng).tolist() == singly


def test_an_unknown_heat_or_amount_stays_unknown_and_is_not_zero() -> None:
    amounts = np.ma.array([1, 2, 3], mask=[False, True, False], dtype=np.int64)
    ncv = np.ma.array([40_000, 40_000, 1], mask=[False, False, True], dtype=np.int64)

    burnt = line(combustion(FuelUse("m", "diesel", "g", measured_ncv=ncv), amounts, books()))

    assert np.ma.getmaskarray(burnt.emissions_ng).tolist() == [False, True, True]
    # 40 000 J/g x 0.0202e6 x 0.98 x 44/12 ng/J = 2 903 413 333.3 ng/g
    assert burnt.total_ng == 2_903_413_333


def test_a_measured_heat_of_zero_is_refused() -> None:
    ncv = np.array([40_000, 0], dtype=np.int64)

    with pytest.raises(ValueError, match=r"measured ncv of m: 0 must be above 0; mask what"):
        combustion(FuelUse("m", "diesel", "g", measured_ncv=ncv), ncv, books())


def test_a_gas_at_actual_conditions_needs_a_declared_conversion() -> None:
    volume = 2_000_000  # dm3

    with pytest.raises(UnitsDiffer, match=r"MJ/Nm3 and cannot become J/dm3.*declare a conversion"):
        combustion(FuelUse("m", "natural-gas", "dm3"), volume, books())

    normal = at_normal_conditions(volume, GasConditions(Fraction(1, 2)), "m")
    burnt = line(combustion(FuelUse("m", "natural-gas", "Ndm3"), normal, books()))
    assert rounded(burnt.total_ng, 3) == "2.165"  # 1000 Nm3


def test_two_bar_at_the_freezing_point_are_two_normal_volumes() -> None:
    assert GasConditions.at(pressure_pa=202_650, temperature_mk=273_150).ratio == 2
    with pytest.raises(ValueError, match="absolute and above 0"):
        GasConditions.at(pressure_pa=-1, temperature_mk=273_150)


def test_a_volume_beyond_64_bits_on_the_way_is_converted_all_the_same() -> None:
    conditions = GasConditions.at(pressure_pa=202_657, temperature_mk=293_157)
    volumes = np.ma.array([10**9, 1], mask=[False, True], dtype=np.int64)

    normal = at_normal_conditions(volumes, conditions, "m")

    # 10**9 x 202657/101325 x 273150/293157 = 1 863 570 955.04
    assert np.ma.compressed(normal).tolist() == [1_863_570_955]
    with pytest.raises(BeyondInt64, match=r"m: 1000000000 x 1e\+10 exceeds 64 bits"):
        at_normal_conditions(volumes, GasConditions(Fraction(10**10)), "m")


def test_mass_cannot_meet_a_gas_factor() -> None:
    with pytest.raises(UnitsDiffer, match=r"factor park_acceptance/natural-gas/\*/\* is in MJ/Nm3"):
        combustion(FuelUse("m", "natural-gas", "g"), 1, books())


def test_a_heat_meter_has_no_measured_heat_of_combustion() -> None:
    with pytest.raises(ValueError, match="amounts in Wh are heat already"):
        FuelUse("m", "natural-gas", "Wh", measured_ncv=38_931)


def test_a_line_says_what_it_was_made_of() -> None:
    burnt = line(combustion(FuelUse("truck", "diesel", "g"), 1, books()))

    assert burnt.scope is Scope.DIRECT
    assert burnt.category is Category.STATIONARY_COMBUSTION
    assert (burnt.gas, burnt.activity, burnt.subject) == ("CO2", "combustion:diesel", "truck")
    assert burnt.factors == (("park_acceptance/diesel/*/*", 1),)
    assert burnt.method == "NCV 42.652 GJ/t (default) x CC 0.0202 tC/GJ x 44/12 x OF 0.98"
    assert burnt.unverified == ()
    assert burnt.counted


def test_the_carbon_content_of_bituminous_coal_is_unverified() -> None:
    use = FuelUse("m", "bituminous-coal", "g", Equipment.KILN)

    told = line(combustion(use, 1, books())).unverified

    assert told == (
        "bituminous-coal: known but not read in any text (M)",
        "bituminous-coal: carbon content 0.02308 tC/GJ conflicts with the usual guideline value "
        "0.02618 tC/GJ",
    )


def test_a_factor_that_its_parts_deny_is_shown_as_unverified() -> None:
    (told,) = line(combustion(FuelUse("m", "fuel-oil", "g"), 1, books())).unverified

    assert told.startswith("fuel-oil: states 3.171 tCO2/t, but")


def test_a_fuel_without_a_factor_is_an_open_item() -> None:
    missing = combustion(FuelUse("m", "peat", "g"), 1, books())

    assert isinstance(missing, OpenItem)
    assert missing.kind is OpenKind.MISSING_FACTOR
    assert missing.subject == "m"
    assert "quantity peat" in missing.message


def test_a_footprint_has_a_fuels_own_co2_and_shows_it_as_unverified() -> None:
    use = FuelUse("m", "diesel", "g")

    burnt = line(combustion(use, TONNE_G, books(Ledger.PRODUCT_FOOTPRINT)))

    assert burnt.total_ng == line(combustion(use, TONNE_G, books())).total_ng
    assert burnt.unverified[0].startswith("diesel: the fuel's own CO2 alone")


def test_biogenic_carbon_is_apart_and_in_no_total() -> None:
    wood = line(biogenic(FuelUse("m", "wood", "g"), TONNE_G, cbam()))

    assert (wood.scope, wood.unverified) == (Scope.OUTSIDE, ())
    assert not wood.counted
    assert wood.total_ng == Fraction("112") * Fraction("15.6") * KG_NG


def test_negative_consumption_is_refused_with_its_meter_and_value() -> None:
    amounts = np.array([5, -3], dtype=np.int64)

    with pytest.raises(ValueError, match="gas-1: amount -3 is below zero; correct the reading"):
        combustion(FuelUse("gas-1", "natural-gas", "Ndm3"), amounts, books())


@pytest.mark.parametrize("amounts", [1.5, True, np.array([1.5]), np.array([1], dtype=np.int32)])
def test_amounts_are_whole(amounts: object) -> None:
    with pytest.raises(TypeError, match="m: amounts are int or int64 arrays"):
        combustion(FuelUse("m", "diesel", "g"), amounts, books())  # type: ignore[arg-type]


def test_what_64_bits_cannot_hold_is_refused_with_the_meter() -> None:
    amounts = np.array([3_000_000_000], dtype=np.int64)  # 3000 t of diesel in one interval

    with pytest.raises(BeyondInt64, match=r"depot: .* exceeds 64 bits; split the meter"):
        combustion(FuelUse("depot", "diesel", "g"), amounts, books())


def test_a_year_of_emissions_is_summed_beyond_64_bits() -> None:
    amounts = np.full(8, 2_000_000_000, dtype=np.int64)

    burnt = line(combustion(FuelUse("depot", "diesel", "g"), amounts, books()))

    assert burnt.total_ng == 8 * int(np.asarray(burnt.emissions_ng)[0]) > 2**63


def test_mobile_machinery_is_left_out_of_cbam() -> None:
    use = FuelUse("truck", "diesel", "g", category=Category.MOBILE_COMBUSTION)

    left_out = combustion(use, 1, cbam())

    assert isinstance(left_out, NotCounted)
    assert left_out.reason == (
        "cbam does not count CO2 of mobile-combustion (boundary_of); mobile machinery: not read in "
        "the annexes (M)"
    )
    assert line(combustion(use, 1, books())).scope is Scope.DIRECT


def test_a_fuel_cannot_be_burnt_as_refrigerant() -> None:
    with pytest.raises(ValueError, match="fugitive is no combustion"):
        FuelUse("m", "diesel", "g", category=Category.FUGITIVE)


def test_what_is_no_fuel_cannot_be_burnt() -> None:
    with pytest.raises(ValueError, match="CaCO3 is no fuel"):
        combustion(FuelUse("m", "CaCO3", "g"), 1, books())


def test_a_solids_parts_alone_are_no_value() -> None:
    factor = rules_factors().find(Ledger.PARK_ACCEPTANCE, "anthracite", "CN", MID_2023)
    assert isinstance(factor, Factor)

    with pytest.raises(ValueError, match="states no value, only parts; give the equipment"):
        factor.ng_per("g")
