"""Water, waste and waste heat of the command: what was counted, balances, who could use whose."""

from pathlib import Path

import pytest

from tests.unit.carbon.book.books import PARK, booked, quarters
from tests.unit.carbon.book.files import mistakes_in_site
from tests.unit.carbon.book.test_energy_audit import only, table


def a_stream(name: str, substance: str, unit: str, more: str) -> str:
    resource = f"activity: resource, substance: {substance}, unit: {unit}"
    return f"    - {{id: {name}, {resource}, {more}}}\n"


BASIN = "node: basin, enterprise: b"
WELL = a_stream("well", "water.intake", "m3", BASIN)
AGAIN = a_stream("again", "water.reused", "m3", BASIN)
WATER = WELL + AGAIN + a_stream("sewer", "water.discharged", "m3", BASIN)
HEAT = (
    a_stream("flue", "heat.available", "kWh", "enterprise: a, temperature_c: 90")
    + a_stream("ovens", "heat.utilised", "kWh", "enterprise: a")
    + "    - {id: baths, activity: purchased_heat, substance: hot-water, unit: kWh, enterprise: b, "
    + "temperature_c: 60, price_per_unit: 0.5}\n"
)
PIPE = """  connections:
    - {from: flue, to: baths, cost_per_year: 1000, running_per_unit: 0.1, loss: 0.1}
"""
LEAST = PARK.replace("  factor_year", "  least_difference_k: 10\n  factor_year", 1)
ACCOUNTING = """
accounting:
  least_difference_k: 10
  meters: [{id: grid, role: grid_import}, {id: load, role: consumption}]
  streams:
"""


def test_water_is_counted_by_role_and_its_basin_closes(tmp_path: Path) -> None:
    readings = quarters(well="1", again="9", sewer="1")

    books = booked(tmp_path, park=PARK + WATER, readings=readings)

    again = only(table(books, "resources"), stream="again")
    assert (again["carrier"], again["role"], again["amount"]) == ("water", "reused", "36000")
    assert (again["unit"], again["enterprise"], again["node"]) == ("dm3", "b", "basin")
    basin = only(table(books, "resource_balance"), node="basin (water)")
    assert (basin["came_in"], basin["went_out"], basin["finding"]) == ("4000", "4000", "closed")
    reuse = only(table(books, "indicators"), indicator="water_reuse", kind="year_to_date")
    assert reuse["value"] == "90"  # rules G: intake V, reuse 9V


def test_water_whose_outlet_nobody_meters_is_undecided_not_lost(tmp_path: Path) -> None:
    books = booked(tmp_path, park=PARK + WELL + AGAIN, readings=quarters(well="1", again="9"))

    basin = only(table(books, "resource_balance"), node="basin (water)")
    assert (basin["finding"], basin["gap"]) == ("undecided", "")
    assert "no meter" in basin["what"]


def test_a_meter_with_a_gap_leaves_its_balance_undecided_and_its_amount_partly_known(
    tmp_path: Path,
) -> None:
    readings = quarters(well="1", again="9", sewer="1").splitlines()
    readings[1] = readings[1].removesuffix(",1") + ","

    books = booked(tmp_path, park=PARK + WATER, readings="\n".join([*readings, ""]))

    sewer = only(table(books, "resources"), stream="sewer")
    assert (sewer["amount"], sewer["known"]) == ("3000", "partly")
    assert only(table(books, "resource_balance"), node="basin (water)")["finding"] == "undecided"


def test_waste_heat_of_one_enterprise_saves_what_another_buys(tmp_path: Path) -> None:
    readings = quarters(flue="30", ovens="5", baths="20")  # 100 kW left over, 80 kW bought

    books = booked(tmp_path, park=LEAST + HEAT + PIPE, readings=readings)

    year = only(table(books, "exchanges"), finding="proposed")
    # 80 kW arrive of 88.888 kW taken, a year of 8,760 h
    assert (year["source"], year["source_enterprise"]) == ("flue", "a")
    assert (year["demand"], year["demand_enterprise"]) == ("baths", "b")
    assert (year["source_level"], year["demand_level"], year["level_unit"]) == (
        "90.0",
        "60.0",
        "degC",
    )
    assert float(year["delivered"]) == pytest.approx(80_000 * 8760, rel=1e-4)
    saved = 80 * 8760 * 0.5 - 80 / 0.9 * 8760 * 0.1 - 1000
    assert float(year["saving_per_year"]) == pytest.approx(saved, rel=1e-4)
    assert year["currency"] == "CNY"
    assert "reckoned from 0.0416667 days" in year["unverified"]
    when = only(table(books, "exchanges"), finding="when")
    assert (when["period"], when["rate_per_hour"][:5]) == ("01 12-18", "88888")


def test_what_the_enterprise_uses_itself_is_not_left_over(tmp_path: Path) -> None:
    readings = quarters(flue="30", ovens="30", baths="20")

    books = booked(tmp_path, park=LEAST + HEAT + PIPE, readings=readings)

    assert table(books, "exchanges") == []


def test_a_pair_whose_connection_has_no_stated_cost_is_named_and_not_guessed(
    tmp_path: Path,
) -> None:
    books = booked(tmp_path, park=LEAST + HEAT, readings=quarters(flue="30", ovens="5", baths="20"))

    row = only(table(books, "exchanges"), source="flue", demand="baths")
    assert (row["finding"], row["saving_per_year"]) == ("no cost stated", "")


def test_heat_that_is_not_warm_enough_is_no_proposal(tmp_path: Path) -> None:
    cool = HEAT.replace("temperature_c: 90", "temperature_c: 69")
    readings = quarters(flue="30", ovens="5", baths="20")

    assert table(booked(tmp_path, park=LEAST + cool, readings=readings), "exchanges") == []


def test_water_goes_down_the_quality_classes(tmp_path: Path) -> None:
    well = a_stream(
        "well", "water.intake", "m3", "enterprise: a, quality_class: 2, price_per_unit: 4"
    )
    sewer = a_stream("sewer", "water.discharged", "m3", "enterprise: b, quality_class: 1")
    pipe = "  connections: [{from: sewer, to: well, cost_per_year: 0}]\n"

    books = booked(
        tmp_path, park=PARK + well + sewer + pipe, readings=quarters(well="2", sewer="1")
    )

    row = only(table(books, "exchanges"), finding="proposed")
    assert (row["taken"], row["unit"]) == (str(4_000 * 8760), "dm3")
    assert float(row["saving_per_year"]) == 4 * 4 * 8760


@pytest.mark.parametrize(
    ("stream", "mistake"),
    [
        ("substance: water.intaek, unit: m3", "substance: is 'water.intaek'"),
        ("substance: water.intake, unit: t", "unit: cannot count water ('t')"),
        ("substance: water.intake, unit: m3, temperature_c: 5", "temperature_c: is no level"),
        ("substance: water.intake, unit: m3, quality_class: 2", "price_per_unit: is missing"),
        ("substance: waste.generated, unit: t, quality_class: 2", "quality_class: stands at"),
        (
            "substance: heat.available, unit: kWh, temperature_c: 5, quality_class: 1",
            "quality_class: stands beside",
        ),
    ],
)
def test_a_resource_that_cannot_be_is_refused(tmp_path: Path, stream: str, mistake: str) -> None:
    line = f"    - {{id: one, activity: resource, {stream}}}\n"

    (told,) = mistakes_in_site(tmp_path, ACCOUNTING + line)

    assert mistake in told


@pytest.mark.parametrize(
    ("ends", "mistake"),
    [
        ("from: fleu, to: baths", "from: names 'fleu'"),
        ("from: baths, to: flue", "to: leads from hot-water to heat.available"),
    ],
)
def test_a_connection_that_leads_nowhere_is_refused(
    tmp_path: Path, ends: str, mistake: str
) -> None:
    accounting = ACCOUNTING + HEAT.replace(", enterprise: a", "").replace(", enterprise: b", "")
    pipe = f"  connections: [{{{ends}, cost_per_year: 1}}]\n"

    (told,) = mistakes_in_site(tmp_path, accounting + pipe)

    assert mistake in told


def test_heat_without_its_least_difference_is_refused(tmp_path: Path) -> None:
    accounting = ACCOUNTING.replace("  least_difference_k: 10\n", "") + HEAT

    assert mistakes_in_site(tmp_path, accounting) == [
        "accounting.least_difference_k: is missing, though heat or cold could be exchanged"
    ]
