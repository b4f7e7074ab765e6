"""Boundaries, amounts and what is traced, as short as tests want to read them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Amounts
from services.carbon_accounting.domain.tracing.boundary import (
    Allocation,
    Boundary,
    ExportPolicy,
    Meter,
    Role,
    Store,
)
from services.carbon_accounting.domain.tracing.origins import Origin
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.domain.tracing.tracing import Traced, traced

QUARTER_US = 900_000_000
NOON_US = 1_750_000_500_000_000  # a quarter hour of June 2025
YEAR = 2025
SHANGHAI = ZoneInfo("Asia/Shanghai")
EMPTY = Pools()

GRID = Origin("grid", "grid", YEAR)
PV = Origin("pv", "pv", YEAR)
WIND = Origin("wind", "wind", YEAR)


def supply(id: str, node: str = "main", kind: str = "") -> Meter:
    return Meter(id, Role.SUPPLY, node, kind=kind or id.split("_")[0])


def load(id: str, node: str = "main") -> Meter:
    return Meter(id, Role.LOAD, node)


def export(id: str = "export", node: str = "main") -> Meter:
    return Meter(id, Role.EXPORT, node)


def flow(node: str, to_node: str) -> Meter:
    return Meter(f"{node}>{to_node}", Role.FLOW, node, to_node=to_node)


def battery_meters(store: str = "battery", node: str = "main") -> tuple[Meter, Meter]:
    charge = Meter(f"{store}.charge", Role.CHARGE, node, store=store)
    return charge, Meter(f"{store}.discharge", Role.DISCHARGE, node, store=store)


def battery(
    efficiency: str = "1",
    allocation: Allocation = Allocation.WEIGHTED_AVERAGE,
    capacity_wh: int | None = None,
    id: str = "battery",
) -> Store:
    return Store(id, Fraction(efficiency), allocation, capacity_wh)


def boundary(
    *meters: Meter, stores: Sequence[Store] = (), policy: ExportPolicy = ExportPolicy.GREEN_FIRST
) -> Boundary:
    """A boundary with the nodes that its meters name."""
    nodes = {node for meter in meters for node in (meter.node, meter.to_node) if node}
    return Boundary(tuple(nodes), meters, SHANGHAI, tuple(stores), export=policy)


def amounts(rows: Mapping[str, Sequence[int | None]], start_us: int = NOON_US) -> Amounts:
    """Amounts in Wh by meter, quarter after quarter; None is unknown."""
    count = len(next(iter(rows.values())))
    return Amounts(
        tuple(rows),
        start_us + QUARTER_US * np.arange(count, dtype=np.int64),
        np.array([[wh or 0 for wh in row] for row in rows.values()], np.int64).reshape(-1, count),
        np.array([[wh is None for wh in row] for row in rows.values()]).reshape(-1, count),
    )


def trace(where: Boundary, opening: Pools = EMPTY, **rows: Sequence[int | None]) -> Traced:
    """Trace amounts by meter; `_` in a name stands for `.`, `TO` for `>`."""
    named = {name.replace("__", ".").replace("TO", ">"): row for name, row in rows.items()}
    return traced(where, amounts(named), opening)


def mix(traced: Traced, line: str, at: int = 0) -> dict[str, int]:
    """What a line is in one interval, in Wh by the source of the origin (or `unknown`, …)."""
    column = traced.of(line)[:, at].tolist()
    found: dict[str, int] = {}
    for origin, wh in zip(traced.origins, column, strict=True):
        if wh:
            name = origin.kind if origin.kind in ("unknown", "unaccounted") else origin.source
            found[name] = found.get(name, 0) + wh
    return found


def held(traced: Traced, at: int, store: int = 0) -> dict[str, int]:
    """What a store holds at the end of an interval, by source."""
    column = traced.stores.content[store, :, at].tolist()
    named = zip(traced.origins, column, strict=True)
    return {o.source if o.kind != "unknown" else o.kind: wh for o, wh in named if wh}
