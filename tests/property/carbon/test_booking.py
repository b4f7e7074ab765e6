"""Properties of the whole command, on small random parks over the turn of a month.

Two nodes, a battery, two enterprises, a shared hall, gas; amounts that do not close and values that
are unknown unless a property says otherwise. Every quarter hour of one hour before the local
month's end to one after it.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from services.carbon_accounting.book.readings_file import read_readings
from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.inventory.booking import Booking
from services.carbon_accounting.domain.inventory.choosing import chosen
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.totals import Total
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.input_files.factor_import import load_factor_store
from tests.support.booking import Booked, Row, nanograms, run

BEGINS = datetime.fromisoformat("2023-01-31T23:00:00+08:00")
QUARTERS, JANUARY = 8, 4
HEAD = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants: [{id: a, name: {en: A, zh: 甲}}, {id: b, name: {en: B, zh: 乙}}]
accounting:
  nodes: [main, hall]
  factor_year: 2023
"""
METERS = {
    "grid": "role: grid_import",
    "wind": "role: generation, kind: wind",
    "export": "role: export",
    "pv": "role: generation, kind: pv, node: hall",
    "out": "role: flow, to: hall",
    "back": "role: flow, node: hall, to: main",
    "mill": "role: consumption, enterprise: a",
    "press": "role: consumption, enterprise: b, node: hall",
    "light": "role: consumption, shared_by: floor, node: hall",
}
STORE_METERS = {
    "in": "role: charge, store: battery",
    "from": "role: discharge, store: battery",
}
STORE = "stores: [{id: battery, round_trip_efficiency: 0.87}]"
KEYS = "keys: [{id: floor, weights: {a: 3, b: 4}}, {id: split, weights: {a: 5, b: 2}}]"
GAS = "streams: [{id: gas, activity: combustion, substance: natural-gas, unit: Nm3, enterprise: b}]"
LARGEST_SHARING_ERROR = 4 * 4 * QUARTERS
"""Of a shared light: less than 1 Wh a quarter, origin and interval."""
HALL = {"press", "light", "unaccounted-load@hall"}
CERTIFICATES = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at\n"
)
Readings = Mapping[str, Sequence[int | None]]
"""Wh (of gas: Ndm3) by meter, an amount an interval, None where unknown."""

few = settings(max_examples=12, deadline=None)


def park(meters: Mapping[str, str], *more: str, interval: str = "15min") -> str:
    lines = [f"    - {{id: {name}, unit: Wh, {says}}}\n" for name, says in meters.items()]
    extra = [f"  {text}\n" for text in (f"interval: {interval}", KEYS, GAS, *more)]
    return "".join([HEAD, "  meters:\n", *lines, *extra])


WITH_STORE = park(METERS | STORE_METERS, STORE)
WITHOUT_STORE = park(METERS)


def rows_of(readings: Readings, step: timedelta = timedelta(minutes=15)) -> list[str]:
    """Return the lines of a long file."""
    return [
        f"{(BEGINS + at * step).isoformat()},{meter},{_shown(meter, value)}"
        for meter, column in readings.items()
        for at, value in enumerate(column)
    ]


def _shown(meter: str, value: int | None) -> str:
    if value is None:
        return ""
    return f"{value / 1000:.3f}" if meter == "gas" else str(value)


def booked(
    says: str, rows: list[str], certificates: str = ""
) -> tuple[Booked, dict[str, list[Row]], dict[str, bytes]]:
    """Return what the command said, the rows of its tables and entries, and all bytes."""
    readings = "\n".join(["time,meter,value", *rows]) + "\n"
    with TemporaryDirectory() as folder:
        more = {"certificates": certificates} if certificates else {}
        found = run(Path(folder), says, readings, **more)
        assert found.code == 0, found.refused
        written = found.bytes_by_file
    tables: dict[str, list[Row]] = {
        name.removesuffix(".csv"): [*csv.DictReader(content.decode().splitlines())]
        for name, content in written.items()
    }
    return found, tables, written


def amounts(names: Mapping[str, str]) -> st.SearchStrategy[Readings]:
    value = st.one_of(st.integers(0, 3_000), st.integers(0, 3_000), st.none())
    column = st.lists(value, min_size=QUARTERS, max_size=QUARTERS)
    return st.fixed_dictionaries(dict.fromkeys([*names, "gas"], column))


known = st.lists(st.integers(0, 3_000), min_size=QUARTERS, max_size=QUARTERS)


@st.composite
def closing(draw: st.DrawFn) -> dict[str, list[int]]:
    """Return readings without a store that are all known and close at both nodes."""
    found = {name: draw(known) for name in ("wind", "pv", "mill", "press", "light", "gas")}
    hall = [
        p + li - s for p, li, s in zip(found["press"], found["light"], found["pv"], strict=True)
    ]
    main = [m + h - w for m, h, w in zip(found["mill"], hall, found["wind"], strict=True)]
    found |= {"out": [max(0, wh) for wh in hall], "back": [max(0, -wh) for wh in hall]}
    return found | {"grid": [max(0, wh) for wh in main], "export": [max(0, -wh) for wh in main]}


def sums(rows: list[Row], *cells: str) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return amount and ng of totals by these cells."""
    found: dict[tuple[str, ...], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in rows:
        key = tuple(row[cell] for cell in cells)
        amount, ng = found[key]
        found[key] = (amount + int(row["amount"]), ng + nanograms(row))
    return dict(found)


@few
@given(amounts(METERS | STORE_METERS), st.data())
def test_order_and_repetition_of_rows_and_meters_change_no_byte(
    readings: Readings, data: st.DataObject
) -> None:
    rows = rows_of(readings)
    meters = METERS | STORE_METERS
    shuffled = {name: meters[name] for name in data.draw(st.permutations([*meters]))}
    again = data.draw(st.lists(st.sampled_from(rows), max_size=10))

    _, _, plain = booked(WITH_STORE, rows)
    _, _, other = booked(park(shuffled, STORE), data.draw(st.permutations([*rows, *again])))

    assert plain == other


@few
@given(amounts(METERS | STORE_METERS))
def test_a_tenant_in_two_parts_changes_no_total(readings: Readings) -> None:
    in_parts = METERS | STORE_METERS | {"mill": "role: consumption, shared_by: split"}
    by = ("ledger", "month", "scope", "activity", "carrier", "origin", "unit")

    _, whole, _ = booked(WITH_STORE, rows_of(readings))
    _, parts, _ = booked(park(in_parts, STORE), rows_of(readings))

    assert sums(whole["totals"], *by) == sums(parts["totals"], *by)


@few
@given(closing())
def test_an_hour_of_four_equal_quarters_has_the_same_totals(readings: dict[str, list[int]]) -> None:
    hours = {name: [4 * wh for wh in column] for name, column in readings.items()}
    quarters = {name: [wh for wh in column for _ in range(4)] for name, column in readings.items()}
    as_hours, hour = park(METERS, interval="1h"), timedelta(hours=1)

    _, coarse, _ = booked(as_hours, rows_of(hours, hour))
    _, fine, _ = booked(WITHOUT_STORE, rows_of(quarters))

    by_kind = ("ledger", "month", "scope", "carrier", "origin", "unit")
    kinds = [sums(tables["totals"], *by_kind) for tables in (coarse, fine)]
    fossil = [{k: both for k, both in one.items() if k[4] in ("grid", "")} for one in kinds]
    assert fossil[0] == fossil[1]  # wind and sun may change places by single Wh
    by_owner = ("ledger", "month", "enterprise", "carrier")
    owned = [sums(tables["totals"], *by_owner) for tables in (coarse, fine)]
    mill = [{k: wh for k, (wh, _) in one.items() if k[2] == "a"} for one in owned]
    assert mill[0].keys() == mill[1].keys()
    assert all(abs(mill[0][k] - mill[1][k]) < LARGEST_SHARING_ERROR for k in mill[0])
    assert supply(coarse) == supply(fine)


def supply(tables: Mapping[str, list[Row]]) -> dict[tuple[str, str], int]:
    return {
        (row["month"], row["origin"]): int(row["energy_wh"])
        for row in tables["electricity_by_origin"]
        if row["way"] == "supply"
    }


@few
@given(amounts(METERS | STORE_METERS))
def test_january_and_then_february_are_both_at_once(readings: Readings) -> None:
    at_once = a_booking(readings, slice(0, QUARTERS), Pools())
    january = a_booking(readings, slice(0, JANUARY), Pools())
    february = a_booking(readings, slice(JANUARY, QUARTERS), january.inventory.closing)

    apart = {**january.inventory.totals}
    for key, total in february.inventory.totals.items():
        apart[key] = apart.get(key, Total()) + total
    assert apart == at_once.inventory.totals
    assert february.inventory.closing == at_once.inventory.closing
    flows = {**january.inventory.flows.wh, **february.inventory.flows.wh}
    assert flows == at_once.inventory.flows.wh


def a_booking(readings: Readings, here: slice, opening: Pools) -> Booking:
    """Return the booking of some intervals, done."""
    with TemporaryDirectory() as folder:
        files = Path(folder)
        (files / "park.yaml").write_text(WITH_STORE, encoding="utf-8")
        rows = "\n".join(["time,meter,value", *rows_of(readings)])
        (files / "readings.csv").write_text(f"{rows}\n", encoding="utf-8")
        site = load_site(files / "park.yaml")
        data = read_readings(files / "readings.csv", site)
    some = replace(
        data,
        starts_us=data.starts_us[here],
        amounts=data.amounts[:, here],
        known=data.known[:, here],
        measured=data.measured[:, here],
    )
    rules = Rules(chosen(site, load_factor_store()), "CN", site.time_zone)
    booking = Booking(site, some, rules, LIVE_LEDGERS, opening)
    assert all(one.ledger in LIVE_LEDGERS for one in booking.months())
    return booking


@few
@given(amounts(METERS | STORE_METERS))
def test_what_came_in_by_origin_is_what_went_out_and_into_the_battery(readings: Readings) -> None:
    said, tables, _ = booked(WITH_STORE, rows_of(readings))

    balance: dict[tuple[str, ...], int] = defaultdict(int)
    for row in tables["electricity_by_origin"]:
        came_in = row["way"] in ("supply", "beyond-store", "became-unknown")
        key = (row["month"], row["origin"], row["source"], row["vintage"])
        balance[key] += int(row["energy_wh"]) if came_in else -int(row["energy_wh"])
    assert not any(balance.values())
    assert "electricity by origin closes to the Wh" in said.said
    complete = all(value is not None for name in METERS | STORE_METERS for value in readings[name])
    ways = {row["way"] for row in tables["electricity_by_origin"]}
    assert not (complete and ways & {"not-traced", "became-unknown"})


@few
@given(closing(), st.integers(1, 100), st.sampled_from(["yearly", "monthly", "hourly"]))
def test_certificates_give_no_more_than_they_have_and_never_add_to_market_based(
    readings: dict[str, list[int]], percent: int, matching: str
) -> None:
    says = park(METERS, f"matching: {matching}")
    _, without, _ = booked(says, rows_of(readings))
    used = sums(
        [r for r in without["totals"] if r["carrier"] == "electricity"], "ledger", "enterprise"
    )
    consumed_wh = used.get(("location_based", "a"), (0, 0))[0]
    quantity_wh = max(1, consumed_wh * percent // 100)
    row = (
        f"B1,GC,wind,farm,CN,2023-01-31T23:00+08:00,2023-02-01T00:00+08:00,2023-02-02,{quantity_wh},"
        "Wh,0.01,cancelled,trader,a,2023-03-01\n"
    )
    if not consumed_wh:
        return

    _, tables, _ = booked(says, rows_of(readings), CERTIFICATES + row)

    (given_,) = tables["certificates"]
    assert int(given_["used_wh"]) + int(given_["surplus_wh"]) == quantity_wh
    under = sums([r for r in tables["totals"] if r["origin"] == "certificate"], "ledger")
    covered_wh, covered_ng = under.get(("market_based",), (0, 0))
    assert covered_wh == int(given_["used_wh"])
    assert covered_ng == covered_wh * 10_000_000
    before, after = (sums(t["totals"], "ledger") for t in (without, tables))
    saved = covered_wh * (609_600_000 - 10_000_000)
    assert before["market_based",][1] - after["market_based",][1] == saved >= 0
    for ledger in ("location_based", "park_acceptance"):  # bought apart from its power
        assert before[ledger,] == after[ledger,]


@few
@given(amounts(METERS | STORE_METERS))
def test_every_entry_is_made_with_the_factors_of_its_own_ledger(readings: Readings) -> None:
    _, tables, _ = booked(WITH_STORE, rows_of(readings))

    for name, rows in tables.items():
        if name.startswith("entries/"):
            ledger, month = name.split("/")[1:]
            gas = "CO2" if ledger == "park_acceptance" else ("CO2", "CO2e")
            assert all(row["factors"].startswith(f"{ledger}/") for row in rows)
            assert all(row["gas"] in gas for row in rows)
            assert all(local_month(row["start"]) == month for row in rows)
    entries = {name: rows for name, rows in tables.items() if name.startswith("entries/")}
    rows = [row for name, some in entries.items() for row in as_totals(name, some)]
    added = sums(rows, "ledger", "enterprise")
    assert added == sums(tables["totals"], "ledger", "enterprise")


def as_totals(name: str, rows: list[Row]) -> Iterator[Row]:
    for row in rows:
        ng = int(row["emissions_ng"])
        grams = f"{ng // 10**9}.{ng % 10**9:09d}"
        yield {**row, "ledger": name.split("/")[1], "emissions_g": grams}


def local_month(start: str) -> str:
    return f"{datetime.fromisoformat(start) + timedelta(hours=8):%Y-%m}"


@few
@given(closing(), st.integers(0, QUARTERS - 1), st.sampled_from(["press", "mill", "gas"]))
def test_an_unknown_value_takes_away_just_what_depends_on_it(
    readings: dict[str, list[int]], at: int, meter: str
) -> None:
    masked: Readings = {
        name: [None if (name, i) == (meter, at) else wh for i, wh in enumerate(column)]
        for name, column in readings.items()
    }
    gone = depending_on(meter, feeds_main=readings["back"][at] > 0)
    feeds_hall = readings["out"][at] > 0
    if meter == "mill" and feeds_hall:
        gone |= HALL
    start = f"{(BEGINS + at * timedelta(minutes=15)).astimezone().isoformat()}"

    _, whole, _ = booked(WITHOUT_STORE, rows_of(readings))
    _, lacking, _ = booked(WITHOUT_STORE, rows_of(masked))

    for name in (n for n in whole if n.startswith("entries/")):
        kept = [
            r for r in whole[name] if not (same_moment(r["start"], start) and r["meter"] in gone)
        ]
        assert lacking[name] == kept
    (item,) = [i for i in lacking["open_items"] if meter in f"{i['subject']} {i['what']}"]
    assert item["kind"] == "unknown-reading"
    assert same_moment(item["start"], start)


def depending_on(meter: str, *, feeds_main: bool) -> set[str]:
    """Return the lines whose mix or amount needs a meter's value."""
    if meter == "gas":
        return {"gas"}
    main = {"mill", "unaccounted-load@main"}
    if meter == "mill":
        return main
    return HALL | (main if feeds_main else set())


def same_moment(one: str, other: str) -> bool:
    return datetime.fromisoformat(one) == datetime.fromisoformat(other)
