"""Energy by origin and month: what came in, where it went, and that both sides close to the Wh.

Supply, what was beyond a store's content and what changed its origin to unknown stand on one side;
uses, exports, losses, what the stores gained and what was not traced on the other.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.using import LOSSES, UNACCOUNTED_AT
from services.carbon_accounting.domain.tracing.boundary import Boundary, Role
from services.carbon_accounting.domain.tracing.origins import Origin, unknown_of
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.domain.tracing.tracing import Traced


class Way(StrEnum):
    """Where energy went, or that it came in.

    `not-traced`: it left for a node of which a register is unknown, less what stores took there.
    """

    SUPPLY = "supply"
    BEYOND_STORE = "beyond-store"
    FORGOTTEN = "became-unknown"
    USE = "use"
    EXPORT = "export"
    LOSS = "storage-loss"
    UNACCOUNTED = "unaccounted-load"
    STORED = "change-in-stores"
    NOT_TRACED = "not-traced"


IN = (Way.SUPPLY, Way.BEYOND_STORE, Way.FORGOTTEN)
"""Ways that stand on the side of what came in."""


@dataclass
class Flows:
    """Wh by (month, way, line, origin); `line` is empty for supply and stores."""

    wh: dict[tuple[str, Way, str, Origin], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, month: str, found: Traced, before: Mapping[Origin, int]) -> None:
        """Add a month; `before`: what all stores held when it began."""
        for origin, supplied in zip(found.origins, found.supply, strict=True):
            self._put(month, Way.SUPPLY, "", origin, int(supplied.sum()))
        exports = {meter.id for meter in found.boundary.of(Role.EXPORT)}
        for line in found.lines:
            for origin, wh in found.totals(line.id).items():
                self._put(month, _way(line.id, exports), line.id, origin, wh)
        for way, by_origin in _beside(found):
            for origin, wh in zip(found.origins, by_origin.tolist(), strict=True):
                self._put(month, way, "", origin, wh)
        after = content(found.closing, found.boundary)
        for origin in {*before, *after}:
            self._put(month, Way.STORED, "", origin, after.get(origin, 0) - before.get(origin, 0))

    def differences(self) -> Iterator[tuple[str, Origin, int]]:
        """Yield (month, origin, Wh) where what came in is not what went out and stores gained."""
        sums: dict[tuple[str, Origin], int] = defaultdict(int)
        for (month, way, _, origin), wh in self.wh.items():
            sums[month, origin] += wh if way in IN else -wh
        yield from ((month, origin, wh) for (month, origin), wh in sorted(sums.items()) if wh)

    def of(self, *ways: Way) -> dict[Origin, int]:
        """Return the Wh of these ways by origin, over all months."""
        found: dict[Origin, int] = defaultdict(int)
        for (_, way, _, origin), wh in self.wh.items():
            if way in ways:
                found[origin] += wh
        return dict(sorted(found.items()))

    def _put(self, month: str, way: Way, line: str, origin: Origin, wh: int) -> None:
        if wh:
            self.wh[month, way, line, origin] += wh


def content(pools: Pools, boundary: Boundary) -> dict[Origin, int]:
    """Return what all stores hold, by origin."""
    held: dict[Origin, int] = defaultdict(int)
    for store in boundary.stores:
        for origin, wh in pools.of(store.id).wh.items():
            held[origin] += wh
    return held


def _way(line_id: str, exports: set[str]) -> Way:
    if line_id.startswith(LOSSES):
        return Way.LOSS
    if line_id.startswith(UNACCOUNTED_AT):
        return Way.UNACCOUNTED
    return Way.EXPORT if line_id in exports else Way.USE


def _beside(found: Traced) -> Iterator[tuple[Way, Whole]]:
    """Yield, by origin, what no line shows: true-up, forgotten origins, what was not traced."""
    books, stores = found.stores, found.boundary.stores
    beyond = np.zeros(len(found.origins), np.int64)
    for store, lacking in zip(stores, books.lacking, strict=True):
        beyond[found.origins.index(unknown_of(store.id))] += lacking.sum()
    yield Way.BEYOND_STORE, beyond
    yield Way.FORGOTTEN, books.forgotten.sum(axis=(0, 2))
    gained = books.charged.sum(axis=0) - books.lost.sum(axis=0) - books.discharged.sum(axis=0)
    rest = found.supply - found.wh.sum(axis=1) - gained
    yield Way.NOT_TRACED, rest[:, found.untraced.any(axis=0)].sum(axis=1)
