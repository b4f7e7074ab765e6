"""What a small park's electricity and gas cost whom; quarters of an hour, prices in the head."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.costing.own_items import own_unpriced
from services.carbon_accounting.domain.costing.positions import position_of
from services.carbon_accounting.domain.inventory.open_items import Kind
from services.carbon_accounting.domain.tracing.origins import Origin
from tests.support.builders import DEMO_PARK_FILE, without_accounting
from tests.support.carbon import the_rules, the_site
from tests.support.costing import a_site, activity, booked, cents, costs_of, line_of

METERS = """
  meters:
    - {id: grid, role: grid_import}
    - {id: pv, role: generation, kind: pv}
    - {id: out, role: export}
    - {id: load_a, role: consumption, enterprise: a}
    - {id: load_b, role: consumption, enterprise: b}
    - {id: hall, role: consumption, shared_by: floor}
  keys: [{id: floor, weights: {a: 3, b: 1}}]
"""
PRICES = """
  prices:
    - {id: grid, price_per_unit: 0.5, times: [{from: "00:15", to: "00:30", price_per_unit: 2}]}
    - {id: pv, price_per_unit: 0.25}
    - {id: feed-in, price_per_unit: 0.1}
"""
TARIFF = """
  prices:
    - {id: grid, price_per_unit: 0.5, times: [{from: "00:15", to: "00:30", price_per_unit: 2}]}
"""
STORE = """
  meters:
    - {id: grid, role: grid_import}
    - {id: in, role: charge, store: battery}
    - {id: from, role: discharge, store: battery}
    - {id: load_a, role: consumption, enterprise: a}
  stores: [{id: battery, round_trip_efficiency: 1, enterprise: b}]
"""
ALL = ("grid", "pv", "out", "load_a", "load_b", "hall")
NOTHING: dict[str, list[int | None]] = {name: [0, 0] for name in ALL}


def test_grid_power_costs_the_price_of_its_quarter_and_a_hall_is_shared_by_its_key() -> None:
    readings = NOTHING | {"grid": [8000, 8000], "load_a": [4000, 4000], "hall": [4000, 4000]}

    costs = costs_of(a_site(METERS + PRICES), readings)

    # 8 kWh at 0.50 and 8 at 2.00 are 20.00; a has 7 of each 8 kWh
    assert cents(costs) == {("grid", "*"): 2000, ("grid", "a"): 1750, ("grid", "b"): 250}
    assert costs.open_items == set()


def test_own_power_has_its_own_price_and_what_is_exported_is_the_parks() -> None:
    readings = NOTHING | {"pv": [4000, 0], "out": [3000, 0], "load_a": [1000, 0]}

    costs = costs_of(a_site(METERS + PRICES), readings)

    assert cents(costs) == {
        ("pv", "*"): 100,
        ("pv", "a"): 25,
        ("pv", "park"): 75,  # what the exported power cost
        ("feed-in", "*"): -30,
        ("feed-in", "park"): -30,
    }


def test_own_power_without_a_declared_price_is_open_and_never_free() -> None:
    readings = NOTHING | {"pv": [4000, 0], "load_a": [3000, 0], "hall": [1000, 0]}
    unpriced = a_site(METERS + "  prices: [{id: grid, price_per_unit: 0.5}]\n")

    costs = costs_of(unpriced, readings)

    (item,) = costs.open_items
    assert (item.kind, item.subject) == (Kind.MISSING_PRICE, "pv")
    assert item.what == "4000 Wh in 1 intervals of 2024-01 have no price"
    assert cents(costs) == {("pv", "*"): None, ("pv", "a"): None, ("pv", "b"): None}
    assert line_of(costs, "pv", "b").unverified == (
        "no price for 250 Wh: what they cost is unknown",
    )


def test_a_battery_that_is_charged_cheap_and_used_dear_earns_the_difference_for_its_owner() -> None:
    readings = {"grid": [4000, 0], "in": [4000, 0], "from": [0, 4000], "load_a": [0, 4000]}

    costs = costs_of(a_site(STORE + TARIFF), readings)

    # bought for 2.00, used when it was worth 8.00
    assert cents(costs) == {("grid", "*"): 200, ("grid", "a"): 800, ("grid", "b"): -600}


def test_power_of_unknown_origin_has_the_price_of_the_grid_and_says_so() -> None:
    readings = {"grid": [0, 0], "in": [0, 0], "from": [4000, 0], "load_a": [4000, 0]}

    costs = costs_of(a_site(STORE + TARIFF), readings)

    assert cents(costs) == {("grid", "a"): 200, ("grid", "b"): -200}
    assert line_of(costs, "grid", "a").unverified == (
        "4000 Wh out of stores are of unknown origin and have the price of the grid",
    )


def test_an_import_that_cannot_be_traced_is_paid_by_the_park() -> None:
    readings = NOTHING | {"grid": [8000, 8000], "load_a": [8000, None]}

    costs = costs_of(a_site(METERS + PRICES), readings)

    assert cents(costs) == {("grid", "*"): 2000, ("grid", "a"): 400, ("grid", "park"): 1600} | {
        ("grid", "b"): None  # nothing of b is known: no amount is not a cost of 0
    }
    assert line_of(costs, "grid", "a").unverified == ("1 intervals are unknown and not in it",)


def test_an_unknown_import_is_in_no_sum_and_the_park_is_told() -> None:
    readings = NOTHING | {"grid": [8000, None], "load_a": [8000, 8000]}

    costs = costs_of(a_site(METERS + PRICES), readings)

    assert cents(costs)["grid", "*"] == 400
    assert line_of(costs, "grid", "*").unverified == ("1 intervals are unknown and not in it",)


def test_gas_is_priced_per_its_own_unit() -> None:
    gas = """
  prices: [{id: natural-gas, unit: Nm3, price_per_unit: 3.5}]
  streams:
    - {id: boiler, activity: combustion, substance: natural-gas, unit: Nm3, shared_by: floor}
"""
    readings = NOTHING | {"boiler": [4000, 4000]}  # 8 Nm3 in dm3

    costs = costs_of(a_site(METERS + gas), readings)

    assert cents(costs) == {
        ("natural-gas", "*"): 2800,
        ("natural-gas", "a"): 2100,
        ("natural-gas", "b"): 700,
    }


CHARGES = """
  charges:
    - {id: demand, price_per_month: 100, shared_by: floor}
    - {id: demand, price_per_month: 200.01, shared_by: floor, valid_from: 2024-02-01}
"""


def test_a_month_is_charged_once_it_is_whole_by_the_key_of_its_first_day() -> None:
    site = a_site(METERS + CHARGES)
    february = datetime.fromisoformat("2024-02-01T00:00:00+08:00")
    nothing = {name: [0] * (29 * 96 + 1) for name in NOTHING}

    costs = costs_of(site, nothing, february)

    # 200.01 by 3 to 1 are 150.0075 and 50.0025
    assert cents(costs) == {("demand", "*"): 20001, ("demand", "a"): 15001, ("demand", "b"): 5000}
    (item,) = costs.open_items  # one quarter of March
    assert (item.kind, item.what) == (
        Kind.UNFINISHED,
        "2024-03 is not whole: it is not charged yet",
    )
    assert own_unpriced(costs) == {"a": [item], "b": [item]}


def test_a_store_may_hold_what_a_meter_gave_that_is_gone() -> None:
    assert position_of(Origin("pv", "pv-of-old", 2023), {"pv": "pv"}) == "pv"
    assert position_of(Origin("pv", "roof", 2023), {"roof": "pv"}) == "pv"


def test_a_live_park_earns_what_its_connection_says_where_no_tariff_does(tmp_path: Path) -> None:
    park = without_accounting(DEMO_PARK_FILE.read_text(encoding="utf-8"))
    file = tmp_path / "park.yaml"
    file.write_text(f"{park}\naccounting: {{prices: [{{id: grid, price_per_unit: 0.1}}]}}\n")

    pricing = load_site(file).pricing

    (feed_in,) = pricing.tariffs_of("feed-in", "Wh")
    assert (feed_in.unit, feed_in.micros) == ("kWh", 35_000)
    assert pricing.is_declared


def test_a_price_is_no_reason_to_book_anything_anew() -> None:
    priced = replace(the_site(), pricing=a_site(METERS + PRICES).pricing)

    assert the_rules(priced).fingerprint == the_rules().fingerprint


def test_nothing_is_costed_where_no_price_is_declared() -> None:
    booking = booked(a_site(METERS), activity(NOTHING | {"grid": [8000, 0], "load_a": [8000, 0]}))

    assert booking.inventory.costs.cells == {}
    assert booking.inventory.costs.open_items == set()


@pytest.mark.parametrize(("day", "hours"), [("2024-03-31", 23), ("2024-10-27", 25)])
def test_a_day_on_which_the_clock_changes_has_its_own_number_of_hours(day: str, hours: int) -> None:
    night = """
  prices: [{id: grid, price_per_unit: 1, times: [{from: "01:00", to: "02:00", price_per_unit: 3}]}]
"""
    site = a_site(METERS + night, "Europe/London")
    begins = datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=site.time_zone)
    count = hours * 4
    readings = {name: [0] * count for name in NOTHING}
    readings |= {"grid": [1000] * count, "load_b": [1000] * count}

    costs = costs_of(site, readings, begins)

    # in March there is no hour from 01:00 on, in October there are two
    dear = {23: 0, 25: 8}[hours]
    assert cents(costs)["grid", "b"] == 100 * (count + 2 * dear)
