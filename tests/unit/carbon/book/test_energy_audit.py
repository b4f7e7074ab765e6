"""The energy audit of the command, on one hour that fits into a head (rules A.4, C.1, C.7)."""

import csv
from pathlib import Path

import pytest

from tests.unit.carbon.book.books import PARK, booked, quarters

Rows = list[dict[str, str]]
STEEL = """  products:
    - {id: steel, enterprise: a, unit: t, grade_2_kgce_per_unit: 500}
"""
MADE = "period,product,amount\n2024-01,steel,2\n"
GAS = "substance: natural-gas, unit: Nm3"
MEASURED = f"{GAS}, ncv_gj_per_unit: 0.0293076"


def table(books: Path, name: str) -> Rows:
    with (books / f"{name}.csv").open(encoding="utf-8") as file:
        return [*csv.DictReader(file)]


def only(rows: Rows, **cells: str) -> dict[str, str]:
    (found,) = [row for row in rows if {k: row[k] for k in cells} == cells]
    return found


def test_a_node_whose_meters_agree_closes_and_one_that_lacks_a_meter_says_how_much(
    tmp_path: Path,
) -> None:
    balance = table(booked(tmp_path / "good"), "energy_balance")
    lacking = table(booked(tmp_path / "bad", readings=quarters(load_b="600")), "energy_balance")

    # a quarter: 1,000 + 500 kWh come in, 100 are exported, 700 and 700 used
    assert only(balance, node="main")["finding"] == "closed"
    row = only(lacking, node="main")
    assert (row["came_in"], row["went_out"], row["gap"]) == ("6000000", "5600000", "400000")
    assert row["finding"] == "unclosed"
    assert row["what"] == "main: 400000 Wh left unmetered, 60000 Wh allowed"


def test_the_tolerance_is_the_parks(tmp_path: Path) -> None:
    park = PARK.replace("  factor_year", "  balance_tolerance: 0.07\n  factor_year", 1)

    books = booked(tmp_path, park=park, readings=quarters(load_b="600"))

    assert only(table(books, "energy_balance"), node="main")["finding"] == "closed"


def test_a_balance_is_of_the_intervals_in_which_all_meters_are_known(tmp_path: Path) -> None:
    readings = quarters().replace("T12:45:00+08:00,1000", "T12:45:00+08:00,")

    row = only(table(booked(tmp_path, readings=readings), "energy_balance"), node="main")

    assert (row["finding"], row["intervals"], row["unknown_intervals"]) == ("closed", "4", "1")
    assert row["came_in"] == "4500000"


def test_a_balance_without_a_known_interval_is_undecided_and_names_what_lacks(
    tmp_path: Path,
) -> None:
    row = only(table(booked(tmp_path, readings=quarters(pv="")), "energy_balance"), node="main")

    assert (row["finding"], row["gap"]) == ("undecided", "")
    assert "pv" in row["what"]


def test_energy_is_5_6_mwh_and_400_nm3_in_tce_and_the_default_of_gas_makes_it_unverified(
    tmp_path: Path,
) -> None:
    books = booked(tmp_path)

    rows = table(books, "comprehensive_energy")

    total = only(rows, period="2024-01", stream="*")
    assert total["tce"] == "1.22024"  # 5,600 x 0.1229 + 400 x 1.33 kgce
    assert "1.10 to 1.33" in total["unverified"]
    assert only(rows, period="2024", stream="*")["tce"] == total["tce"]
    assert only(rows, period="2024-01", stream="green-power")["amount"] == "1600000"
    indicator = only(table(books, "indicators"), indicator="non_fossil_share", kind="month")
    assert "1.10 to 1.33" in indicator["unverified"]


def test_with_a_measured_heating_value_neither_the_energy_nor_the_indicator_is_doubtful(
    tmp_path: Path,
) -> None:
    books = booked(tmp_path, park=PARK.replace(GAS, MEASURED))

    total = only(table(books, "comprehensive_energy"), period="2024-01", stream="*")
    assert float(total["tce"]) == pytest.approx(1.08824, rel=1e-4)  # 688.24 + 400 x 1 kgce
    assert total["unverified"] == ""
    indicator = only(table(books, "indicators"), indicator="non_fossil_share", kind="month")
    assert indicator["unverified"] == ""


def test_the_second_column_stands_where_its_coefficient_is_given(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    header = "ledgers,quantity,gas,region,valid_from,valid_until,version,published,value,unit,"
    header += "ncv,ncv_unit,carbon_t_per_gj,oxidation,trust,unverified_because,source\n"
    row = "*,equivalent-value:electricity,,*,,,1,,0.3,kgce/kWh,,,,,V2,,statistics of the year\n"
    own.write_text(header + row, encoding="utf-8")
    park = PARK.partition("  streams:")[0]

    books = booked(tmp_path / "b", park=park, readings=quarters(without="boiler_a"), factors=own)

    total = only(table(books, "comprehensive_energy"), period="2024-01", stream="*")
    assert (total["tce"], total["tce_equivalent_value"]) == ("0.68824", "1.68")


def test_a_product_has_its_enterprises_energy_and_its_limit(tmp_path: Path) -> None:
    park = (PARK + STEEL).replace(GAS, MEASURED)

    books = booked(tmp_path, park=park, production=MADE)

    # a: 2.8 MWh x 0.1229 + 400 kgce of gas = 744.12 kgce over 2 t
    row = only(table(books, "unit_consumption"), period="2024-01", product="steel")
    assert float(row["kgce_per_unit"]) == pytest.approx(372.06, rel=1e-4)
    assert (row["limit_kgce_per_unit"], row["verdict"]) == ("500", "within grade 2")
    assert "names no standard" in row["unverified"]
    indicators = table(books, "indicators")
    unit = only(indicators, indicator="unit_energy.steel", kind="month")
    assert (unit["verdict"], unit["target"]) == ("met", "500.0")
    assert "flagged M" in unit["unverified"]
    assert only(indicators, indicator="products_at_grade_2", kind="year_to_date")["value"] == "100"


def test_two_products_share_by_output_and_say_so(tmp_path: Path) -> None:
    park = (PARK + STEEL).replace(GAS, MEASURED) + "    - {id: nails, enterprise: a, unit: kg}\n"

    books = booked(tmp_path, park=park, production=f"{MADE}2024-01,nails,6000\n")

    rows = table(books, "unit_consumption")
    nails = only(rows, period="2024-01", product="nails")
    assert (nails["share"], nails["made"]) == ("0.75", "6000")
    assert "shares by output" in nails["unverified"]
    parts = [float(row["tce"]) for row in rows if row["period"] == "2024-01"]
    assert sum(parts) == pytest.approx(0.74412, rel=1e-4)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("    - {id: nails, enterprise: a, unit: pcs}\n", "no common measure"),
        ("    - {id: nails, enterprise: a, unit: kg}\n", "nails is not known"),
    ],
)
def test_products_without_a_common_measure_have_no_share_and_the_reason_stands_there(
    tmp_path: Path, second: str, why: str
) -> None:
    made = MADE + ("2024-01,nails,5\n" if "pcs" in second else "")

    rows = table(booked(tmp_path, park=PARK + STEEL + second, production=made), "unit_consumption")

    row = only(rows, period="2024-01", product="steel")
    assert (row["tce"], row["verdict"]) == ("", "ungraded")
    assert why in row["what"]


def test_emissions_a_product_are_its_enterprises_in_each_ledger(tmp_path: Path) -> None:
    books = booked(tmp_path, park=PARK + STEEL, production=MADE)

    totals = [row for row in table(books, "totals") if row["enterprise"] == "a"]
    grams = sum(float(r["emissions_g"]) for r in totals if r["ledger"] == "location_based")
    found = only(table(books, "indicators"), indicator="location_intensity.steel", kind="month")
    assert float(found["value"]) == pytest.approx(grams / 1000 / 2, rel=1e-6)


def test_the_share_of_collected_meters_is_known_once_every_meter_says_how_it_is_read(
    tmp_path: Path,
) -> None:
    told = PARK.replace("role:", "collection: automatic, role:")
    silent = table(booked(tmp_path / "silent", park=told), "indicators")
    boiler = told.replace("activity:", "collection: by_hand, activity:")

    books = booked(tmp_path / "told", park=boiler)

    name = "factory.collected_meters"
    assert only(silent, indicator=name, kind="year_to_date")["value"] == ""
    found = only(table(books, "indicators"), indicator=name, kind="year_to_date")
    assert found["value"] == "83.3333333"  # five of six
    assert only(table(books, "meter_collection"), meter="boiler_a")["collection"] == "by_hand"
