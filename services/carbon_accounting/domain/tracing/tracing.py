"""Consumption by origin: of each meter and interval the Wh by where they came from.

`traced` takes a stretch of time with the content of the stores when it began; what it leaves in
them begins the next stretch, so a day after the other gives the same as a year at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Amounts, Mask, Wh
from services.carbon_accounting.domain.tracing.balances import balanced
from services.carbon_accounting.domain.tracing.boundary import Boundary
from services.carbon_accounting.domain.tracing.charging import Charging
from services.carbon_accounting.domain.tracing.layout import Layout
from services.carbon_accounting.domain.tracing.lines import Line, consumption, lines_of
from services.carbon_accounting.domain.tracing.open_items import OpenItem, open_items
from services.carbon_accounting.domain.tracing.origin_rows import OriginRows
from services.carbon_accounting.domain.tracing.origins import Origin
from services.carbon_accounting.domain.tracing.paths import Rules
from services.carbon_accounting.domain.tracing.pools import Content, Pools
from services.carbon_accounting.domain.tracing.storing import StoreBooks, Stores
from services.carbon_accounting.domain.tracing.stretches import sources_of, stretches_of

CHUNK = 960
"""Intervals that `traced_in_chunks` takes at once: ten days of quarter hours."""


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

    @cached_property
    def _number(self) -> dict[str, int]:
        return {line.id: number for number, line in enumerate(self.lines)}


def traced(boundary: Boundary, amounts: Amounts, opening: Pools) -> Traced:
    """Return what is traced; `opening` is what the stores hold when the first interval begins.

    Raises ValueError where the amounts are not those of the boundary's meters, or the opening
    names other stores.
    """
    opening.refuse_others_than(store.id for store in boundary.stores)
    amounts = amounts.in_order_of(tuple(meter.id for meter in boundary.meters))
    layout = Layout.of(boundary)
    balance = balanced(boundary, layout, amounts)
    rows = OriginRows.of(boundary, amounts, balance, opening)
    rules = Rules([origin.is_green for origin in rows.origins], boundary.export)
    entering = sources_of(layout, balance, rows.of_supply, len(rows.origins))
    sources, stretches, circles = stretches_of(layout, entering)
    contents = [Content(store, opening.of(store.id), rows.origins) for store in boundary.stores]
    charging = Charging(sources, stretches, rules)
    books = Stores(layout, contents, rows.unknown).run(balance, sources, charging)
    return Traced(
        boundary=boundary,
        starts_us=amounts.starts_us,
        origins=rows.origins,
        lines=lines_of(boundary),
        wh=consumption(balance, sources, stretches, books, rules),
        supply=entering.supply.sum(axis=0),
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
