"""Power between nodes carries the mix of the node that it leaves."""

from services.carbon_accounting.domain.tracing.open_items import Doubt
from tests.support.tracing import boundary, export, flow, load, mix, supply, trace

HALL = (
    supply("grid"),
    load("steel"),
    flow("main", "hall"),
    flow("hall", "main"),
    supply("pv", "hall"),
    load("press", "hall"),
)
RING = (
    *(supply("grid", "a"), load("x", "a"), supply("pv", "b"), load("y", "b"), load("z", "c")),
    *(flow("a", "b"), flow("b", "c"), flow("c", "a")),
)


def test_a_node_behind_another_mixes_what_it_gets_with_its_own() -> None:
    rows = {"grid": [300], "steel": [100], "main>hall": [200], "hall>main": [0]}

    found = trace(boundary(*HALL), **rows, pv=[100], press=[300])

    assert mix(found, "steel") == {"grid": 100}
    assert mix(found, "press") == {"grid": 200, "pv": 100}


def test_the_direction_may_change_from_quarter_to_quarter() -> None:
    rows = {"grid": [300, 50], "steel": [100, 250], "main>hall": [200, 0], "hall>main": [0, 200]}

    found = trace(boundary(*HALL), **rows, pv=[100, 300], press=[300, 100])

    assert mix(found, "steel", 1) == {"grid": 50, "pv": 200}
    assert mix(found, "press", 1) == {"pv": 100}


def test_what_went_both_ways_in_a_quarter_counts_net() -> None:
    rows = {"grid": [300], "steel": [100], "main>hall": [250], "hall>main": [50]}

    found = trace(boundary(*HALL), **rows, pv=[100], press=[300])

    assert mix(found, "press") == {"grid": 200, "pv": 100}
    assert found.open_items == ()


def test_nodes_that_power_circulates_through_are_one_node_and_an_open_item() -> None:
    rows = {"a>b": [30, 100], "b>c": [130, 200], "c>a": [30, 0]}
    constant = {"grid": [200] * 2, "pv": [200] * 2, "x": [200, 100], "y": [100] * 2}

    found = trace(boundary(*RING), **rows, **constant, z=[100, 200])

    assert mix(found, "x", 0) == {"grid": 100, "pv": 100}
    assert mix(found, "z", 0) == {"grid": 50, "pv": 50}
    assert mix(found, "x", 1) == {"grid": 100}
    assert mix(found, "z", 1) == {"grid": 66, "pv": 134}
    (item,) = found.open_items
    assert (item.doubt, item.names, len(item.starts_us)) == (Doubt.CIRCLE, ("a", "b", "c"), 1)


def test_a_circle_of_nodes_that_are_not_traced_is_no_circle() -> None:
    rows = {"a>b": [30], "b>c": [130], "c>a": [30], "grid": [None], "pv": [200], "x": [200]}

    found = trace(boundary(*RING), **rows, y=[100], z=[100])

    assert {item.doubt for item in found.open_items} == {Doubt.NOT_TRACED}


def test_what_comes_behind_a_circle_has_the_mix_of_all_of_it() -> None:
    meters = (*RING, flow("c", "d"), load("w", "d"), export("export", "d"))
    rows = {"a>b": [30], "b>c": [230], "c>a": [30], "c>d": [100]}
    others = {"grid": [200], "pv": [300], "x": [200], "y": [100], "z": [100]}

    found = trace(boundary(*meters), **rows, **others, w=[60], export=[40])

    assert mix(found, "export") == {"pv": 40}
    assert mix(found, "w") == {"grid": 40, "pv": 20}
