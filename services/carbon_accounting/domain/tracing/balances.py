"""What enters and leaves each node, closed: rounding, what is unaccounted for, what is not known.

A node is not traced in an interval in which a register at it is unknown, nor where power comes
from such a node: of what its mix depends on, nothing is booked. At the others everything that
comes in goes out, once the gap between the registers is booked (docs/ledgers.md, `Gaps`).
"""

from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Amounts, Mask, Wh
from services.carbon_accounting.domain.tracing.boundary import Boundary
from services.carbon_accounting.domain.tracing.layout import Layout, Rows

LARGE_GAP_PARTS = 100
"""A gap above one part in so many of what came in is an open item (1 %)."""


@dataclass(frozen=True)
class Gaps:
    """What the registers of each node do not explain; all (nodes, intervals).

    `wh` is what came in less what went out. `rounded_into` is the load (by number) that takes a
    gap that is rounding, -1 where none does.
    """

    wh: Wh
    rounded_into: Wh
    unaccounted_load: Wh
    unaccounted_supply: Wh
    large: Mask


@dataclass(frozen=True)
class Balance:
    """The amounts of a stretch of intervals, by line; nothing at nodes that are not traced.

    `supply`, `loads`, … have a row per line of the layout. `edges` are net flows.
    `charge` and `discharge` are also there where the node is not traced: a store goes on.
    """

    supply: Wh
    loads: Wh
    exports: Wh
    charge: Wh
    discharge: Wh
    edges: Wh
    untraced: Mask
    store_unknown: Mask
    gaps: Gaps


def balanced(boundary: Boundary, layout: Layout, amounts: Amounts) -> Balance:
    """Return the balance of amounts whose rows are those of the boundary."""
    wh = np.where(amounts.unknown, 0, amounts.wh) if amounts.unknown.any() else amounts.wh
    edges = _net(layout, wh)
    untraced = _untraced(layout, amounts.unknown, edges)
    for edge, (start, _) in enumerate(layout.edges):
        edges[edge][untraced[start]] = 0
    supply, loads, exports = (
        _where_traced(rows, untraced, wh) for rows in (layout.supply, layout.load, layout.export)
    )
    charge, discharge = wh[list(layout.charge.rows)], wh[list(layout.discharge.rows)]
    came_in, went_out = _sums(layout, untraced, (supply, discharge, loads, exports, charge, edges))
    gaps = _gaps(layout, came_in, went_out, loads, _register_counts(boundary))
    _round(gaps, loads)
    unknown_stores = _store_unknown(len(boundary.stores), layout, amounts.unknown)
    return Balance(supply, loads, exports, charge, discharge, edges, untraced, unknown_stores, gaps)


def _where_traced(rows: Rows, untraced: Mask, wh: Wh) -> Wh:
    found = wh[list(rows.rows)]
    if untraced.any():
        found[untraced[list(rows.at)]] = 0
    return found


def _net(layout: Layout, wh: Wh) -> Wh:
    """Return what goes along each directed edge, once the way back is taken off."""
    along = {edge: np.zeros(wh.shape[1], np.int64) for edge in layout.edges}
    for row, start, end in zip(layout.flow.rows, layout.flow.at, layout.flow_to, strict=True):
        along[start, end] += wh[row]
    net = [np.maximum(along[a, b] - along[b, a], 0) for a, b in layout.edges]
    return np.array(net, np.int64).reshape(len(net), wh.shape[1])


def _untraced(layout: Layout, unknown: Mask, edges: Wh) -> Mask:
    untraced = np.zeros((layout.node_count, unknown.shape[1]), bool)
    roles = (layout.supply, layout.load, layout.export, layout.charge, layout.discharge)
    for rows in (*roles, layout.flow):
        for row, node in zip(rows.rows, rows.at, strict=True):
            untraced[node] |= unknown[row]
    for row, node in zip(layout.flow.rows, layout.flow_to, strict=True):
        untraced[node] |= unknown[row]
    _spread_downstream(layout, untraced, edges)
    return untraced


def _spread_downstream(layout: Layout, untraced: Mask, edges: Wh) -> None:
    if not untraced.any():
        return
    for _ in range(layout.node_count):
        before = untraced.sum()
        for edge, (start, end) in enumerate(layout.edges):
            untraced[end] |= untraced[start] & (edges[edge] > 0)
        if untraced.sum() == before:
            return


def _sums(layout: Layout, untraced: Mask, amounts: tuple[Wh, ...]) -> tuple[Wh, Wh]:
    """Return what came into and what went out of each node; nothing where it is not traced."""
    supply, discharge, loads, exports, charge, edges = amounts
    came_in, went_out = np.zeros(untraced.shape, np.int64), np.zeros(untraced.shape, np.int64)
    np.add.at(came_in, list(layout.supply.at), supply)
    np.add.at(came_in, list(layout.discharge.at), discharge)
    np.add.at(went_out, list(layout.load.at), loads)
    np.add.at(went_out, list(layout.export.at), exports)
    np.add.at(went_out, list(layout.charge.at), charge)
    for edge, (start, end) in enumerate(layout.edges):
        went_out[start] += edges[edge]
        came_in[end] += edges[edge]
    return np.where(untraced, 0, came_in), np.where(untraced, 0, went_out)


def _gaps(layout: Layout, came_in: Wh, went_out: Wh, loads: Wh, registers: Wh) -> Gaps:
    gap = came_in - went_out
    is_rounding = np.abs(gap) <= registers[:, None]
    largest, largest_wh = _largest_loads(layout.load, loads, len(gap))
    fits = is_rounding & (gap != 0) & (largest_wh > 0) & (largest_wh + gap >= 0)
    return Gaps(
        gap,
        np.where(fits, largest, -1),
        np.where(fits, 0, np.maximum(gap, 0)),
        np.where(fits, 0, np.maximum(-gap, 0)),
        ~is_rounding & (np.abs(gap) * LARGE_GAP_PARTS > came_in),
    )


def _largest_loads(rows: Rows, loads: Wh, node_count: int) -> tuple[Wh, Wh]:
    """Return the load of each node that drew most, the first by id of equals, and its Wh."""
    number = np.full((node_count, loads.shape[1]), -1, np.int64)
    most = np.zeros((node_count, loads.shape[1]), np.int64)
    for node in range(node_count):
        if here := rows.at_node(node):
            number[node] = np.array(here)[loads[here].argmax(axis=0)]
            most[node] = loads[here].max(axis=0)
    return number, most


def _round(gaps: Gaps, loads: Wh) -> None:
    for gap, into in zip(gaps.wh, gaps.rounded_into, strict=True):
        at = np.flatnonzero(into >= 0)
        loads[into[at], at] += gap[at]


def _register_counts(boundary: Boundary) -> Wh:
    return np.array([len(boundary.registers_of(node)) for node in boundary.nodes], np.int64)


def _store_unknown(store_count: int, layout: Layout, unknown: Mask) -> Mask:
    """Return where a store's own registers are unknown."""
    found = np.zeros((store_count, unknown.shape[1]), bool)
    for rows in (layout.charge, layout.discharge):
        for row, store in zip(rows.rows, rows.store, strict=True):
            found[store] |= unknown[row]
    return found
