"""Properties of costs on small random parks over the turn of a month.

Two nodes, a battery, two enterprises, a shared hall, gas; amounts that do not close and values that
are unknown unless a property says otherwise; prices below 0. Eight quarter hours, four a month.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.carbon_accounting.domain.costing.cells import EVERYBODY, Cell, Where
from services.carbon_accounting.domain.costing.cents import (
    NANOS_PER_CENT,
    apportioned,
    nearest_cents,
)
from services.carbon_accounting.domain.costing.costs import Costs
from services.carbon_accounting.domain.costing.prices import Published
from services.carbon_accounting.domain.costing.statement import statement
from services.carbon_accounting.domain.inventory.flows import Way
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.energy.time_grid import QUARTER
from tests.support.costing import Readings, a_site, activity, booked, costs_of

BEGINS = datetime.fromisoformat("2024-01-31T23:00:00+08:00")
QUARTERS, JANUARY = 8, 4
METERS = {
    "grid": "role: grid_import",
    "wind": "role: generation, kind: wind",
    "export": "role: export, enterprise: b",
    "pv": "role: generation, kind: pv, node: hall",
    "out": "role: flow, to: hall",
    "back": "role: flow, node: hall, to: main",
    "mill": "role: consumption, enterprise: a",
    "press": "role: consumption, enterprise: b, node: hall",
    "light": "role: consumption, shared_by: floor, node: hall",
    "in": "role: charge, store: battery",
    "from": "role: discharge, store: battery",
}
REST = """
  nodes: [main, hall]
  stores: [{id: battery, round_trip_efficiency: 0.87, shared_by: floor}]
  keys: [{id: floor, weights: {a: 3, b: 4}}, {id: split, weights: {a: 5, b: 2}}]
  streams: [{id: gas, activity: combustion, substance: natural-gas, unit: Nm3, enterprise: b}]
"""
Cells = dict[tuple[str, Where], Cell]
few = settings(max_examples=12, deadline=None)


def prices(grid: Sequence[float], other: Sequence[float]) -> str:
    """A tariff that changes each quarter hour of the night, in currency."""
    hours = [f"{hour:02d}:{minute:02d}" for hour in (23, 0) for minute in (0, 15, 30, 45)]
    ends = [*hours[1:4], "24:00", *hours[5:], "01:00"]
    times = ", ".join(
        f'{{from: "{begin}", to: "{end}", price_per_unit: {price:.6f}}}'
        for begin, end, price in zip(hours, ends, grid, strict=True)
    )
    named = zip(("pv", "wind", "feed-in", "unaccounted"), other, strict=True)
    lines = [f"    - {{id: {name}, price_per_unit: {price:.6f}}}\n" for name, price in named]
    gas = "    - {id: natural-gas, unit: Nm3, price_per_unit: 3.456789}\n"
    return f"  prices:\n    - {{id: grid, times: [{times}]}}\n" + "".join(lines) + gas


def park(meters: Mapping[str, str], says: str = "") -> str:
    lines = "".join(f"    - {{id: {name}, unit: Wh, {what}}}\n" for name, what in meters.items())
    return f"  meters:\n{lines}{REST}{says}"


price = st.integers(-999_999, 2_999_999).map(lambda micros: micros / 1e6)
tariffs = st.builds(
    prices, st.lists(price, min_size=8, max_size=8), st.lists(price, min_size=4, max_size=4)
)


def columns(value: st.SearchStrategy[int | None]) -> st.SearchStrategy[Readings]:
    column = st.lists(value, min_size=QUARTERS, max_size=QUARTERS)
    return st.fixed_dictionaries(dict.fromkeys([*METERS, "gas"], column))


amounts = columns(st.one_of(st.integers(0, 3_000), st.integers(0, 3_000), st.none()))
known = columns(st.integers(0, 3_000))


def by_position(costs: Costs) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """Cents by (month, position): the park's and the sum of the enterprises'."""
    parks: dict[tuple[str, str], int] = defaultdict(int)
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for line in statement(costs):
        into = parks if line.where.enterprise == EVERYBODY else sums
        into[line.month, line.where.position] += line.cents or 0
    return parks, sums


def not_0(cents: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {key: amount for key, amount in cents.items() if amount}


@few
@given(amounts, tariffs)
def test_enterprises_pay_what_the_park_pays_to_the_cent_and_to_the_nano(
    readings: Readings, says: str
) -> None:
    costs = costs_of(a_site(park(METERS, says)), readings, BEGINS)

    assert [*costs.differences()] == []
    parks, sums = by_position(costs)
    assert not_0(sums) == not_0(parks)
    nanos: dict[str, int] = defaultdict(int)
    for (month, where), cell in costs.cells.items():
        assert cell.is_known
        nanos[month] += cell.nanos if where.enterprise == EVERYBODY else 0
    for month, exact in nanos.items():
        total = sum(cents for (of, _), cents in parks.items() if of == month)
        assert total == nearest_cents(exact)


@few
@given(amounts, tariffs)
def test_the_park_pays_what_its_meters_counted_at_the_price_of_the_quarter(
    readings: Readings, says: str
) -> None:
    site = a_site(park(METERS, says))
    tariff = next(one for one in site.pricing.tariffs if one.position == "grid")
    micros = [window.micros for window in tariff.windows]

    costs = costs_of(site, readings, BEGINS)

    imported = [wh or 0 for wh in readings["grid"]]
    nanos = sum(wh * price for wh, price in zip(imported, micros, strict=True))
    paid = [c for (_, w), c in costs.cells.items() if w.enterprise == "*" and w.position == "grid"]
    assert sum(cell.nanos for cell in paid) == nanos
    assert sum(cell.amount for cell in paid) == sum(imported)


GRID_ONLY = """
  meters:
    - {id: grid, unit: Wh, role: grid_import}
    - {id: mill, unit: Wh, role: consumption, enterprise: a}
    - {id: press, unit: Wh, role: consumption, enterprise: b}
    - {id: light, unit: Wh, role: consumption}
"""
three = st.lists(st.tuples(*[st.integers(0, 10**6)] * 3), min_size=QUARTERS, max_size=QUARTERS)


@few
@given(three, st.lists(price, min_size=8, max_size=8))
def test_who_uses_grid_power_alone_pays_what_it_used_at_the_price_of_the_quarter(
    used: list[tuple[int, int, int]], paid: list[float]
) -> None:
    grid = "".join(f"{line}\n" for line in prices(paid, [0] * 4).splitlines()[:2])
    site = a_site(GRID_ONLY + grid)
    micros = [window.micros for window in site.pricing.tariffs[0].windows]
    mill, press, light = zip(*used, strict=True)
    loads = {"mill": mill, "press": press, "light": light}
    readings = loads | {"grid": [sum(wh) for wh in used]}

    costs = costs_of(site, readings, BEGINS)

    nanos: dict[str, int] = defaultdict(int)
    for (_, where), cell in costs.cells.items():
        nanos[where.enterprise] += cell.nanos
    for meter, enterprise in (("mill", "a"), ("press", "b"), ("light", "park")):
        own = zip(loads[meter], micros, strict=True)
        assert nanos[enterprise] == sum(wh * price for wh, price in own)


@few
@given(known, tariffs)
def test_where_every_reading_is_known_nothing_is_left_to_the_park_untraced(
    readings: Readings, says: str
) -> None:
    costs = costs_of(a_site(park(METERS, says)), readings, BEGINS)

    assert not any(where.way == Way.NOT_TRACED for _, where in costs.cells)
    mine = [w for _, w in costs.cells if w.enterprise == "park" and w.way == Way.USE]
    assert mine == []  # every consumer has an owner


@few
@given(amounts, tariffs, st.data())
def test_the_order_of_meters_keys_and_tenants_changes_nothing(
    readings: Readings, says: str, data: st.DataObject
) -> None:
    names = data.draw(st.permutations([*METERS]))
    shuffled = {name: METERS[name] for name in names}
    other = a_site(park(shuffled, says))
    other = replace(
        other,
        enterprises=other.enterprises[::-1],
        keys=other.keys[::-1],
        pricing=replace(other.pricing, tariffs=other.pricing.tariffs[::-1]),
    )

    plain = costs_of(a_site(park(METERS, says)), readings, BEGINS)
    again = costs_of(other, dict(reversed([*readings.items()])), BEGINS)

    assert [*statement(plain)] == [*statement(again)]
    assert plain.open_items == again.open_items


@few
@given(amounts, tariffs)
def test_a_tenant_in_two_parts_changes_nothing_of_what_the_park_pays(
    readings: Readings, says: str
) -> None:
    in_parts = METERS | {"mill": "role: consumption, shared_by: split"}

    whole = costs_of(a_site(park(METERS, says)), readings, BEGINS)
    parts = costs_of(a_site(park(in_parts, says)), readings, BEGINS)

    assert by_position(whole)[0] == by_position(parts)[0]
    assert not_0(by_position(whole)[1]) == not_0(by_position(parts)[1])


@few
@given(amounts, tariffs, st.integers(1, QUARTERS - 1))
def test_a_stretch_and_then_the_rest_are_both_at_once(
    readings: Readings, says: str, first: int
) -> None:
    site, data = a_site(park(METERS, says)), activity(readings, BEGINS)

    at_once = booked(site, data).inventory.costs.cells
    before = booked(site, some(data, slice(first)))
    after = booked(site, some(data, slice(first, None)), before.inventory.closing)

    added = dict(before.inventory.costs.cells)
    for key, cell in after.inventory.costs.cells.items():
        added[key] = added.get(key, Cell()) + cell
    assert without_dark(added) == without_dark(at_once)


def without_dark(cells: Cells) -> Cells:
    """Return the cells that hold anything but intervals of which nothing is known."""
    shown = {key: replace(cell, dark=0) for key, cell in cells.items()}
    return {key: cell for key, cell in shown.items() if not cell.is_empty}


def some(data: ActivityData, here: slice) -> ActivityData:
    return replace(
        data,
        starts_us=data.starts_us[here],
        amounts=data.amounts[:, here],
        known=data.known[:, here],
        measured=data.measured[:, here],
    )


@few
@given(known, tariffs, st.sets(st.sampled_from(["grid", "pv", "wind"]), min_size=1))
def test_what_has_no_price_has_no_cost_and_is_open_and_the_rest_still_sums(
    readings: Readings, says: str, lacking: set[str]
) -> None:
    lines = [li for li in says.splitlines() if not any(f"id: {one}," in li for one in lacking)]

    costs = costs_of(a_site(park(METERS, "\n".join(lines) + "\n")), readings, BEGINS)

    for line in statement(costs):
        if line.where.position in lacking and line.amount:
            assert line.cents is None
            assert line.unverified
    open_ones = {(item.subject, item.what.split()[-4]) for item in costs.open_items}
    used = {
        (where.position, month)
        for (month, where), cell in costs.cells.items()
        if cell.unpriced and where.enterprise != EVERYBODY
    }
    assert open_ones == used
    parks, sums = by_position(costs)
    for key, cents in parks.items():
        assert key[1] in lacking or cents == sums[key]


@few
@given(tariffs)
def test_who_used_nothing_pays_nothing(says: str) -> None:
    nothing = {name: [0] * QUARTERS for name in [*METERS, "gas"]}

    assert [*statement(costs_of(a_site(park(METERS, says)), nothing, BEGINS))] == []


@few
@given(known, tariffs)
def test_published_prices_that_say_the_same_cost_the_same(readings: Readings, says: str) -> None:
    site, data = a_site(park(METERS, says)), activity(readings, BEGINS)
    tariff = next(one for one in site.pricing.tariffs if one.position == "grid")
    micros = np.array([window.micros for window in tariff.windows], np.int64)
    step_us = int(QUARTER.total_seconds() * 1e6)
    published = Published(data.starts_us, data.starts_us + step_us, micros)
    plain = booked(site, data)
    other = booked(site, data, published={("grid", "Wh"): published})

    assert plain.inventory.costs == other.inventory.costs


exact = st.integers(-(10**12), 10**12)
shares = st.dictionaries(st.text(max_size=3), exact, min_size=1, max_size=9)


@given(shares, st.data())
def test_cents_sum_to_the_rounded_sum_each_within_a_cent_whatever_the_order(
    nanos: dict[str, int], data: st.DataObject
) -> None:
    total = nearest_cents(sum(nanos.values()))
    shuffled = {name: nanos[name] for name in data.draw(st.permutations([*nanos]))}

    found = apportioned(nanos, total)

    assert sum(found.values()) == total
    assert all(abs(found[n] * NANOS_PER_CENT - nanos[n]) < NANOS_PER_CENT for n in nanos)
    assert apportioned(shuffled, total) == found
