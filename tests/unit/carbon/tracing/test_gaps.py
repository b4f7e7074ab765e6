"""Registers that do not close, and registers that are not known (docs/ledgers.md, `Gaps`)."""

from services.carbon_accounting.domain.tracing.open_items import Doubt
from tests.support.tracing import (
    NOON_US,
    boundary,
    export,
    flow,
    load,
    mix,
    supply,
    trace,
)

ONE_BUS = (supply("grid"), supply("pv"), load("offices"), load("steel"))
TWO_NODES = (supply("grid"), load("steel"), flow("main", "hall"), load("press", "hall"))


def test_a_wh_a_register_is_rounding_and_goes_to_the_largest_load() -> None:
    found = trace(boundary(*ONE_BUS), grid=[304], pv=[0], offices=[100], steel=[200])

    assert mix(found, "steel") == {"grid": 204}
    assert found.gap_wh.tolist() == [[4]]
    assert found.lines[found.rounded_into[0, 0]].id == "steel"
    assert found.open_items == ()


def test_rounding_may_take_from_the_largest_load() -> None:
    found = trace(boundary(*ONE_BUS), grid=[296], pv=[0], offices=[100], steel=[200])

    assert mix(found, "steel") == {"grid": 196}


def test_what_nobody_metered_is_a_line_of_its_own_with_the_mix_of_the_node() -> None:
    found = trace(boundary(*ONE_BUS), grid=[300], pv=[100], offices=[0], steel=[380])

    assert mix(found, "steel") == {"grid": 285, "pv": 95}
    assert mix(found, "unaccounted-load@main") == {"grid": 15, "pv": 5}


def test_a_gap_over_one_percent_is_an_open_item() -> None:
    found = trace(
        boundary(*ONE_BUS), grid=[1000] * 2, pv=[0] * 2, offices=[0] * 2, steel=[990, 989]
    )

    (item,) = found.open_items
    assert (item.doubt, item.subject, item.wh.tolist()) == (Doubt.GAP, "main", [11])
    assert item.starts_us.tolist() == [NOON_US + 900_000_000]
    assert item.names == ("grid", "offices", "pv", "steel")


def test_what_was_consumed_without_a_metered_supply_counts_as_grid_power() -> None:
    found = trace(boundary(*ONE_BUS), grid=[0], pv=[150], offices=[0], steel=[200])

    assert mix(found, "steel") == {"pv": 150, "unaccounted": 50}
    (unaccounted,) = (o for o in found.totals("steel") if o.kind == "unaccounted")
    assert unaccounted.counts_as_grid_power
    assert not unaccounted.is_green


def test_a_deficit_that_no_load_can_carry_is_unaccounted_supply_however_small() -> None:
    found = trace(boundary(supply("grid"), export()), grid=[0], export=[1])

    assert mix(found, "export") == {"unaccounted": 1}


def test_an_unknown_register_leaves_its_node_untraced_and_is_named() -> None:
    found = trace(boundary(*ONE_BUS), grid=[5, 5], pv=[None, 5], offices=[0, 0], steel=[5, 10])

    assert found.is_known("steel").tolist() == [False, True]
    assert mix(found, "steel", 0) == {}
    assert mix(found, "steel", 1) == {"grid": 5, "pv": 5}
    (item,) = found.open_items
    assert (item.doubt, item.names, len(item.starts_us)) == (Doubt.NOT_TRACED, ("pv",), 1)


def test_what_gets_power_from_an_untraced_node_is_not_traced_either() -> None:
    rows = {"grid": [None], "steel": [100], "main>hall": [50], "press": [50]}

    found = trace(boundary(*TWO_NODES), **rows)

    assert found.untraced.all()
    assert not found.wh.any()


def test_what_gives_power_to_an_untraced_node_is_traced() -> None:
    rows = {"grid": [150], "steel": [100], "main>hall": [50], "press": [None]}

    found = trace(boundary(*TWO_NODES), **rows)

    assert found.is_known("steel").all()
    assert mix(found, "steel") == {"grid": 100}
    assert not found.is_known("press").any()
