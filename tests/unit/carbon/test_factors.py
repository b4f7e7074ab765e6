"""Factors: exact, cited, never guessed; ledgers that cannot be added."""

from fractions import Fraction
from pathlib import Path

import pytest

from services.carbon_accounting.domain.booking import QUANTITIES
from services.carbon_accounting.domain.factors import (
    Factor,
    FactorSet,
    FactorStore,
    FactorYear,
    MissingFactor,
)
from services.carbon_accounting.domain.ledgers import (
    LIVE_LEDGERS,
    Emissions,
    Ledger,
    LocationBased,
    MarketBased,
    MixedLedgers,
    ParkAcceptance,
)
from services.carbon_accounting.factor_file import factors_for, load_factors
from tests.support.builders import a_park


def grid_factor(ledger: Ledger, region: str, year: int) -> Fraction:
    return load_factors().find(ledger, "grid-import", FactorYear(region, year)).mg_per_wh


@pytest.mark.parametrize(
    ("ledger", "region", "year", "kg_per_kwh"),
    [
        (Ledger.PARK_ACCEPTANCE, "CN", 2022, "0.8325"),
        (Ledger.PARK_ACCEPTANCE, "CN", 2023, "0.8273"),
        (Ledger.LOCATION_BASED, "CN", 2023, "0.5306"),
        (Ledger.LOCATION_BASED, "CN-SOUTHWEST", 2021, "0.2113"),
        (Ledger.LOCATION_BASED, "CN-NM", 2023, "0.6479"),
        (Ledger.LOCATION_BASED, "CN-GD", 2022, "0.4403"),
        (Ledger.MARKET_BASED, "CN", 2023, "0.6096"),
    ],
)
def test_grid_factors_are_those_of_the_rules(
    ledger: Ledger, region: str, year: int, kg_per_kwh: str
) -> None:
    assert grid_factor(ledger, region, year) == Fraction(kg_per_kwh) * 1000


def test_the_gas_factor_is_carbon_content_times_oxidation_times_44_12ths() -> None:
    found = load_factors().find(Ledger.PARK_ACCEPTANCE, "natural-gas", FactorYear("CN", 2023))

    t_per_gj = Fraction("0.01532") * Fraction("0.99") * Fraction(44, 12)
    assert round(t_per_gj * 1000, 1) == Fraction("55.6")  # kg/GJ, rules C.2
    assert found.mg_per_wh == t_per_gj * 10**9 * 3600 / 10**9  # 3600 J in a Wh
    assert found.is_unverified_in(2023)  # lower heating value is assumed


def test_a_missing_factor_is_an_error_that_names_it() -> None:
    with pytest.raises(MissingFactor, match=r"market_based, quantity grid-import, .*year 2021"):
        grid_factor(Ledger.MARKET_BASED, "CN", 2021)


def test_no_other_region_stands_in() -> None:
    with pytest.raises(MissingFactor, match="region CN-GD, year 2023"):
        grid_factor(Ledger.LOCATION_BASED, "CN-GD", 2023)


def test_all_missing_factors_are_named_at_once() -> None:
    choices = dict.fromkeys(LIVE_LEDGERS, FactorYear("MARS", 2023))

    with pytest.raises(MissingFactor) as caught:
        FactorSet.chosen(load_factors(), choices, QUANTITIES)

    assert len(str(caught.value).splitlines()) == 3


def test_the_newest_version_is_taken() -> None:
    first, second = (
        Factor(Ledger.LOCATION_BASED, "x", "CN", 2023, version, Fraction(version), "V", "s")
        for version in (1, 2)
    )

    store = FactorStore([second, first])

    assert store.find(Ledger.LOCATION_BASED, "x", FactorYear("CN", 2023)) is second


def test_a_factor_of_another_year_stands_in_only_as_unverified() -> None:
    factor = Factor(Ledger.LOCATION_BASED, "x", "CN", 2023, 1, Fraction(1), "V2", "s")

    assert not factor.is_unverified_in(2023)
    assert factor.is_unverified_in(2019)


def test_a_gap_in_the_rules_is_shown_as_unverified() -> None:
    assert Factor(
        Ledger.LOCATION_BASED, "x", "*", None, 1, Fraction(1), "GAP", "s"
    ).is_unverified_in(2023)


def test_half_a_milligram_goes_to_the_even_neighbour() -> None:
    factor = Factor(Ledger.LOCATION_BASED, "x", "*", None, 1, Fraction(1, 2), "V", "s")

    assert [factor.emissions_mg(wh) for wh in (1, 2, 3, 5)] == [0, 1, 2, 2]


def test_the_demo_park_finds_all_its_factors() -> None:
    found = factors_for(a_park(), 2022, load_factors())

    assert found.of(Ledger.PARK_ACCEPTANCE, "grid-import").mg_per_wh == Fraction("832.5")


def test_every_wrong_row_of_the_factor_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "factors.csv"
    head = "ledger,quantity,region,year,version,value,unit,trust,source,unverified_because\n"
    file.write_text(head + "pcf,x,CN,2023,1,1,kg/kWh,V,s,\nmarket_based,x,CN,2023,1,1,lb,V,s,\n")

    with pytest.raises(ValueError, match=r"csv:2: ledger 'pcf'[^\n]*\nfactors.csv:3: unit 'lb'"):
        load_factors(file)


def test_emissions_of_one_ledger_add_up() -> None:
    assert Emissions(LocationBased, 2) + Emissions(LocationBased, 3) == Emissions(LocationBased, 5)


def test_emissions_of_two_ledgers_are_never_added() -> None:
    with pytest.raises(MixedLedgers, match="ParkAcceptance and MarketBased are never added"):
        Emissions(ParkAcceptance, 1) + Emissions(MarketBased, 1)  # type: ignore[arg-type]


def test_emissions_are_never_added_to_a_bare_number() -> None:
    with pytest.raises(TypeError):
        Emissions(ParkAcceptance, 1) + 1  # type: ignore[operator]


def test_location_and_market_totals_of_the_rules_example() -> None:
    # §G: 1,000,000 kWh; grid 0.20; 600,000 kWh certified at 0; residual 0.45
    grid, residual = Fraction(200), Fraction(450)

    assert 1_000_000_000 * grid == 200 * 10**9  # 200 t in mg
    assert 600_000_000 * 0 + 400_000_000 * residual == 180 * 10**9


def test_published_factors_fall_as_the_rules_say() -> None:
    now, before = (grid_factor(Ledger.LOCATION_BASED, "CN", year) for year in (2023, 2022))

    assert round((now / before - 1) * 100, 1) == Fraction("-1.1")
