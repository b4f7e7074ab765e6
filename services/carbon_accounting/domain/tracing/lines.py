"""Where power ends: the lines of consumption, and their rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Wh
from services.carbon_accounting.domain.tracing.balances import Balance
from services.carbon_accounting.domain.tracing.boundary import LINE_MARK, Boundary, Role
from services.carbon_accounting.domain.tracing.paths import Rules, paths
from services.carbon_accounting.domain.tracing.proportions import spread
from services.carbon_accounting.domain.tracing.storing import StoreBooks
from services.carbon_accounting.domain.tracing.stretches import Sources, Stretch


@dataclass(frozen=True, slots=True)
class Line:
    """A load, the unaccounted load of a node, an export, or the losses of a store.

    `id` is the meter's, `unaccounted-load@<node>` or `losses@<store>`; `node` is empty for losses.
    """

    id: str
    node: str


def lines_of(boundary: Boundary) -> tuple[Line, ...]:
    """Return loads, unaccounted loads, exports, losses: the order of the rows."""
    return (
        *(Line(meter.id, meter.node) for meter in boundary.of(Role.LOAD)),
        *(Line(f"unaccounted-load{LINE_MARK}{node}", node) for node in boundary.nodes),
        *(Line(meter.id, meter.node) for meter in boundary.of(Role.EXPORT)),
        *(Line(f"losses{LINE_MARK}{store.id}", "") for store in boundary.stores),
    )


def consumption(
    balance: Balance,
    sources: Sources,
    stretches: Sequence[Stretch],
    books: StoreBooks,
    rules: Rules,
) -> Wh:
    """Return the lines by origin, shape (origins, lines, intervals), in the order of `lines_of`."""
    used_at_nodes = np.concatenate([balance.loads, balance.gaps.unaccounted_load])
    demands = np.concatenate([used_at_nodes, balance.exports])
    count = len(demands) + len(books.lost)
    wh = np.zeros((len(rules.green), count, demands.shape[1]), np.int64)
    for stretch in stretches:
        _fill(wh, demands, stretch, sources, books, rules)
    wh[:, len(demands) :] = books.lost.swapaxes(0, 1)
    return wh


def _fill(
    wh: Wh,
    demands: Wh,
    stretch: Stretch,
    sources: Sources,
    books: StoreBooks,
    rules: Rules,
) -> None:
    """Write the loads and exports of a stretch."""
    layout, at = stretch.layout, stretch.intervals
    nothing = list(np.zeros((len(rules.green), len(at)), np.int64))
    metered = sources.metered(at, books.discharged)
    way = paths(layout, metered, rules, stretch.order, nothing)
    loads, nodes = len(layout.load.rows), layout.node_count
    for node in range(nodes):
        behind = [n for n, place in enumerate(stretch.places) if place == node]
        here = [*layout.load.at_node(node), *(loads + n for n in behind)]
        _write(wh, demands, here, at, np.array(way.used[node], np.int64))
        exports = [loads + nodes + n for n in layout.export.at_node(node)]
        _write(wh, demands, exports, at, np.array(way.exported[node], np.int64))


def _write(wh: Wh, demands: Wh, lines: list[int], at: Wh, supply: Wh) -> None:
    """Spread a supply over lines in the intervals `at`; a node not traced has no demand."""
    if len(at) == wh.shape[2]:
        wh[:, lines] = spread(supply, demands[lines])
    else:
        rows = np.array(lines, np.int64)[:, None]
        wh[:, rows, at] = spread(supply, demands[rows, at])
