"""The nodes' quarter hours of a day as the data-quality page shows them: newest, day, strip.

Energies in Wh, positive into the node; the imbalance is what the meter counted beyond its children.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from parkflow.validation.v1.balance_pb2 import BalanceVerdict, NodeBalance
from services.console.messages import Json, iso
from services.console.quality_messages import name_of
from services.energy.site import Node, Park
from services.energy.time_grid import QUARTER

INCOMPLETE = BalanceVerdict.BALANCE_VERDICT_INCOMPLETE


def balances_json(
    park: Park, balances: Iterable[NodeBalance], first: datetime, quarters: int
) -> Json:
    """Return each node of the topology over `quarters` quarter hours from `first` on."""
    of_node: dict[str, list[NodeBalance]] = {node.id: [] for node in park.topology}
    for one in balances:
        of_node.setdefault(one.node_id, []).append(one)
    return {
        "first": iso(first),
        "nodes": [_node(park, node, of_node[node.id], first, quarters) for node in park.topology],
    }


def _node(
    park: Park, node: Node, told: Sequence[NodeBalance], first: datetime, quarters: int
) -> Json:
    meter = park.device(node.meter_id)
    strip: list[str | None] = [None] * quarters
    off_wh: list[int | None] = [None] * quarters
    for one in told:
        place = (one.start.ToDatetime(UTC) - first) // QUARTER
        if 0 <= place < quarters:
            strip[place] = _verdict(one)
            off_wh[place] = None if one.verdict == INCOMPLETE else _imbalance_wh(one)
    whole = [one for one in told if one.verdict != INCOMPLETE]
    return {
        "id": node.id,
        "meter": {"en": meter.name.en, "zh": meter.name.zh} if meter else None,
        "children": len(node.children),
        "strip": strip,
        "imbalance_wh": off_wh,
        "newest": _quarter(whole[-1]) if whole else None,
        "missing": list(told[-1].missing) if told else [],
        "day": _day(whole),
    }


def _quarter(one: NodeBalance) -> Json:
    return {
        "start": iso(one.start.ToDatetime(UTC)),
        "metered_wh": one.metered_wh,
        "imbalance_wh": _imbalance_wh(one),
        "share": _share(_imbalance_wh(one), one.metered_wh),
        "least_wh": -one.tolerance_wh,
        "most_wh": one.loss_allowance_wh + one.tolerance_wh,
        "verdict": _verdict(one),
    }


def _day(whole: Sequence[NodeBalance]) -> Json:
    metered_wh = sum(one.metered_wh for one in whole)
    imbalance_wh = sum(map(_imbalance_wh, whole))
    return {
        "metered_wh": metered_wh,
        "imbalance_wh": imbalance_wh,
        "share": _share(imbalance_wh, metered_wh),
        "quarters": len(whole),
    }


def _imbalance_wh(one: NodeBalance) -> int:
    return one.metered_wh - one.children_wh


def _share(imbalance_wh: int, metered_wh: int) -> float | None:
    """Return the imbalance as a share of what the meter counted; None where that is nothing."""
    return imbalance_wh / abs(metered_wh) if metered_wh else None


def _verdict(one: NodeBalance) -> str:
    return name_of(BalanceVerdict, one.verdict, "BALANCE_VERDICT_")
