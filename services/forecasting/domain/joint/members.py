"""What each target is part of: loads, generation or charging, and the nodes it stands behind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.energy.site import Carrier, DeviceKind, Node, Park
from services.forecasting.domain.charging.fleets import fleets_of
from services.forecasting.domain.targets import Target, targets_of


@dataclass(frozen=True, slots=True)
class Member:
    """A target with the devices it stands for."""

    target: Target
    devices: frozenset[str]
    kind: DeviceKind
    carrier: Carrier
    tenant_id: str | None


def members_of(park: Park) -> tuple[Member, ...]:
    """Return the park's targets that add up.

    A load whose meter is a node's is left out where something behind it is forecast: that is what
    it measures, and would be counted twice.
    """
    ports = {fleet.point_id: frozenset(fleet.rating_w) for fleet in fleets_of(park)}
    every = [_member(park, target, ports) for target in targets_of(park)]
    behind = {node.meter_id: devices_behind(node, park.topology) for node in park.topology}
    doubled = {
        meter
        for meter, devices in behind.items()
        if any(one.devices <= devices and meter not in one.devices for one in every)
    }
    return tuple(one for one in every if not one.devices <= doubled)


def devices_behind(node: Node, nodes: Iterable[Node]) -> frozenset[str]:
    """Return the devices behind a node's meter, those of nodes behind it included."""
    by_id = {one.id: one for one in nodes}
    found, below = set[str](), list(node.children)
    while below:
        child = below.pop()
        if child in by_id:
            below += by_id[child].children
        else:
            found.add(child)
    return frozenset(found)


def _member(park: Park, target: Target, ports: Mapping[str, frozenset[str]]) -> Member:
    if target.point_id in ports:
        fleet = ports[target.point_id]
        return Member(target, fleet, DeviceKind.CHARGER, Carrier.ELECTRICITY, None)
    device = park.device(target.point_id.rsplit(".", 1)[0])
    return Member(target, frozenset({device.id}), device.kind, device.carrier, device.tenant_id)
