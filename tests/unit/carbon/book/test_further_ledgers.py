"""Product footprint, CBAM, emission trading, battery: what is known is booked, the rest named.

One hour of a: 2.8 MWh (2 of the grid, 0.8 of PV) and 400 Nm3 of gas, as in `books`.
"""

from pathlib import Path

import pytest

from tests.unit.carbon.book.books import PARK, booked, quarters
from tests.unit.carbon.book.test_energy_audit import GAS, STEEL, only, table

ALL = "[park_acceptance, product_footprint, cbam, emission_trading, battery]"
FURTHER = PARK.replace("  factor_year: 2023", f"  ledgers: {ALL}")
HEAT = """    - {id: steam, activity: purchased_heat, substance: hot-water, unit: GJ, enterprise: a}
"""
FUEL = "upstream of natural-gas"
IN_2023 = quarters("2023-11-01")
KG_OF_GAS = 400 * 38.931 * 0.01532 * 0.99 * 44 / 12


def kg(books: Path, ledger: str, category: str, enterprise: str = "a") -> float:
    rows = [r for r in table(books, "totals") if (r["ledger"], r["category"]) == (ledger, category)]
    return sum(float(r["emissions_g"]) for r in rows if r["enterprise"] == enterprise) / 1000


def uncovered(books: Path, ledger: str) -> set[str]:
    items = [row["what"] for row in table(books, "open_items") if row["kind"] == "not-covered"]
    head = f"ledger {ledger}, "
    return {what.removeprefix(head).partition(":")[0] for what in items if what.startswith(head)}


def test_a_footprint_has_life_cycle_power_and_the_fuels_own_co2(tmp_path: Path) -> None:
    books = booked(tmp_path, park=FURTHER, readings=IN_2023)

    # 2 MWh x 0.6205 + 0.8 MWh x 0.0545
    power = kg(books, "product_footprint", "purchased-electricity")
    assert power == pytest.approx(1284.6)
    gas = [r for r in table(books, "totals") if r["carrier"] == "natural-gas"]
    assert kg(books, "product_footprint", "stationary-combustion") == pytest.approx(KG_OF_GAS)
    assert "own CO2 alone" in only(gas, ledger="product_footprint")["unverified"]
    assert uncovered(books, "product_footprint") == {FUEL}


def test_heat_has_no_footprint_and_says_so(tmp_path: Path) -> None:
    park, readings = FURTHER + HEAT, quarters("2023-11-01", steam="1")

    books = booked(tmp_path, park=park, readings=readings)

    assert kg(books, "product_footprint", "purchased-heat") == 0
    assert uncovered(books, "product_footprint") == {FUEL, "purchased-heat"}
    assert kg(books, "park_acceptance", "purchased-heat") == pytest.approx(440)


def test_a_battery_ledger_has_no_rule_for_electricity(tmp_path: Path) -> None:
    books = booked(tmp_path, park=FURTHER, readings=IN_2023)

    assert uncovered(books, "battery") == {FUEL, "grid-electricity", "pv-electricity"}
    assert kg(books, "battery", "stationary-combustion") == pytest.approx(KG_OF_GAS)


def test_cbam_books_gas_by_its_measured_heat_and_names_it_without(tmp_path: Path) -> None:
    measured = FURTHER.replace(GAS, f"{GAS}, ncv_gj_per_unit: 0.04")

    with_heat = booked(tmp_path / "with", park=measured, readings=IN_2023)
    without = booked(tmp_path / "without", park=FURTHER, readings=IN_2023)

    # 400 Nm3 x 40 MJ x 56.1 kg/GJ
    assert kg(with_heat, "cbam", "stationary-combustion") == pytest.approx(897.6)
    assert uncovered(with_heat, "cbam") == {"grid-electricity"}
    assert kg(without, "cbam", "stationary-combustion") == 0
    assert uncovered(without, "cbam") == {"grid-electricity", "natural-gas"}


@pytest.mark.parametrize("day", ["2023-09-30", "2026-01-01"])
def test_cbam_has_nothing_of_days_before_its_start_and_of_annexes_nobody_read(
    tmp_path: Path, day: str
) -> None:
    park = FURTHER.replace(GAS, f"{GAS}, ncv_gj_per_unit: 0.04")

    books = booked(tmp_path, park=park, readings=quarters(day))

    assert uncovered(books, "cbam") == {"grid-electricity", "pv-electricity", "natural-gas"}
    assert [row for row in table(books, "totals") if row["ledger"] == "cbam"] == []


def test_emission_trading_counts_fuels_alone_and_lacks_nothing(tmp_path: Path) -> None:
    books = booked(tmp_path, park=FURTHER, readings=IN_2023)

    rows = [row for row in table(books, "totals") if row["ledger"] == "emission_trading"]
    (gas,) = rows
    assert float(gas["emissions_g"]) == pytest.approx(KG_OF_GAS * 1000)
    assert "(M)" in gas["unverified"]
    assert uncovered(books, "emission_trading") == set()


def test_a_ledger_that_is_not_whole_says_so_though_nothing_of_it_is_booked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    booked(tmp_path, park=FURTHER, readings=quarters("2023-09-30"))

    (line,) = [one for one in capsys.readouterr().out.splitlines() if one.startswith("cbam ")]
    assert "INCOMPLETE" in line


def test_an_own_factor_books_what_was_not_covered(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    header = "ledgers,quantity,gas,region,valid_from,valid_until,version,published,value,unit,"
    header += "ncv,ncv_unit,carbon_t_per_gj,oxidation,trust,unverified_because,source\n"
    row = "cbam,grid-electricity,CO2,*,,,1,,1,kgCO2/kWh,,,,,V2,,a declaration\n"
    own.write_text(header + row, encoding="utf-8")

    books = booked(tmp_path / "b", park=FURTHER, readings=IN_2023, factors=own)

    assert kg(books, "cbam", "purchased-electricity") == pytest.approx(2000)
    assert uncovered(books, "cbam") == {"natural-gas"}


def test_a_product_has_its_part_of_every_ledger_and_says_where_that_is_not_whole(
    tmp_path: Path,
) -> None:
    made = "period,product,amount\n2023-11,steel,2\n"

    books = booked(tmp_path, park=FURTHER + STEEL, readings=IN_2023, production=made)

    rows = table(books, "product_emissions")
    trading = only(rows, ledger="emission_trading", period="2023-11")
    assert float(trading["kg_per_unit"]) == pytest.approx(KG_OF_GAS / 2)
    assert trading["whole"] == "true"
    assert only(rows, ledger="battery", period="2023")["whole"] == "false"
