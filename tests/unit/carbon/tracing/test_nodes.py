"""What leaves a node has the mix of what came in (rules B.2, D.3)."""

from dataclasses import replace

import numpy as np
import pytest

from services.carbon_accounting.domain.tracing.boundary import ExportPolicy
from services.carbon_accounting.domain.tracing.tracing import traced
from tests.support.tracing import (
    EMPTY,
    GRID,
    NOON_US,
    PV,
    amounts,
    boundary,
    export,
    flow,
    load,
    mix,
    supply,
    trace,
)

ONE_BUS = (supply("grid"), supply("pv"), load("steel"), load("offices"))


def test_every_load_has_the_mix_of_its_node() -> None:
    found = trace(boundary(*ONE_BUS), grid=[300], pv=[100], steel=[200], offices=[200])

    assert mix(found, "steel") == {"grid": 150, "pv": 50}
    assert mix(found, "offices") == {"grid": 150, "pv": 50}


def test_shares_that_are_no_whole_number_still_sum_both_ways() -> None:
    meters = (supply("grid"), supply("pv"), load("a"), load("b"), load("c"))
    found = trace(boundary(*meters), grid=[2], pv=[1], a=[1], b=[1], c=[1])

    shares = [mix(found, line) for line in "abc"]
    assert sorted(shares, key=str) == [{"grid": 1}, {"grid": 1}, {"pv": 1}]


def test_export_takes_what_is_green_first() -> None:
    meters = (supply("grid"), supply("pv"), supply("wind"), load("steel"), export())
    rows = {"grid": [100], "pv": [300], "wind": [100], "steel": [300], "export": [200]}

    found = trace(boundary(*meters), **rows)

    assert mix(found, "export") == {"pv": 150, "wind": 50}
    assert mix(found, "steel") == {"grid": 100, "pv": 150, "wind": 50}


def test_export_beyond_what_is_green_is_of_the_rest() -> None:
    meters = (supply("grid"), supply("pv"), load("steel"), export())

    found = trace(boundary(*meters), grid=[100], pv=[300], steel=[50], export=[350])

    assert mix(found, "export") == {"pv": 300, "grid": 50}
    assert mix(found, "steel") == {"grid": 50}


def test_export_in_proportion_is_as_any_other_consumer() -> None:
    meters = (supply("grid"), supply("pv"), load("steel"), export())
    where = boundary(*meters, policy=ExportPolicy.PROPORTIONAL)

    found = trace(where, grid=[100], pv=[300], steel=[200], export=[200])

    assert mix(found, "export") == {"grid": 50, "pv": 150}


def test_the_vintage_is_the_local_year_of_supply() -> None:
    last_quarter_of_2024_in_shanghai_us = 1_735_660_800_000_000 - 900_000_000
    rows = {"grid": [10, 10], "pv": [0, 0], "steel": [10, 10], "offices": [0, 0]}

    found = traced(boundary(*ONE_BUS), amounts(rows, last_quarter_of_2024_in_shanghai_us), EMPTY)

    assert [origin.vintage for origin in found.totals("steel")] == [2024, 2025]


def test_meters_of_one_source_have_one_origin() -> None:
    inverters = [replace(supply(f"pv_{n}"), source="pv") for n in (1, 2)]
    found = trace(boundary(*inverters, load("steel")), pv_1=[70], pv_2=[30], steel=[100])

    assert found.totals("steel") == {PV: 100}


def test_amounts_whose_product_is_beyond_int64_are_as_exact() -> None:
    huge = 4 * 10**12  # 16 TW in a quarter of an hour
    rows = {"grid": [3 * huge], "pv": [huge], "steel": [2 * huge], "offices": [2 * huge]}

    found = trace(boundary(*ONE_BUS), **rows)

    assert found.totals("steel") == {GRID: 3 * huge // 2, PV: huge // 2}


def test_so_are_those_of_exports_and_of_power_that_goes_on_to_another_node() -> None:
    huge = 4 * 10**12
    main = (supply("grid"), supply("pv"), export(), load("steel"), flow("main", "hall"))
    rows = {"grid": [2 * huge], "pv": [2 * huge], "export": [huge], "main>hall": [huge]}

    found = trace(boundary(*main, load("press", "hall")), **rows, steel=[2 * huge], press=[huge])

    assert found.totals("export") == {PV: huge}
    assert found.totals("press") == {GRID: 2 * huge // 3, PV: huge // 3 + 1}


def test_a_negative_amount_is_refused_by_meter_value_and_time() -> None:
    with pytest.raises(ValueError, match=r"pv has -5 Wh at 2025-06-15T15:15:00\+00:00"):
        amounts({"grid": [1], "pv": [-5]})


def test_amounts_of_other_meters_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"lack the meters \['steel'\] .* have \['stele'\]"):
        trace(boundary(*ONE_BUS), grid=[1], pv=[1], stele=[1], offices=[1])


def test_ten_times_the_amounts_are_ten_times_the_shares() -> None:
    once = trace(boundary(*ONE_BUS), grid=[30], pv=[10], steel=[20], offices=[20])
    tenfold = trace(boundary(*ONE_BUS), grid=[300], pv=[100], steel=[200], offices=[200])

    assert mix(once, "steel") == {"grid": 15, "pv": 5}
    assert np.array_equal(tenfold.wh, 10 * once.wh)


def test_the_order_of_the_meters_changes_nothing() -> None:
    rows = {"grid": [301], "pv": [100], "steel": [201], "offices": [200]}

    forth = trace(boundary(*ONE_BUS), **rows)
    back = trace(boundary(*reversed(ONE_BUS)), **dict(reversed(rows.items())))

    assert forth.lines == back.lines
    assert np.array_equal(forth.wh, back.wh)
    assert forth.starts_us[0] == NOON_US
