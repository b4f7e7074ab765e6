"""Which meters stand behind which, and what is wrong when they cannot."""

from services.energy.site import Carrier, Node
from services.energy.topology import Flaw, flaws_of

METERED = dict.fromkeys(("grid", "feeder", "steel", "pv", "hall"), Carrier.ELECTRICITY) | {
    "boiler": Carrier.NATURAL_GAS
}


def whats(*nodes: Node) -> list[tuple[int, str, str]]:
    return [(flaw.node, flaw.key, flaw.what) for flaw in flaws_of(nodes, METERED)]


def test_a_tree_of_meters_is_sound() -> None:
    nodes = [Node("park", "grid", ("north", "pv")), Node("north", "feeder", ("steel", "hall"))]

    assert flaws_of(nodes, METERED) == []


def test_all_mistakes_are_found_at_once() -> None:
    found = whats(Node("park", "gird", ("stele",)), Node("steel", "feeder", ()))

    assert found == [
        (0, "meter", "names no device with a register ('gird')"),
        (0, "children", "names neither a device with a register nor a node ('stele')"),
        (1, "id", "is the id of a device too ('steel')"),
        (1, "children", "is empty"),
    ]


def test_a_device_stands_behind_one_meter_and_a_meter_for_one_node() -> None:
    found = whats(Node("park", "grid", ("steel",)), Node("other", "grid", ("steel",)))

    assert found == [
        (1, "children", "names 'steel', which is a child of 'park' already"),
        (1, "meter", "is the meter of 'park' too ('grid')"),
    ]


def test_a_ring_of_nodes_is_a_mistake_of_each_of_them() -> None:
    flaws = flaws_of(
        [Node("a", "grid", ("b",)), Node("b", "feeder", ("a",)), Node("c", "hall", ("steel",))],
        METERED,
    )

    assert flaws == [
        Flaw(0, "children", "leads back to 'a' itself", "a node stands behind one meter only"),
        Flaw(1, "children", "leads back to 'b' itself", "a node stands behind one meter only"),
    ]


def test_a_node_does_not_hold_its_own_meter() -> None:
    assert whats(Node("park", "grid", ("grid",))) == [
        (0, "children", "holds the node's own meter ('grid')")
    ]


def test_gas_does_not_stand_behind_an_electricity_meter() -> None:
    assert whats(Node("park", "grid", ("steel", "boiler"))) == [
        (0, "children", "holds 'boiler' with natural_gas behind a meter of electricity")
    ]
