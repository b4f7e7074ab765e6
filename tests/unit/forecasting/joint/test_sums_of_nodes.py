"""Park, tenants, feeders and points add up, whatever the park's topology is."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.site import DeviceKind, Node, Park
from services.forecasting.domain.joint.sums import Sum, Totals, sums_of
from services.forecasting.domain.series import Floats
from services.forecasting.domain.targets import targets_of
from tests.support.builders import a_park

ELECTRIC = ("steel", "metalwork", "electroplating", "labs_a", "labs_b", "offices", "pv", "wind")
PORTS = tuple(device.id for device in a_park().devices_of(DeviceKind.CHARGER))


def with_nodes(*nodes: Node) -> Park:
    return replace(a_park(), topology=nodes)


def totals(park: Park) -> tuple[dict[str, Sum], dict[str, Floats]]:
    """Return the park's sums, and their values when the n-th series is 2 to the n."""
    sums, added = sums_of(park), Totals(sums_of(park))
    for n, target in enumerate(targets_of(park)):
        added.put(target.point_id, np.array([2.0**n]))
    found = {one.id: added.of(one) for one in sums}
    return {one.id: one for one in sums}, {k: v for k, v in found.items() if v is not None}


def test_a_feeder_has_its_load_generation_charging_and_net_power() -> None:
    north = Node("north", "grid", ("offices", "pv", *PORTS))

    sums, value = totals(with_nodes(north))

    assert sums["node.north.load_w"].members == ("offices.active_power_w",)
    assert sums["node.north.generation_w"].members == ("pv.active_power_w",)
    assert sums["node.north.charging_w"].members == ("charging.active_power_w",)
    parts = ("load", "generation", "charging")
    assert value["node.north.net_w"] == sum(value[f"node.north.{part}_w"] for part in parts)
    assert sums["node.north.net_w"].lowest_w == -3_000_000.0


def test_a_feeder_of_loads_alone_has_no_net_power_beside_its_load() -> None:
    sums, _ = totals(with_nodes(Node("north", "grid", ("offices", "steel"))))

    assert [name for name in sums if name.startswith("node.")] == ["node.north.load_w"]


def test_a_node_of_gas_adds_up_gas() -> None:
    sums, _ = totals(with_nodes(Node("gas", "boilerhouse_gas", ("labs_b_gas", "h3_gas"))))

    members = ("labs_b_gas.thermal_power_w", "h3_gas.thermal_power_w")
    assert sums["node.gas.load_w"].members == members


def test_a_load_that_measures_others_is_counted_by_those_behind_it() -> None:
    behind = Node("north", "metalwork", ("offices",))

    sums, value = totals(with_nodes(Node("park", "grid", ("steel", "north")), behind))

    assert "metalwork.active_power_w" not in sums["park.load_w"].members
    assert sums["node.park.load_w"].members == ("steel.active_power_w", "offices.active_power_w")
    assert "tenant.metalwork.load_w" not in value


def test_a_load_that_measures_only_what_is_not_forecast_counts_itself() -> None:
    sums, _ = totals(with_nodes(Node("north", "metalwork", ("battery",))))

    assert "metalwork.active_power_w" in sums["park.load_w"].members


@settings(max_examples=60, deadline=None)
@given(
    feeder=st.lists(st.integers(0, 3), min_size=len(ELECTRIC), max_size=len(ELECTRIC)),
    ports=st.lists(st.integers(0, 3), min_size=len(PORTS), max_size=len(PORTS)),
    below=st.booleans(),
)
def test_feeders_that_share_out_the_park_add_up_to_it(
    feeder: list[int], ports: list[int], below: bool
) -> None:
    names = (*ELECTRIC, *PORTS)
    children = [
        tuple(d for d, f in zip(names, feeder + ports, strict=True) if f == n) for n in range(4)
    ]
    meters = ("grid", "battery", "boilerhouse_gas", "h3_gas")  # no load or plant of the sums
    nodes = [Node(f"f{n}", meters[n], own) for n, own in enumerate(children) if own]
    if below and len(nodes) > 1:  # one feeder behind another
        nodes[0] = replace(nodes[0], children=(*nodes[0].children, nodes[1].id))

    park = with_nodes(*nodes)
    sums, value = totals(park)

    tops = [node for node in nodes if not (below and len(nodes) > 1 and node is nodes[1])]
    for part in ("load", "generation", "charging"):
        of_feeders = sum(
            (value.get(f"node.{n.id}.{part}_w", np.zeros(1)) for n in tops), np.zeros(1)
        )
        np.testing.assert_array_equal(of_feeders, value[f"park.{part}_w"])
    np.testing.assert_array_equal(
        value["park.residual_w"] + value["park.charging_w"], value["park.net_w"]
    )
    tenants = sum(value[name] for name in sums if name.startswith("tenant."))
    np.testing.assert_array_equal(tenants, value["park.load_w"])
