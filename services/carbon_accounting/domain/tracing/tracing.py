"""Consumption by origin: of each meter and interval the Wh by where they came from.

`traced` takes a stretch of time with the content of the stores when it began; what it leaves in
them begins the next stretch, so a day after the other gives the same as a year at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Amounts, Mask, Wh, vintages
from services.carbon_accounting.domain.tracing.balances import Balance, balanced
from services.carbon_accounting.domain.tracing.boundary import LINE_MARK, Boundary, Meter, Role
from services.carbon_accounting.domain.tracing.charging import Charging
from services.carbon_accounting.domain.tracing.layout import Layout
from services.carbon_accounting.domain.tracing.open_items import OpenItem, open_items
from services.carbon_accounting.domain.tracing.origins import Origin, unaccounted_at, unknown_of
from services.carbon_accounting.domain.tracing.paths import Rules, paths
from services.carbon_accounting.domain.tracing.pools import Content, Pools
from services.carbon_accounting.domain.tracing.proportions import spread
from services.carbon_accounting.domain.tracing.storing import StoreBooks, Stores
from services.carbon_accounting.domain.tracing.stretches import (
    Sources,
    Stretch,
    sources,
    stretches,
)

CHUNK = 960
"""Intervals that `traced_in_chunks` takes at once: ten days of quarter hours."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where power ends: a load, an export, losses of a store, unaccounted load of a node.

    `id` is the meter's, `losses@<store>` or `unaccounted-load@<node>`; `node` is empty for losses.
    """

    id: str
    node: str


@dataclass(frozen=True)
class Traced:
    """Energies of intervals by origin, in Wh, never negative.

    `wh` is (origins, lines, intervals), `supply` (origins, intervals): all that came in at the
    nodes that are traced, what is unaccounted for among it. `untraced` is (nodes, intervals):
    there nothing is booked, and the zeros of its lines mean nothing (`is_known`). `rounded_into`
    (nodes, intervals) is the number of the line that took a gap of rounding, `gap_wh`, else -1.
    """

    boundary: Boundary
    starts_us: Wh
    origins: tuple[Origin, ...]
    lines: tuple[Line, ...]
    wh: Wh
    supply: Wh
    stores: StoreBooks
    untraced: Mask
    gap_wh: Wh
    rounded_into: Wh
    open_items: tuple[OpenItem, ...]
    closing: Pools
    _number: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._number.update({line.id: number for number, line in enumerate(self.lines)})

    def of(self, line_id: str) -> Wh:
        """Return a line by origin, shape (origins, intervals); KeyError for no line."""
        return self.wh[:, self._number[line_id]]

    def is_known(self, line_id: str) -> Mask:
        """Return in which intervals a line is traced, shape (intervals,)."""
        node = self.lines[self._number[line_id]].node
        if not node:
            return np.ones(len(self.starts_us), bool)
        known: Mask = ~self.untraced[self.boundary.nodes.index(node)]
        return known

    def totals(self, line_id: str) -> dict[Origin, int]:
        """Return the Wh of a line by origin over all intervals, without those that are 0."""
        found = zip(self.origins, self.of(line_id).sum(axis=1).tolist(), strict=True)
        return {origin: wh for origin, wh in found if wh}


def traced(boundary: Boundary, amounts: Amounts, opening: Pools) -> Traced:
    """Return what is traced; ValueError where the amounts are not those of the boundary's meters.

    `opening` is what the stores hold when the first interval begins.
    """
    amounts = amounts.in_order_of(tuple(meter.id for meter in boundary.meters))
    layout = Layout.of(boundary)
    balance = balanced(boundary, layout, amounts)
    origins, origin_of = _origins(boundary, amounts, balance, opening)
    rules = Rules([origin.is_green for origin in origins], boundary.export)
    found = sources(layout, balance, origin_of, len(origins))
    supply = found.supply.sum(axis=0)
    found, made, circles = stretches(layout, found, balance.untraced)
    contents = [Content(store, opening.of(store.id), origins) for store in boundary.stores]
    unknown = [origins.index(unknown_of(store.id)) for store in boundary.stores]
    books = Stores(layout, contents, unknown).run(balance, found, Charging(found, made, rules))
    lines = _lines(boundary)
    wh = np.zeros((len(origins), len(lines), len(amounts.starts_us)), np.int64)
    for stretch in made:
        _fill(wh, stretch, balance, found, books, rules)
    wh[:, len(lines) - len(contents) :] = books.lost.swapaxes(0, 1)
    return Traced(
        boundary=boundary,
        starts_us=amounts.starts_us,
        origins=origins,
        lines=lines,
        wh=wh,
        supply=supply,
        stores=books,
        untraced=balance.untraced,
        gap_wh=balance.gaps.wh,
        rounded_into=balance.gaps.rounded_into,
        open_items=(*open_items(boundary, amounts, balance, circles, books, opening),),
        closing=Pools({s.id: c.as_pool() for s, c in zip(boundary.stores, contents, strict=True)}),
    )


def traced_in_chunks(
    boundary: Boundary, amounts: Amounts, opening: Pools, intervals: int = CHUNK
) -> Iterator[Traced]:
    """Yield the same as `traced` of everything, so many intervals after the other."""
    for first in range(0, len(amounts.starts_us), intervals):
        chunk = traced(boundary, amounts.between(first, first + intervals), opening)
        opening = chunk.closing
        yield chunk


def _origins(
    boundary: Boundary, amounts: Amounts, balance: Balance, opening: Pools
) -> tuple[tuple[Origin, ...], Wh]:
    """Return all origins in order, and the number of each supply's and node's by interval.

    A node where nothing is unaccounted for has any number: nothing is there to be counted.
    """
    years = vintages(amounts.starts_us, boundary.zone)
    different = sorted({*years.tolist()})
    supplies = [[_supplied(m, year) for year in different] for m in boundary.of(Role.SUPPLY)]
    missing = [[unaccounted_at(node, year) for year in different] for node in boundary.nodes]
    lacks = zip(missing, balance.gaps.unaccounted_supply, strict=True)
    named = supplies + [row for row, wh in lacks if wh.any()] or missing[:1]
    unknown = {unknown_of(store.id) for store in boundary.stores}
    origins = tuple(sorted({o for row in named for o in row} | unknown | opening.origins))
    number = {origin: index for index, origin in enumerate(origins)}
    table = np.array([[number.get(o, 0) for o in row] for row in supplies + missing], np.int64)
    return origins, table[:, np.searchsorted(different, years)]


def _supplied(meter: Meter, year: int) -> Origin:
    return Origin(meter.kind, meter.source or meter.id, year)


def _lines(boundary: Boundary) -> tuple[Line, ...]:
    """Return loads, unaccounted loads, exports, losses: the order of the rows."""
    return (
        *(Line(meter.id, meter.node) for meter in boundary.of(Role.LOAD)),
        *(Line(f"unaccounted-load{LINE_MARK}{node}", node) for node in boundary.nodes),
        *(Line(meter.id, meter.node) for meter in boundary.of(Role.EXPORT)),
        *(Line(f"losses{LINE_MARK}{store.id}", "") for store in boundary.stores),
    )


def _fill(
    wh: Wh, stretch: Stretch, balance: Balance, found: Sources, books: StoreBooks, rules: Rules
) -> None:
    """Write the loads and exports of a stretch."""
    layout, at = stretch.layout, stretch.intervals
    nothing = list(np.zeros((len(rules.green), len(at)), np.int64))
    metered = found.metered(at, books.discharged)
    way = paths(layout, metered, rules, stretch.order, nothing)
    loads = np.concatenate([balance.loads, balance.gaps.unaccounted_load])
    places = stretch.places
    for node in range(layout.node_count):
        here = layout.load.at_node(node)
        here += [len(layout.load.rows) + n for n, place in enumerate(places) if place == node]
        used = np.where(balance.untraced[node, at], 0, np.array(way.used[node], np.int64))
        _write(wh, here, at, spread(used, _columns(loads[here], at)))
        first = len(loads)
        lines = layout.export.at_node(node)
        gone = np.array(way.exported[node], np.int64)
        _write(
            wh, [first + n for n in lines], at, spread(gone, _columns(balance.exports[lines], at))
        )


def _columns(wh: Wh, at: Wh) -> Wh:
    return wh if len(at) == wh.shape[1] else wh[:, at]


def _write(wh: Wh, lines: Sequence[int], at: Wh, parts: Wh) -> None:
    if len(at) == wh.shape[2]:
        wh[:, lines] = parts
    else:
        wh[:, np.array(lines, np.int64)[:, None], at] = parts
