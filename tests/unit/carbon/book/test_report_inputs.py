"""What reports read in written books: hours, factors, matching and what is not known."""

from datetime import date
from fractions import Fraction
from pathlib import Path

from services.carbon_accounting.book.report_inputs import (
    TABLES,
    inventory_inputs,
    monthly_inputs,
    year_up_to,
)
from services.carbon_accounting.book.written_books import WrittenBooks, opened
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.inputs import InventoryInputs, MonthlyInputs
from services.carbon_accounting.domain.reporting.records import Resolution, Scope, Status
from tests.unit.carbon.book.books import CERTIFICATES, PARK, booked, quarters

JANUARY, FEBRUARY = Month(2024, 1), Month(2024, 2)


def the_books(folder: Path) -> WrittenBooks:
    return opened(folder, TABLES)


def monthly(folder: Path, month: Month = JANUARY) -> MonthlyInputs:
    books = the_books(folder)
    return monthly_inputs(books, year_up_to(month, books.months))


def inventory(folder: Path, enterprise: str, month: Month = JANUARY) -> InventoryInputs:
    books = the_books(folder)
    return inventory_inputs(books, year_up_to(month, books.months), enterprise)


def test_origins_stand_in_the_hour_of_the_local_day_and_sum_to_what_was_used(
    tmp_path: Path,
) -> None:
    flows = monthly(booked(tmp_path)).origins

    assert {flow.hour for flow in flows} == {12}  # 04:00 in UTC
    by_origin = {(f.origin.en, f.enterprise): f.energy_wh for f in flows}  # type: ignore[union-attr]
    assert by_origin == {
        ("grid", "a"): 2_000_000,
        ("grid", "b"): 2_000_000,
        ("PV", "a"): 800_000,
        ("PV", "b"): 800_000,
    }


def test_a_factor_says_its_exact_value_its_year_and_why_it_is_doubtful(tmp_path: Path) -> None:
    factors = monthly(booked(tmp_path)).factors

    coal_power = next(f for f in factors if f.id == "park_acceptance/fossil-power/CN/2023")
    assert (coal_power.ng_per_unit, coal_power.unit) == (827_300_000, "Wh")
    assert (coal_power.valid, coal_power.trust, coal_power.version) == ("2023", "V2", 1)
    assert [reason.en for reason in coal_power.unverified] == [
        "fossil-power: factor of 2023 stands in for 2024"
    ]


def test_a_line_names_the_factors_it_was_made_with(tmp_path: Path) -> None:
    lines = monthly(booked(tmp_path, certificates=CERTIFICATES)).lines

    of_a = [x for x in lines if x.ledger is Ledger.MARKET_BASED and x.enterprise == "a"]
    named = {line.activity.en: line.factors for line in of_a}  # type: ignore[union-attr]
    assert named["Electricity used: grid"] == ("market_based/residual-mix/CN/2023 v1",)
    assert named["Electricity used: grid, under certificates"] == ("market_based/GEC-wind/CN/0 v1",)


def test_an_hour_of_which_something_is_unknown_is_not_known_and_never_zero(tmp_path: Path) -> None:
    gap = quarters("2024-01-01", "2024-01-02")  # nothing between the two hours

    days = monthly(booked(tmp_path, readings=gap)).unmatched

    assert [day.day for day in days] == [date(2024, 1, 1), date(2024, 1, 2)]
    assert days[0].wh_by_hour[12:14] == (4_000_000, None)
    assert days[1].wh_by_hour[11:14] == (None, 4_000_000, None)


def test_the_hour_that_the_clock_shows_twice_holds_both(tmp_path: Path) -> None:
    park = PARK.replace("Asia/Shanghai", "Europe/Berlin")
    noon = quarters("2024-10-27", "2024-10-27").splitlines()
    late = [line.replace("T12:", "T08:") for line in noon[1:5]]  # 00:00 UTC: 02:00 in summer
    later = [line.replace("T12:", "T09:") for line in noon[5:]]  # 01:00 UTC: 02:00 in winter
    readings = "\n".join([noon[0], *late, *later, ""])

    books = booked(tmp_path, park=park, readings=readings)

    (day,) = monthly(books, Month(2024, 10)).unmatched
    assert day.wh_by_hour[1:4] == (None, 8_000_000, None)


def test_indicators_stand_against_their_targets_with_each_reading_of_an_open_rule(
    tmp_path: Path,
) -> None:
    curtailed = "    - {id: lost, activity: resource, substance: green.curtailed, unit: MWh}\n"
    books = booked(tmp_path, park=PARK + curtailed, readings=quarters(lost="0.25"))

    found = {
        (one.name.en, one.reading.en if one.reading else ""): one  # type: ignore[union-attr]
        for one in monthly(books).indicators
    }

    used = found["Green direct: self-use of available generation (r1)", ""]
    assert (used.value, used.target) == (Fraction("0.533333333"), Fraction("0.6"))  # 1.6 of 3 MWh
    assert (used.unit, used.status) == ("%", Status.NOT_MET)
    fed_in = found["Green direct: feed-in of available generation (r3)", ""]
    assert fed_in.value == Fraction("0.133333333")
    assert fed_in.status is Status.NEEDS_CONFIRMATION  # the province sets the cap
    core = "Carbon per unit of energy (core, veto)"
    assert found[core, "optimistic reading"].formula != found[core, ""].formula
    assert (JANUARY, found[core, ""].value) in found[core, ""].course
    assert found[f"{core}, year to date", ""].course == ()


def test_the_parks_matching_is_the_sum_over_its_enterprises(tmp_path: Path) -> None:
    scores = monthly(booked(tmp_path, certificates=CERTIFICATES)).matching

    park = {s.resolution: (s.load_wh, s.matched_wh) for s in scores if s.enterprise is None}
    # the certificate of a covers 1 of its 2 MWh from the grid in the month, and no hour
    assert park[Resolution.YEAR] == park[Resolution.MONTH] == (5_600_000, 2_600_000)
    assert park[Resolution.HOUR] == park[Resolution.QUARTER_HOUR] == (5_600_000, 1_600_000)
    of_a = next(s for s in scores if s.enterprise == "a" and s.resolution is Resolution.MONTH)
    assert (of_a.load_wh, of_a.matched_wh) == (2_800_000, 1_800_000)


def test_scores_are_of_the_month_and_the_years_only_at_its_last_booked_month(
    tmp_path: Path,
) -> None:
    books = booked(tmp_path, readings=quarters("2024-01-31", "2024-02-01"))

    january, february = monthly(books).matching, monthly(books, FEBRUARY).matching

    park = {one.resolution: one.load_wh for one in january if one.enterprise is None}
    assert park == dict.fromkeys(
        (Resolution.MONTH, Resolution.HOUR, Resolution.QUARTER_HOUR), 5_600_000
    )
    years = {one.resolution: one.load_wh for one in february if one.enterprise is None}
    assert years[Resolution.YEAR] == 11_200_000
    assert years[Resolution.MONTH] == 5_600_000


def test_captured_co2_is_a_line_of_its_own_beside_the_scopes(tmp_path: Path) -> None:
    stream = (
        "    - {id: trap, activity: capture, substance: captured-co2, unit: t, enterprise: a}\n"
    )
    books = booked(tmp_path, park=PARK + stream, readings=quarters(trap="1"))

    lines = [x for x in monthly(books).lines if x.scope is Scope.CAPTURED]

    assert {line.nanograms for line in lines} == {-4 * 10**15}  # 1 t a quarter hour
    assert not any(line.scope is Scope.OUTSIDE for line in monthly(books).lines)


def test_a_ledger_that_lacks_a_factor_marks_all_that_it_holds(tmp_path: Path) -> None:
    books = booked(tmp_path, park=PARK.replace("factor_year: 2023", "factor_year: 1995"))

    of_a, of_b = inventory(books, "a"), inventory(books, "b")

    gas = [line for line in of_a.lines if line.unit == "Ndm3"]
    assert gas
    assert all(line.unverified[0].en.startswith("the ledger is incomplete") for line in gas)
    assert all("load_b" not in item.where for item in of_a.open_items)
    assert {item.where for item in of_b.open_items} == {"load_b"}


def test_a_quarter_hour_without_electricity_marks_the_lines_of_its_month(tmp_path: Path) -> None:
    hours = quarters("2024-01-31", "2024-02-01").replace("-31T12:", "-31T23:")
    around_midnight = hours.replace("-01T12:", "-01T00:")
    books = booked(tmp_path, readings=around_midnight.replace("500,700,700", "500,700,", 1))

    for lines in (monthly(books, FEBRUARY).lines, inventory(books, "a", FEBRUARY).lines):
        marked = {
            x.month for x in lines for why in x.unverified if "readings are unknown" in why.en
        }
        assert {line.month for line in lines} == {JANUARY, FEBRUARY}
        assert marked == {JANUARY}


def test_what_several_share_is_told_to_each_of_them(tmp_path: Path) -> None:
    shared = PARK.replace("unit: Nm3, enterprise: a}", "unit: Nm3, shared_by: floor}")
    shared += "  keys: [{id: floor, weights: {a: 60, b: 40}}]\n"

    books = booked(tmp_path, park=shared, readings=quarters(boiler_a=""))

    assert [item.where for item in inventory(books, "a").open_items] == ["boiler_a"]
    assert [item.where for item in inventory(books, "b").open_items] == ["boiler_a"]
    of_park = [item for item in monthly(books).open_items if "not covered" not in str(item.kind)]
    assert [item.enterprise for item in of_park] == [None]


def test_an_inventory_has_the_indicators_of_its_own_products_alone(tmp_path: Path) -> None:
    products = """  products:
    - {id: steel, enterprise: a, unit: t}
    - {id: clean_share, enterprise: b, unit: t}
"""
    made = "period,product,amount\n2024-01,steel,2\n2024-01,clean_share,4\n"

    books = booked(tmp_path, park=PARK + products, production=made)

    of_a, of_b = inventory(books, "a").indicators, inventory(books, "b").indicators
    assert {one.enterprise for one in of_a} == {"a"}
    assert {one.formula for one in of_a} == {
        "'product_energy.steel' / 'production.steel'",
        "'product_emissions.location_based.steel' / 'production.steel'",
        "'product_emissions.market_based.steel' / 'production.steel'",
    }
    assert all("'production.clean_share'" in str(one.formula) for one in of_b)
    energy = next(one for one in of_a if "energy" in str(one.formula))
    assert energy.value == Fraction("438.06")  # (2,800 x 0.1229 + 400 x 1.33) kgce over 2 t
