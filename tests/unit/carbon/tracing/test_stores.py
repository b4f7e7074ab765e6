"""A store keeps the origin and the year of what was put in, less its losses (rules B.2, D.4)."""

from fractions import Fraction

import pytest

from services.carbon_accounting.domain.tracing.boundary import Allocation, Store
from services.carbon_accounting.domain.tracing.open_items import Doubt
from services.carbon_accounting.domain.tracing.origins import Origin
from services.carbon_accounting.domain.tracing.pools import Pool, Pools
from tests.support.tracing import (
    GRID,
    PV,
    battery,
    battery_meters,
    boundary,
    held,
    load,
    mix,
    supply,
    trace,
)

METERS = (supply("grid"), supply("pv"), load("steel"), *battery_meters())
FIFO = battery(allocation=Allocation.FIFO)
TWO_DAYS = (slice(0, 2), slice(2, 3))
SUN_THEN_GRID = {
    "grid": [0, 100, 0],
    "pv": [300, 0, 0],
    "steel": [0, 0, 200],
    "battery.charge": [300, 100, 0],
    "battery.discharge": [0, 0, 200],
}


def test_a_store_gives_the_average_of_what_is_in_it() -> None:
    found = trace(boundary(*METERS, stores=[battery()]), **SUN_THEN_GRID)

    assert mix(found, "steel", 2) == {"grid": 50, "pv": 150}
    assert held(found, 2) == {"grid": 50, "pv": 150}


def test_first_in_first_out_gives_what_was_put_in_first() -> None:
    found = trace(boundary(*METERS, stores=[FIFO]), **SUN_THEN_GRID)

    assert mix(found, "steel", 2) == {"pv": 200}
    assert found.closing.of("battery").lots == (((PV, 100),), ((GRID, 100),))


def test_losses_are_a_line_of_the_store_with_the_origins_of_what_was_lost() -> None:
    where = boundary(*METERS, stores=[battery("9/10")])

    found = trace(where, **SUN_THEN_GRID)

    assert mix(found, "losses@battery", 0) == {"pv": 30}
    assert mix(found, "losses@battery", 1) == {"grid": 10}
    assert held(found, 1) == {"grid": 90, "pv": 270}


def test_parts_of_a_wh_are_carried_so_that_no_quarter_loses_more_than_declared() -> None:
    quarters = 10
    rows = {"grid": [9] * quarters, "pv": [0] * quarters, "steel": [0] * quarters}
    charged = {"battery.charge": [9] * quarters, "battery.discharge": [0] * quarters}

    found = trace(boundary(*METERS, stores=[battery("9/10")]), **rows, **charged)

    assert held(found, quarters - 1) == {"grid": 81}


def test_parts_of_a_wh_from_before_another_efficiency_was_declared_make_no_whole_one() -> None:
    opening = Pools({"battery": Pool(carry=80)})  # 80 of 81 parts; of 10 parts it is none
    rows = {"grid": [1], "pv": [0], "steel": [0], "battery.charge": [1], "battery.discharge": [0]}

    found = trace(boundary(*METERS, stores=[battery("9/10")]), opening, **rows)

    assert mix(found, "losses@battery") == {"grid": 1}


def test_content_beyond_the_capacity_was_lost() -> None:
    rows = SUN_THEN_GRID | {"steel": [0, 0, 0], "battery.discharge": [0, 0, 0]}

    found = trace(boundary(*METERS, stores=[battery(capacity_wh=200)]), **rows)

    assert held(found, 2) == {"grid": 67, "pv": 133}
    assert mix(found, "losses@battery", 0) == {"pv": 100}


def test_what_a_store_gives_beyond_its_content_is_unknown_and_an_open_item() -> None:
    rows = SUN_THEN_GRID | {"steel": [0, 0, 450], "battery.discharge": [0, 0, 450]}

    found = trace(boundary(*METERS, stores=[battery()]), **rows)

    assert mix(found, "steel", 2) == {"grid": 100, "pv": 300, "unknown": 50}
    (item,) = found.open_items
    assert (item.doubt, item.subject, item.wh.tolist()) == (Doubt.BEYOND_POOL, "battery", [50])


def test_opening_content_keeps_its_origin_and_year() -> None:
    last_year = Origin("pv", "pv", 2024)
    opening = Pools({"battery": Pool.of({last_year: 200})})

    found = trace(boundary(*METERS, stores=[FIFO]), opening, **SUN_THEN_GRID)

    assert found.totals("steel") == {last_year: 200}


def test_opening_content_of_unknown_origin_counts_as_grid_power_and_is_an_open_item() -> None:
    opening = Pools.of_unknown_origin({"battery": 200})

    found = trace(boundary(*METERS, stores=[FIFO]), opening, **SUN_THEN_GRID)

    assert mix(found, "steel", 2) == {"unknown": 200}
    assert [origin.counts_as_grid_power for origin in found.totals("steel")] == [True]
    assert [item.doubt for item in found.open_items] == [Doubt.OPENING_UNKNOWN]


def test_what_is_charged_while_its_node_is_not_traced_is_unknown_in_the_store() -> None:
    rows = SUN_THEN_GRID | {"grid": [0, None, 0]}

    found = trace(boundary(*METERS, stores=[FIFO]), **rows)

    assert held(found, 1) == {"pv": 300, "unknown": 100}


def test_when_a_store_s_own_register_is_unknown_its_content_is_too() -> None:
    rows = SUN_THEN_GRID | {"battery.discharge": [0, None, 200]}

    found = trace(boundary(*METERS, stores=[battery()]), **rows)

    assert held(found, 1) == {"unknown": 400}
    assert mix(found, "steel", 2) == {"unknown": 200}
    assert [(item.doubt, item.wh.tolist()) for item in found.open_items] == [
        (Doubt.NOT_TRACED, [0]),
        (Doubt.STORE_UNKNOWN, [300]),
    ]


def test_a_day_after_the_other_is_the_same_as_both_at_once() -> None:
    where = boundary(*METERS, stores=[battery("9/10")])
    first, then = ({name: row[at] for name, row in SUN_THEN_GRID.items()} for at in TWO_DAYS)

    whole = trace(where, **SUN_THEN_GRID)
    resumed = trace(where, trace(where, **first).closing, **then)

    assert mix(resumed, "steel") == mix(whole, "steel", 2)
    assert resumed.closing == whole.closing


def test_an_efficiency_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match="round_trip_efficiency 11/10 must be above 0"):
        Store("battery", Fraction(11, 10))
