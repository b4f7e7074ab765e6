"""Whether sub-meters add up to the meter above them, quarter hour by quarter hour.

A node is balanced when what its meter counted is what its children counted, plus losses between
nothing and the allowance, give or take the tolerance. Where a meter is absent nothing is claimed:
the balance is incomplete and says who is missing (§4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from services.energy.quantities import FLOWS_IN, Quantity
from services.energy.site import Node
from services.validation.domain.energy.splitting import HOUR_US, QUARTER_US

Int64s = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Balanced(IntEnum):
    """What a quarter hour of a node came to."""

    YES = 1
    TOO_MUCH_ABOVE = 2  # the meter counted more than its children and their losses
    TOO_MUCH_BELOW = 3  # the children counted more than their meter
    INCOMPLETE = 4  # somebody's energy is not known


@dataclass(frozen=True, slots=True, eq=False)
class Meters:
    """Which registers make up each node's meter and each of its children, with their signs.

    `nodes` in order; `members` are (node, child name or None for the node's own meter); `register`
    and `sign` of row i belong to member `member[i]`.
    """

    nodes: tuple[Node, ...]
    members: tuple[tuple[int, str | None], ...]
    member: Int64s
    register: Int64s
    sign: Int64s

    @classmethod
    def of(cls, nodes: Sequence[Node], register_ids: Sequence[str]) -> "Meters":
        """Return the meters of a sound topology over registers `<device>.<quantity>`."""
        meter_of = {node.id: node.meter_id for node in nodes}
        registers = _by_device(register_ids)
        members: list[tuple[int, str | None]] = []
        rows: list[tuple[int, int, int]] = []
        for number, node in enumerate(nodes):
            for child in (None, *node.children):
                device = node.meter_id if child is None else meter_of.get(child, child)
                rows += [(len(members), row, sign) for row, sign in registers[device]]
                members.append((number, child))
        member, register, sign = np.array(rows, np.int64).reshape(-1, 3).T
        return cls(tuple(nodes), tuple(members), member, register, sign)


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """Per node and interval (nodes, intervals), in Wh; positive flows into the node.

    `children_wh` is the sum of the children that are known; `imbalance_wh` the meter less that sum.
    `missing` lists (node, interval, name) of who is not known; the node's own meter by its id.
    """

    metered_wh: Int64s
    children_wh: Int64s
    allowance_wh: Int64s
    tolerance_wh: Int64s
    verdict: npt.NDArray[np.uint8]
    missing: tuple[tuple[int, int, str], ...]

    @property
    def imbalance_wh(self) -> Int64s:
        """What the meter counted beyond its children."""
        return self.metered_wh - self.children_wh


def balance(meters: Meters, energy_wh: Int64s, known: Mask) -> Balance:
    """Return the balance of every node; `energy_wh` and `known` are (registers, intervals)."""
    intervals = energy_wh.shape[1]
    flows = np.zeros((len(meters.members), intervals), np.int64)
    counted = np.where(known, energy_wh, 0)[meters.register] * meters.sign[:, np.newaxis]
    np.add.at(flows, meters.member, counted)
    absent = np.zeros(flows.shape, np.bool_)
    np.logical_or.at(absent, meters.member, ~known[meters.register])
    flows[absent] = 0
    node_of = np.array([node for node, _ in meters.members], np.int64)
    is_meter = np.array([child is None for _, child in meters.members])
    metered_wh = flows[is_meter]
    below, above = np.zeros((2, len(meters.nodes), intervals), np.int64)
    np.add.at(below, node_of[~is_meter], np.maximum(flows[~is_meter], 0))
    np.add.at(above, node_of[~is_meter], np.maximum(-flows[~is_meter], 0))
    throughput_wh = np.maximum(np.abs(metered_wh), np.maximum(below, above))
    allowance_wh, tolerance_wh = _bounds(meters.nodes, throughput_wh)
    lacking = np.zeros((len(meters.nodes), intervals), np.bool_)
    np.logical_or.at(lacking, node_of, absent)
    surplus_wh = metered_wh - (below - above)
    verdict = np.select(
        [lacking, surplus_wh > allowance_wh + tolerance_wh, surplus_wh < -tolerance_wh],
        [Balanced.INCOMPLETE, Balanced.TOO_MUCH_ABOVE, Balanced.TOO_MUCH_BELOW],
        Balanced.YES,
    ).astype(np.uint8)
    missing = tuple(_missing(meters, absent))
    return Balance(metered_wh, below - above, allowance_wh, tolerance_wh, verdict, missing)


def _bounds(nodes: Sequence[Node], throughput_wh: Int64s) -> tuple[Int64s, Int64s]:
    """Return loss allowance and tolerance, rounded up to whole Wh."""

    def column(values: Sequence[float]) -> npt.NDArray[np.float64]:
        return np.array(values, np.float64)[:, np.newaxis]

    standing_wh = column([node.standing_loss_w for node in nodes]) * (QUARTER_US / HOUR_US)
    loss_wh = column([node.loss_share for node in nodes]) * throughput_wh
    share_wh = column([node.tolerance_share for node in nodes]) * throughput_wh
    fixed_wh = column([node.tolerance_wh for node in nodes])
    allowance_wh = np.ceil(loss_wh + standing_wh).astype(np.int64)
    return allowance_wh, np.ceil(np.maximum(share_wh, fixed_wh)).astype(np.int64)


def _missing(meters: Meters, absent: Mask) -> list[tuple[int, int, str]]:
    found = []
    for member, interval in zip(*(places.tolist() for places in np.nonzero(absent)), strict=True):
        node, child = meters.members[member]
        found.append((node, interval, child or meters.nodes[node].meter_id))
    return found


def _by_device(register_ids: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
    """Return (register row, sign) of each device."""
    registers: dict[str, list[tuple[int, int]]] = {}
    for row, point_id in enumerate(register_ids):
        device, _, quantity = point_id.rpartition(".")
        registers.setdefault(device, []).append((row, FLOWS_IN[Quantity(quantity)]))
    return registers
