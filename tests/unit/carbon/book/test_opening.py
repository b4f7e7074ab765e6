"""What a store held before the first reading: known in its amount, of no origin (tracing, §4)."""

from pathlib import Path

import pytest

from tests.unit.carbon.book.books import booked
from tests.unit.carbon.book.files import mistakes_in_site
from tests.unit.carbon.book.test_energy_audit import only, table

PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
accounting:
  interval: 1h
  meters:
    - {id: grid, role: grid_import}
    - {id: load, role: consumption}
    - {id: in, role: charge, store: cell}
    - {id: out, role: discharge, store: cell}
  stores: [{id: cell, round_trip_efficiency: 1, capacity_kwh: 100, opening_kwh: 30}]
"""
READINGS = """time,grid,load,in,out
2023-01-01T00:00:00+08:00,0,20,0,20
2023-01-01T01:00:00+08:00,5,10,0,5
"""


def test_what_a_store_held_comes_out_as_unknown_grid_power_and_is_told(tmp_path: Path) -> None:
    books = booked(tmp_path, park=PARK, readings=READINGS)

    flows = table(books, "electricity_by_origin")
    assert only(flows, way="use", origin="unknown")["energy_wh"] == "25000"
    assert not [row for row in flows if row["way"] == "beyond-store"]
    totals = [row for row in table(books, "totals") if row["ledger"] == "location_based"]
    assert only(totals, origin="unknown")["emissions_g"] == "13265.000000000"  # 25 x 0.5306
    (item,) = [row for row in table(books, "open_items") if row["kind"] == "store"]
    assert "held 30000 Wh of unknown origin at the start" in item["what"]


def test_its_balance_draws_on_the_stock_and_closes(tmp_path: Path) -> None:
    row = only(table(booked(tmp_path, park=PARK, readings=READINGS), "energy_balance"), node="cell")

    assert (row["from_stock"], row["went_out"], row["finding"]) == ("25000", "25000", "closed")


def test_without_it_the_same_energy_is_beyond_the_store(tmp_path: Path) -> None:
    park = PARK.replace(", opening_kwh: 30", "")

    flows = table(booked(tmp_path, park=park, readings=READINGS), "electricity_by_origin")

    assert only(flows, way="beyond-store")["energy_wh"] == "25000"


@pytest.mark.parametrize(
    ("kwh", "what"),
    [("101", "more than capacity"), ("-1", "negative"), ("1e30", "more than whole Wh can count")],
)
def test_an_opening_that_cannot_be_is_refused(tmp_path: Path, kwh: str, what: str) -> None:
    accounting = PARK[PARK.index("accounting:") :].replace("kwh: 30", f"kwh: {kwh}")

    told = mistakes_in_site(tmp_path, accounting)

    assert [one for one in told if "stores[cell].opening_kwh" in one and what in one]
