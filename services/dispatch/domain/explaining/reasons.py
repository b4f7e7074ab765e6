"""Why: the prices, limits and alternatives of a device in a step, from what binds at the margin."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from services.dispatch.domain.explaining.because import Because, Kind
from services.dispatch.domain.explaining.limits import bounds, shared
from services.dispatch.domain.explaining.marginal import Margins
from services.dispatch.domain.explaining.moves import moves
from services.dispatch.domain.explaining.states import states
from services.dispatch.domain.explaining.words import in_units_of
from services.dispatch.domain.park.network import Carrier
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Store

NEXT_TO_NOTHING = 0.0005
"""Currency units: what a limit must be worth to be told; ties are broken by less."""


def reasons(problem: ParkProblem, margins: Margins, device: Any, step: int) -> list[Because]:
    """Return prices, then limits by worth, then moves by cost."""
    hours = float(problem.horizon.hours[step])
    columns = list(margins.columns(device, step))
    prices = list(_prices(problem, margins, device, step))
    limits: list[Because] = [
        *bounds(device, columns, hours),
        *shared(problem, margins, device, columns, step),
        *states(margins, device, step),
    ]
    next_ones = list(moves(problem, margins, device, step))
    limits = sorted((one for one in limits if one.worth > NEXT_TO_NOTHING), key=_dearest)
    next_ones.sort(key=lambda one: one.worth)
    carrier = problem.carrier_of(nodes_of(problem, device)[0])
    return [*prices, *(counted(carrier, one) for one in (*limits, *next_ones))]


def _dearest(one: Because) -> float:
    return -one.worth


def nodes_of(problem: ParkProblem, device: Any) -> list[str]:
    """Return the nodes that a device touches, each once."""
    names = [getattr(device, name, None) for name in ("node", "input_node", "from_node", "to_node")]
    names += [output.node for output in getattr(device, "outputs", ())]
    names += list(getattr(device, "flows_kw", {}))
    names += [grid.node for grid in problem.grids if grid.id == getattr(device, "grid", None)]
    return list(dict.fromkeys(name for name in names if name is not None))


def _prices(problem: ParkProblem, margins: Margins, device: Any, step: int) -> Iterator[Because]:
    money = problem.currency
    for node in nodes_of(problem, device):
        worth = margins.price_at(node, step)
        yield counted(problem.carrier_of(node), _at_node(node, step, worth, money))
    if isinstance(device, Store):
        worth = -margins.price(f"{device.id}.level", step)
        en = f"one more stored kWh is worth {worth:.3f} {money} later"
        zh = f"多储存 1 kWh 日后价值 {worth:.3f} {money}"
        stored = Because(Kind.PRICE, f"{device.id}.level", step, worth, "kWh", en, zh)
        yield counted(problem.carrier_of(device.node), stored)
    if f"{device.id}.wanted" in margins.program.rows:
        worth = margins.price(f"{device.id}.wanted", 0)
        en = f"one more kWh wanted by {device.id} costs {worth:.3f} {money}"
        zh = f"{device.id} 多需 1 kWh 的成本为 {worth:.3f} {money}"
        yield Because(Kind.PRICE, f"{device.id}.wanted", step, worth, "kWh", en, zh)


def _at_node(node: str, step: int, worth: float | None, money: str) -> Because:
    """Say what one more kWh used at a node costs."""
    if worth is None:
        return _not_to_be_had(node, step)
    en = f"one more kWh used at {node} costs {worth:.3f} {money}"
    zh = f"{node} 节点多用 1 kWh 的边际成本为 {worth:.3f} {money}"
    return Because(Kind.PRICE, f"{node}.balance", step, worth, "kWh", en, zh)


def counted(carrier: Carrier, one: Because) -> Because:
    """Return a reason in the units of a carrier."""
    en, zh, unit = (in_units_of(carrier, said) for said in (one.en, one.zh, one.unit))
    return replace(one, en=en, zh=zh, unit=unit)


def _not_to_be_had(node: str, step: int) -> Because:
    """Say that one more kWh would break a limit, which has a price that nobody pays."""
    en = f"one more kWh used at {node} would break a limit that is kept"
    zh = f"{node} 节点多用 1 kWh 将突破现有约束"
    return Because(Kind.PRICE, f"{node}.balance", step, math.nan, "kWh", en, zh)
