"""The command `book` with prices: `costs.csv`, prices from a file before those of the park file."""

from pathlib import Path

from tests.support.booking import run
from tests.unit.carbon.book.books import quarters
from tests.unit.carbon.costing.files import mistakes_in

PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants: [{id: a, name: {en: A, zh: 甲}}, {id: b, name: {en: B, zh: 乙}}]
accounting:
  factor_year: 2023
  meters:
    - {id: grid, role: grid_import}
    - {id: out, role: export}
    - {id: pv, role: generation, kind: pv}
    - {id: load_a, role: consumption, enterprise: a}
    - {id: load_b, role: consumption, enterprise: b}
  streams:
    - {id: boiler_a, activity: combustion, substance: natural-gas, unit: Nm3, enterprise: a}
"""
PRICES = """  prices:
    - {id: grid, price_per_unit: 0.6}
    - {id: pv, price_per_unit: 0.3}
    - {id: feed-in, price_per_unit: 0.25}
"""
FILE = """start,end,position,price_micros_per_unit,unit
2024-01-01T12:00,2024-01-01T12:45,grid,1000000,kWh
"""


def test_the_books_hold_the_costs_of_each_enterprise_and_of_the_park(tmp_path: Path) -> None:
    # in each of four quarters 1 MWh of the grid and 0.5 of PV, of which 0.1 go out; a and b halve
    books = run(tmp_path, PARK + PRICES, quarters())

    rows = [[*row.values()][:7] for row in books.rows("costs") if row["position"] != "natural-gas"]
    assert rows == [
        ["2024-01", "park", "feed-in", "export", "400000", "Wh", "-10000"],
        ["2024-01", "*", "feed-in", "supply", "400000", "Wh", "-10000"],
        ["2024-01", "*", "grid", "supply", "4000000", "Wh", "240000"],
        ["2024-01", "a", "grid", "use", "2000000", "Wh", "120000"],
        ["2024-01", "b", "grid", "use", "2000000", "Wh", "120000"],
        ["2024-01", "park", "pv", "export", "400000", "Wh", "12000"],
        ["2024-01", "*", "pv", "supply", "2000000", "Wh", "60000"],
        ["2024-01", "a", "pv", "use", "800000", "Wh", "24000"],
        ["2024-01", "b", "pv", "use", "800000", "Wh", "24000"],
    ]
    gas = [row for row in books.rows("costs") if row["position"] == "natural-gas"]
    assert {(row["enterprise"], row["cost_cents"], row["unverified"]) for row in gas} == {
        (name, "", "no price for 400000 Ndm3: what they cost is unknown") for name in "*a"
    }
    (item,) = [row for row in books.rows("open_items") if row["kind"] == "missing-price"]
    assert (item["subject"], item["start"]) == ("natural-gas", "2024-01-01T04:00:00Z")
    (own,) = [r for r in books.rows("open_items_by_enterprise") if r["kind"] == "missing-price"]
    assert own["enterprise"] == "a"
    assert own["what"] == "400000 Ndm3 of its own in 2024-01 have no price"


def test_prices_of_a_file_go_before_the_park_files_and_what_they_lack_is_open(
    tmp_path: Path,
) -> None:
    books = run(tmp_path, PARK + PRICES, quarters(), prices=FILE)

    grid = [row for row in books.rows("costs") if row["position"] == "grid"]
    assert {row["cost_cents"] for row in grid} == {""}
    items = {row["subject"]: row for row in books.rows("open_items")}
    assert items["grid"]["what"] == "1000000 Wh in 1 intervals of 2024-01 have no price"
    assert items["grid"]["start"] == "2024-01-01T04:45:00Z"
    assert run(tmp_path, PARK + PRICES, quarters(), prices=FILE, verify="yes").code == 0
    assert run(tmp_path, PARK + PRICES, quarters(), verify="yes").code == 1


def test_a_park_that_states_no_price_has_no_costs_and_no_open_item_of_them(tmp_path: Path) -> None:
    books = run(tmp_path, PARK, quarters())

    assert books.rows("costs") == []
    assert [row for row in books.rows("open_items") if row["kind"] == "missing-price"] == []


def test_what_a_park_file_says_wrong_of_prices_is_told_at_once(tmp_path: Path) -> None:
    wrong = """  prices:
    - {id: grid, unit: MWh, price_per_unit: 1}
    - {id: pv}
    - {id: feed-in, price_per_unit: 1e20}
    - {id: grid, times: [{from: "08:00", to: "07:00", price_per_unit: 1}]}
    - id: grid
      times:
        - {from: "08:00", to: "10:00", price_per_unit: 1}
        - {from: "09:00", to: "11:05", price_per_unit: 1, months: [7]}
    - {id: grid, price_per_unit: 1}
"""

    assert mistakes_in(run(tmp_path, PARK + wrong, quarters())) == [
        "accounting.prices[grid].unit is not known here ('MWh')",
        "accounting.prices[pv].price_per_unit is missing",
        "accounting.prices[feed-in].price_per_unit is more than a thousand million ('1e20')",
        "accounting.prices[grid].times[0].to is not after from",
        "accounting.prices[grid].times changes within an interval of 0:15:00",
        "accounting.prices[grid].times[1].from lies in another of the times",
        "accounting.prices[grid].valid_from has two prices from one day on",
    ]


def test_prices_and_charges_of_what_the_park_does_not_have_are_told(tmp_path: Path) -> None:
    wrong = """  prices:
    - {id: wind, price_per_unit: 1}
    - {id: natural-gas, price_per_unit: 1}
  charges:
    - {id: demand, price_per_month: 1, shared_by: floor}
    - {id: grid, price_per_month: 1, enterprise: c}
"""

    assert mistakes_in(run(tmp_path, PARK + wrong, quarters())) == [
        "accounting.prices[wind].id is 'wind', which the park does not have",
        "accounting.prices[natural-gas].unit is 'kWh', in which natural-gas is not counted",
        "accounting.charges[demand].shared_by names 'floor'",
        "accounting.charges[grid].enterprise names 'c'",
        "accounting.charges[grid].id is the name of a position",
    ]
