"""The factor store: found by ledger, quantity, region and day; never a default (rules H)."""

from datetime import date
from fractions import Fraction

import pytest

from services.carbon_accounting.domain.factoring.factor import ALWAYS, Factor, Validity
from services.carbon_accounting.domain.factoring.store import (
    FactorStore,
    MissingFactor,
    Overlap,
    StandIn,
)
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.units import UnitsDiffer
from tests.support.carbon_factors import MID_2023, a_factor, rules_factors, years

LOCATION = Ledger.LOCATION_BASED
GRID = "grid-electricity"
MID_2026 = date(2026, 7, 1)


def found(store: FactorStore, at: date = MID_2023, region: str = "CN") -> Factor:
    factor = store.find(LOCATION, GRID, region, at)
    assert isinstance(factor, Factor), factor
    return factor


@pytest.mark.parametrize(
    ("ledger", "quantity", "region", "year", "ng_per_wh"),
    [
        (Ledger.PARK_ACCEPTANCE, "fossil-power", "CN", 2022, 832_500_000),
        (Ledger.PARK_ACCEPTANCE, "fossil-power", "CN", 2023, 827_300_000),
        (Ledger.LOCATION_BASED, GRID, "CN", 2023, 530_600_000),
        (Ledger.LOCATION_BASED, GRID, "CN-SOUTHWEST", 2021, 211_300_000),
        (Ledger.LOCATION_BASED, GRID, "CN-NM", 2023, 647_900_000),
        (Ledger.MARKET_BASED, "residual-mix", "CN", 2023, 609_600_000),
        (Ledger.PRODUCT_FOOTPRINT, GRID, "CN", 2023, 620_500_000),
        (Ledger.PRODUCT_FOOTPRINT, GRID, "CN", 2024, 577_700_000),
        (Ledger.PRODUCT_FOOTPRINT, "pv-electricity", "CN", 2023, 54_500_000),
        (Ledger.PARK_ACCEPTANCE, "purchased-heat", "CN", 2023, 396_000_000),  # 0.11 t/GJ x 3.6
    ],
)
def test_factors_are_those_of_the_rules_in_whole_nanograms_per_watt_hour(
    ledger: Ledger, quantity: str, region: str, year: int, ng_per_wh: int
) -> None:
    factor = rules_factors().find(ledger, quantity, region, date(year, 12, 31))

    assert isinstance(factor, Factor)
    assert factor.ng_per("Wh") == ng_per_wh


def test_a_missing_year_is_named_with_what_there_is_and_never_the_neighbour() -> None:
    missing = rules_factors().find(LOCATION, GRID, "CN-GD", MID_2023)

    assert missing == MissingFactor(LOCATION, GRID, "CN-GD", MID_2023, ("2021", "2022"))
    assert str(missing) == (
        "no factor for ledger location_based, quantity grid-electricity, region CN-GD on "
        "2023-07-01; there are 2021, 2022; add a row to a factor file or let the park declare "
        "which year stands in"
    )


def test_the_nation_does_not_stand_in_for_a_province() -> None:
    assert isinstance(rules_factors().find(LOCATION, GRID, "CN-XX", MID_2023), MissingFactor)


def test_a_year_begins_and_ends_on_new_years_day() -> None:
    store = FactorStore([a_factor()])

    assert found(store, date(2023, 1, 1)) == found(store, date(2023, 12, 31)) == a_factor()
    for day in (date(2022, 12, 31), date(2024, 1, 1)):
        assert isinstance(store.find(LOCATION, GRID, "CN", day), MissingFactor)


def test_the_newest_version_that_holds_is_taken() -> None:
    old, new = a_factor(validity=years(2022, 2025)), a_factor(version=2)
    store = FactorStore([new, old])

    assert found(store, MID_2023) is new
    assert found(store, date(2024, 7, 1)) is old


def test_a_factor_for_the_region_goes_before_one_for_everywhere() -> None:
    here, everywhere = a_factor(), a_factor(region="*", version=9, validity=ALWAYS)
    store = FactorStore([everywhere, here])

    assert found(store) is here
    assert found(store, MID_2026) is everywhere


def test_two_of_one_version_on_one_day_are_refused() -> None:
    with pytest.raises(Overlap, match=r"/2023 and .*2022-01-01\.\.2024-01-01 of version 1 overlap"):
        FactorStore([a_factor(validity=years(2022, 2024)), a_factor()])


def test_a_year_stands_in_only_where_the_park_chose_it_and_says_so() -> None:
    choice = StandIn(LOCATION, GRID, use=MID_2023, period=Validity(date(2024, 1, 1)))

    stands_in = found(rules_factors().standing_in([choice]), MID_2026)

    assert stands_in.id == "location_based/grid-electricity/CN/2023"
    assert stands_in.value == Fraction("0.5306")
    assert stands_in.doubts == ("grid-electricity: factor of 2023 stands in for 2026",)


def test_within_its_own_year_a_chosen_factor_is_no_stand_in() -> None:
    choice = StandIn(LOCATION, GRID, use=MID_2023)

    assert found(rules_factors().standing_in([choice]), MID_2023).doubts == ()


def test_a_chosen_year_that_is_missing_is_missing() -> None:
    choice = StandIn(LOCATION, GRID, use=date(2019, 7, 1))

    missing = rules_factors().standing_in([choice]).find(LOCATION, GRID, "CN", MID_2023)

    assert isinstance(missing, MissingFactor)
    assert missing.at == date(2019, 7, 1)


def test_two_choices_for_one_day_are_refused() -> None:
    first = StandIn(LOCATION, GRID, use=date(2022, 7, 1))
    second = StandIn(LOCATION, GRID, use=MID_2023, period=years(2026, 2027))

    with pytest.raises(ValueError, match=r"stand-ins for location_based/grid-electricity overlap"):
        FactorStore([], [first, second])


def test_a_period_is_cut_where_the_factor_changes() -> None:
    store = rules_factors()

    spans = store.spans(LOCATION, GRID, "CN", (date(2022, 7, 1), date(2024, 2, 1)))

    assert [(str(s.start), str(s.end)) for s in spans] == [
        ("2022-07-01", "2023-01-01"),
        ("2023-01-01", "2024-01-01"),
        ("2024-01-01", "2024-02-01"),
    ]
    assert [s.factor.validity for s in spans if isinstance(s.factor, Factor)] == [
        years(2022, 2023),
        years(2023, 2024),
    ]
    assert isinstance(spans[-1].factor, MissingFactor)


def test_the_very_factor_of_an_entry_is_found_again() -> None:
    store = FactorStore([a_factor(), a_factor(version=2)])

    assert store.version("location_based/grid-electricity/CN/2023", 1) == a_factor()
    assert store.version("location_based/grid-electricity/CN/2023", 3) is None


def test_what_is_per_cubic_metre_cannot_meet_a_kilowatt_hour() -> None:
    with pytest.raises(UnitsDiffer, match=r"kgCO2/m3 and cannot become ngCO2/Wh; meter the"):
        a_factor(unit="kgCO2/m3").ng_per("Wh")


def test_what_is_per_normal_cubic_metre_cannot_meet_one_at_actual_conditions() -> None:
    with pytest.raises(UnitsDiffer, match=r"kgCO2/Nm3 and cannot become ngCO2/dm3.*normal cond"):
        a_factor(unit="kgCO2/Nm3").ng_per("dm3")


def test_a_gap_and_what_was_not_read_are_unverified() -> None:
    assert a_factor(trust="M").doubts == ("grid-electricity: known but not read in any text (M)",)
    assert a_factor(trust="GAP").doubts == ("grid-electricity: a gap in the rules (GAP)",)
    assert a_factor(trust="V2").doubts == ()


@pytest.mark.parametrize("wrong", [{"trust": "sure"}, {"version": 0}, {"value": Fraction(-1)}])
def test_a_factor_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="factor location_based/grid-electricity/CN/2023"):
        a_factor(**wrong)


def test_published_factors_fall_as_the_rules_say() -> None:
    def ratio(ledger: Ledger, now: int, before: int) -> Fraction:
        values = []
        for year in (now, before):
            factor = rules_factors().find(ledger, GRID, "CN", date(year, 7, 1))
            assert isinstance(factor, Factor)
            values.append(factor.stated())
        return round((values[0] / values[1] - 1) * 100, 1)

    assert ratio(Ledger.PRODUCT_FOOTPRINT, 2024, 2023) == Fraction("-6.9")  # rules §G
    assert ratio(Ledger.LOCATION_BASED, 2023, 2022) == Fraction("-1.1")


@pytest.mark.parametrize(("target", "percent"), [("0.2", "2.9526"), ("0.3", "4.4288")])
def test_so_much_unmatched_grid_power_a_park_may_use(target: str, percent: str) -> None:
    store = rules_factors()
    power = store.find(Ledger.PARK_ACCEPTANCE, "fossil-power", "CN", date(2022, 7, 1))
    coal = store.find(Ledger.PARK_ACCEPTANCE, "coal-equivalent:electricity", "CN", MID_2023)
    assert isinstance(power, Factor)
    assert isinstance(coal, Factor)

    share = Fraction(target) * coal.stated() / power.stated()  # rules G.2

    # 0.3 x 0.1229 / 0.8325 = 4.42883 %
    assert round(share * 100, 4) == Fraction(percent)


def test_no_obsolete_value_is_in_any_row() -> None:
    obsolete = {Fraction(text) for text in ("0.5703", "0.6101", "0.5810")}

    assert not [f.id for f in rules_factors() if f.value in obsolete]


def test_no_number_of_life_cycle_power_is_in_another_ledger() -> None:
    ledgers = {f.ledger for f in rules_factors() if f.value in (Fraction("0.5777"),)}

    assert ledgers == {Ledger.PRODUCT_FOOTPRINT}


def test_cbam_ends_with_its_transitional_period() -> None:
    gas = rules_factors().find(Ledger.CBAM, "natural-gas", "CN", date(2026, 1, 1))

    assert isinstance(gas, MissingFactor)
    assert gas.there_are == ("2023-10-01..2026-01-01",)
