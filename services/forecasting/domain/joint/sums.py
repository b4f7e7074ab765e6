"""Sums of series over the park, its tenants and the nodes of its grid, and their bands.

A sum's median is the sum of its members' medians, so that sums add up whatever is added; its P10
and P90 lie as far from it as those of the joint paths' sums lie from theirs.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from services.energy.site import Carrier, DeviceKind, Node, Park
from services.forecasting.domain.joint.members import Member, devices_behind, members_of
from services.forecasting.domain.series import Floats

LOAD, GENERATION, RESIDUAL = "park.load_w", "park.generation_w", "park.residual_w"
CHARGING, NET = "park.charging_w", "park.net_w"
KINDS = {
    "load": (DeviceKind.LOAD,),
    "generation": (DeviceKind.PV, DeviceKind.WIND),
    "charging": (DeviceKind.CHARGER,),
}
BANDED_PATHS = 80


@dataclass(frozen=True, slots=True)
class Sum:
    """What is added up under which id; members are of one carrier, in the published sign."""

    id: str
    members: tuple[str, ...]
    lowest_w: float
    highest_w: float


def sums_of(park: Park) -> tuple[Sum, ...]:
    """Return the park's sums, its tenants' and its nodes'; one without members is none.

    Loads are what is not steered; the residual is loads and generation. What the park, or a node,
    would take if nothing was steered is its net power: loads, generation and charging.
    """
    every = members_of(park)
    electric = [one for one in every if one.carrier is Carrier.ELECTRICITY]
    loads, made, charging = (_of_kind(electric, kinds) for kinds in KINDS.values())
    parts = {LOAD: loads}
    for tenant in park.tenants:
        own = [one for one in loads if one.tenant_id == tenant.id]
        parts[f"tenant.{tenant.id}.load_w"] = own
    parts |= {GENERATION: made, RESIDUAL: loads + made, CHARGING: charging}
    parts[NET] = loads + made + charging if charging else []
    for node in park.topology:
        parts |= _of_node(node, park, every)
    return tuple(_sum(name, members) for name, members in parts.items() if members)


def _of_node(node: Node, park: Park, every: Iterable[Member]) -> dict[str, list[Member]]:
    """Return the sums of a node, of whatever carrier it is."""
    behind = devices_behind(node, park.topology)
    own = [one for one in every if one.devices <= behind]
    parts = {f"node.{node.id}.{kind}_w": _of_kind(own, kinds) for kind, kinds in KINDS.items()}
    several = sum(1 for members in parts.values() if members) > 1
    return parts | {f"node.{node.id}.net_w": own if several else []}


def _of_kind(members: Iterable[Member], kinds: Collection[DeviceKind]) -> list[Member]:
    return [one for one in members if one.kind in kinds]


def _sum(name: str, members: list[Member]) -> Sum:
    return Sum(
        name,
        tuple(one.target.point_id for one in members),
        sum(one.target.lowest_w for one in members),
        sum(one.target.highest_w for one in members),
    )


class Totals:
    """The sums of whatever series are put in, one after the other; a sum lacks with its members."""

    def __init__(self, sums: Iterable[Sum]) -> None:
        self._lacking = {one.id: set(one.members) for one in sums}
        self._total: dict[str, Floats] = {}

    def put(self, name: str, power_w: Floats) -> None:
        """Add one series to every sum it is a member of."""
        for sum_id, lacking in self._lacking.items():
            if name in lacking:
                lacking.remove(name)
                self._total[sum_id] = self._total.get(sum_id, 0.0) + power_w

    def of(self, one: Sum) -> Floats | None:
        """Return a sum; None while one of its members was not put in."""
        return None if self._lacking[one.id] else self._total[one.id]


def banded(median_w: Floats, paths_w: Floats) -> Floats:
    """Return P10, P50, P90 `(3, steps)` of a sum from its median and its paths `(count, steps)`."""
    low, middle, high = np.quantile(paths_w, (0.1, 0.5, 0.9), axis=0)
    under, over = np.minimum(low - middle, 0.0), np.maximum(high - middle, 0.0)
    return np.array([median_w + under, median_w, median_w + over])
