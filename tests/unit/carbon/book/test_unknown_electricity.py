"""Electricity that is not known is not 0: nothing known has no value, a part reaches no target."""

import csv
from pathlib import Path

import pytest

from tests.unit.carbon.book.books import PARK, booked, quarters

STEEL = """  products:
    - {id: steel, enterprise: a, unit: t, grade_2_kgce_per_unit: 500, grade_2_source: GB 1}
"""
SILENT = quarters(load_b="")
"""The meter of b says nothing, so nothing of the node is traced; the boiler of a burns on."""
PARTLY = quarters().replace("500,700,700", "500,700,", 1)
"""The meter of b misses the first of four quarter hours."""
UNIT = {"indicator": "unit_energy.steel", "kind": "month"}
CORE = "core_carbon_intensity"
MADE = "period,product,amount\n2024-01,steel,2\n"
FEBRUARY = "2024-02,steel,2\n"
Row = dict[str, str]


def rows(books: Path, name: str, **cells: str) -> list[Row]:
    with (books / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if cells.items() <= row.items()]


def only(books: Path, name: str, **cells: str) -> Row:
    (found,) = rows(books, name, **cells)
    return found


def made(folder: Path, readings: str) -> Path:
    return booked(folder, park=PARK + STEEL, readings=readings, production=MADE)


@pytest.mark.parametrize(
    "indicator",
    ["core_carbon_intensity", "clean_share", "non_fossil_share", "unit_energy.steel"],
)
def test_where_no_electricity_is_known_its_indicators_have_no_value(
    tmp_path: Path, indicator: str
) -> None:
    row = only(made(tmp_path, SILENT), "indicators", indicator=indicator, kind="month")

    assert (row["value"], row["verdict"]) == ("", "no value")
    assert "energy" in row["missing"]


def test_the_missing_input_of_the_audit_is_electricity(tmp_path: Path) -> None:
    books = made(tmp_path, SILENT)

    total = only(books, "comprehensive_energy", period="2024-01", stream="*")
    assert (total["tce"], total["lacking"]) == ("", "green-power, grid-power")
    product = only(books, "unit_consumption", period="2024-01", product="steel")
    assert (product["kgce_per_unit"], product["verdict"]) == ("", "ungraded")


def test_a_product_has_no_footprint_while_nothing_of_its_electricity_is_known(
    tmp_path: Path,
) -> None:
    books = made(tmp_path, SILENT)

    told = rows(books, "product_emissions", period="2024-01")
    assert {(row["emissions_kg"], row["kg_per_unit"]) for row in told} == {("", "")}
    shown = only(books, "indicators", indicator="location_intensity.steel", kind="month")
    assert shown["value"] == ""


def test_what_is_known_in_part_is_shown_and_meets_nothing(tmp_path: Path) -> None:
    whole = only(made(tmp_path / "w", quarters()), "indicators", **UNIT)
    part = only(made(tmp_path / "p", PARTLY), "indicators", **UNIT)

    assert whole["verdict"] == "met"
    assert 0 < float(part["value"]) < float(whole["value"])
    assert part["verdict"] == "not wholly known"
    assert "electricity is not known in every interval" in part["unverified"]


def test_a_product_known_in_part_is_not_within_its_limit_and_its_footprint_is_marked(
    tmp_path: Path,
) -> None:
    books = made(tmp_path, PARTLY)

    product = only(books, "unit_consumption", period="2024-01", product="steel")
    assert product["verdict"] == "ungraded"
    assert product["what"] == "its energy is not known in every interval"
    told = rows(books, "product_emissions", period="2024-01")
    assert all("electricity is not known in every interval" in row["unverified"] for row in told)
    grade = only(books, "indicators", indicator="products_at_grade_2", kind="year_to_date")
    assert grade["verdict"] == "no value"


def test_a_year_of_which_a_months_production_is_not_told_has_no_energy_a_product(
    tmp_path: Path,
) -> None:
    around = quarters("2024-01-31", "2024-02-01").replace("-31T12:", "-31T23:")
    two_months = around.replace("-01T12:", "-01T00:")

    january = made(tmp_path / "one", two_months)
    both = booked(
        tmp_path / "two", park=PARK + STEEL, readings=two_months, production=f"{MADE}{FEBRUARY}"
    )

    year = {"indicator": "unit_energy.steel", "kind": "year_to_date"}
    unknown, known = only(january, "indicators", **year), only(both, "indicators", **year)
    assert (unknown["value"], unknown["verdict"]) == ("", "no value")
    assert unknown["missing"] == "product_energy.steel, production.steel"
    month = only(january, "indicators", **UNIT, period="2024-01")
    assert float(known["value"]) == pytest.approx(float(month["value"]), rel=1e-9)


def test_a_quarter_hour_without_electricity_marks_what_the_ledgers_came_to(tmp_path: Path) -> None:
    core = only(made(tmp_path, PARTLY), "indicators", indicator=CORE, kind="month")

    assert core["verdict"] != "met"
    assert "electricity is not known in every interval" in core["unverified"]
