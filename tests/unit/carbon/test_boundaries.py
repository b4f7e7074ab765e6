"""Which activities and gases belong in which ledger (rules 0.1(2), E.4, F)."""

import pytest

from services.carbon_accounting.domain.activities.boundary import BESIDE, Gwp, Sector, boundary_of
from services.carbon_accounting.domain.activities.line import Category
from services.carbon_accounting.domain.ledgers import Ledger

FUEL, MOBILE = Category.STATIONARY_COMBUSTION, Category.MOBILE_COMBUSTION
PROCESS, LEAK = Category.PROCESS, Category.FUGITIVE
POWER, HEAT = Category.PURCHASED_ELECTRICITY, Category.PURCHASED_HEAT
EVERY = {FUEL, MOBILE, PROCESS, LEAK, POWER, HEAT}


@pytest.mark.parametrize(
    ("ledger", "counted"),
    [
        (Ledger.PARK_ACCEPTANCE, {FUEL, MOBILE, PROCESS, POWER, HEAT}),
        (Ledger.LOCATION_BASED, EVERY),
        (Ledger.MARKET_BASED, EVERY),
        (Ledger.PRODUCT_FOOTPRINT, EVERY),
        (Ledger.CBAM, {FUEL, PROCESS, POWER, HEAT}),
        (Ledger.EMISSION_TRADING, {FUEL, PROCESS}),
        (Ledger.BATTERY, EVERY),
    ],
)
def test_a_ledger_counts_these_kinds_of_co2(ledger: Ledger, counted: set[Category]) -> None:
    boundary = boundary_of(ledger)

    assert {kind for kind in Category if boundary.counts(kind, "CO2")} == counted


@pytest.mark.parametrize(
    ("ledger", "sector", "gases"),
    [
        (Ledger.PARK_ACCEPTANCE, Sector.ALUMINIUM, {"CO2"}),
        (Ledger.LOCATION_BASED, Sector.OTHER, {"CO2", "CH4", "N2O", "SF6", "CF4", "C2F6"}),
        (Ledger.MARKET_BASED, Sector.OTHER, {"CO2", "CH4", "N2O", "SF6", "CF4", "C2F6"}),
        (Ledger.CBAM, Sector.CEMENT, {"CO2"}),
        (Ledger.CBAM, Sector.FERTILISER, {"CO2", "N2O"}),
        (Ledger.CBAM, Sector.ALUMINIUM, {"CO2", "CF4", "C2F6"}),
        (Ledger.EMISSION_TRADING, Sector.STEEL, {"CO2"}),
        (Ledger.EMISSION_TRADING, Sector.ALUMINIUM, {"CO2", "CF4", "C2F6"}),
    ],
)
def test_a_ledger_counts_these_gases_of_a_sector(
    ledger: Ledger, sector: Sector, gases: set[str]
) -> None:
    boundary = boundary_of(ledger, sector)
    every = ("CO2", "CH4", "N2O", "SF6", "CF4", "C2F6")

    assert {gas for gas in every if boundary.counts(PROCESS, gas)} == gases


def test_bought_power_enters_emission_trading_by_a_switch() -> None:
    switched = boundary_of(Ledger.EMISSION_TRADING, Sector.POWER, indirect_in_ets=True)

    assert switched.counts(POWER, "CO2")
    assert switched.counts(HEAT, "CO2")
    assert not boundary_of(Ledger.CBAM, indirect_in_ets=True).counts(LEAK, "CO2")


def test_the_scope_of_emission_trading_is_unverified() -> None:
    assert boundary_of(Ledger.EMISSION_TRADING).doubts == (
        "emission_trading: gases and scopes by sector are known but not read (M)",
    )
    assert boundary_of(Ledger.PARK_ACCEPTANCE).doubts == ()


@pytest.mark.parametrize("ledger", list(Ledger))
def test_capture_and_biogenic_carbon_are_booked_beside_every_total(ledger: Ledger) -> None:
    boundary = boundary_of(ledger)

    for kind in BESIDE:
        assert boundary.books(kind, "CO2")
        assert not boundary.counts(kind, "CO2")


def test_only_cbam_takes_its_own_warming_potentials() -> None:
    assert [ledger for ledger in Ledger if Gwp.CBAM in boundary_of(ledger).gwp] == [Ledger.CBAM]
    assert boundary_of(Ledger.PARK_ACCEPTANCE).gwp == ()


def test_what_no_rule_or_factor_covers_is_told_of_the_ledger() -> None:
    told = {ledger: boundary_of(ledger).gaps for ledger in Ledger}

    assert told[Ledger.LOCATION_BASED] == (
        "CH4 and N2O of combustion: no factor in the rules (GAP)",
    )
    assert [ledger for ledger in Ledger if not told[ledger]] == [Ledger.EMISSION_TRADING]


def test_every_category_has_its_scope() -> None:
    assert {kind.value: kind.scope.value for kind in Category} == {
        "stationary-combustion": "1",
        "mobile-combustion": "1",
        "process": "1",
        "fugitive": "1",
        "purchased-electricity": "2",
        "purchased-heat": "2",
        "biogenic": "outside",
        "capture": "outside",
    }
