"""Which chargers are forecast as one: those behind the same node of the topology, else all."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.energy.quantities import Quantity
from services.energy.site import DeviceKind, Park

WHOLE = "charging"


@dataclass(frozen=True, slots=True)
class Fleet:
    """Ports (device ids) with their ratings in W, whose demand is published under `point_id`."""

    point_id: str
    rating_w: Mapping[str, float]


def fleets_of(park: Park) -> tuple[Fleet, ...]:
    """Return the fleets, so that each stands behind one node and nodes' sums can hold it whole."""
    node_of = {child: node.id for node in park.topology for child in node.children}
    groups: dict[str | None, dict[str, float]] = {}
    for device in park.devices_of(DeviceKind.CHARGER):
        if device.rating_w is not None:
            groups.setdefault(node_of.get(device.id), {})[device.id] = device.rating_w
    return tuple(
        Fleet(f"{_name(node, groups)}.{Quantity.ACTIVE_POWER}", ports)
        for node, ports in groups.items()
    )


def _name(node: str | None, groups: Mapping[str | None, object]) -> str:
    return WHOLE if node is None or len(groups) == 1 else f"{WHOLE}_{node}"
