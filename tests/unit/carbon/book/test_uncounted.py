"""What has no coal equivalent is open; what no total counts leaves its ledger whole."""

import csv
from pathlib import Path

from services.energy.sayings.chinese import in_chinese
from tests.unit.carbon.book.books import PARK, booked

COAL = (
    PARK
    + """    - {id: kiln, activity: combustion, substance: anthracite, unit: t,
       equipment: kiln, enterprise: b}
"""
)
LOGS = (
    PARK
    + """    - {id: logs, activity: combustion, substance: wood, unit: t, biogenic: true}
"""
)
Row = dict[str, str]


def rows(books: Path, table: str, **wanted: str) -> list[Row]:
    with (books / table).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if wanted.items() <= row.items()]


def readings(column: str) -> str:
    cells = "1000,100,500,700,700,100,5"
    return f"time,grid,out,pv,load_a,load_b,boiler_a,{column}\n2024-01-01T12:00,{cells}\n"


def test_a_fuel_without_a_coal_equivalent_is_an_open_item_of_its_stream_and_enterprise(
    tmp_path: Path,
) -> None:
    books = booked(tmp_path, park=COAL, readings=readings("kiln"))

    (item,) = rows(books, "open_items.csv", kind="missing-factor")
    assert (item["subject"], item["what"]) == (
        "kiln",
        "without a coal equivalent there is no comprehensive energy: "
        "no coefficient for anthracite; add it with its source",
    )
    (own,) = rows(books, "open_items_by_enterprise.csv", kind="missing-factor")
    assert (own["enterprise"], own["subject"]) == ("b", "kiln")
    assert in_chinese(item["what"]) == (
        "没有折标系数则无综合能耗：anthracite 没有折标系数；请连同来源补充"
    )


def test_a_measured_heating_value_needs_no_coal_equivalent(tmp_path: Path) -> None:
    park = COAL.replace("unit: t,\n", "unit: t, ncv_gj_per_unit: 26,\n")

    books = booked(tmp_path, park=park, readings=readings("kiln"))

    assert rows(books, "open_items.csv", kind="missing-factor") == []


def test_biogenic_carbon_without_a_factor_is_open_and_leaves_the_ledgers_whole(
    tmp_path: Path,
) -> None:
    books = booked(tmp_path, park=LOGS, readings=readings("logs"))

    of_co2 = [
        item
        for item in rows(books, "open_items.csv", kind="missing-factor", subject="logs")
        if "quantity wood" in item["what"]
    ]
    assert len(of_co2) == 3  # a ledger each
    assert all(item["what"].startswith("in no total: no factor for") for item in of_co2)
    core = rows(books, "indicators.csv", indicator="core_carbon_intensity", kind="month")
    assert "ledger.park_acceptance.total" not in core[0]["missing"]
