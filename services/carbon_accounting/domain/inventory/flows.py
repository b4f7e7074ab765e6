"""Energy by origin and month: what came in, where it went, and that both sides close to the Wh.

Supply, what a store gave beyond its content and what changed its origin to unknown are one side;
lines, what stores gained and what went where nothing is traced are the other. In intervals in which
every node is traced the two are equal by themselves (docs/carbon-tracing.md, §6.5).
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
    """Where energy went, or that it came in."""

    SUPPLY = "supply"
    USE = "use"
    EXPORT = "export"
    LOSS = "storage-loss"
    UNACCOUNTED = "unaccounted-load"
    STORED = "change-in-stores"
    BEYOND = "beyond-store"
    RENAMED = "became-unknown"
    NOT_TRACED = "not-traced"


CAME_IN = frozenset({Way.SUPPLY, Way.BEYOND, Way.RENAMED})


@dataclass
class Flows:
    """Wh by (month, way, line, origin); `line` is empty where it is of no line.

    `became-unknown` is negative for the origin that is forgotten. `not-traced` is what went to
    nodes that are not traced, less what stores were charged with there, whose origin is unknown.
    """

    wh: dict[tuple[str, Way, str, Origin], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, month: str, found: Traced, before: Mapping[Origin, int]) -> None:
        """Add a month; `before`: what all stores held when it began."""
        for origin, supplied in zip(found.origins, found.supply, strict=True):
            self._put(month, Way.SUPPLY, "", origin, int(supplied.sum()))
        self._add_doubts(month, found)
        exports = {meter.id for meter in found.boundary.of(Role.EXPORT)}
        for line in found.lines:
            for origin, wh in found.totals(line.id).items():
                self._put(month, _way(line.id, exports), line.id, origin, wh)
        after = content(found.closing, found.boundary)
        for origin in {*before, *after}:
            self._put(month, Way.STORED, "", origin, after.get(origin, 0) - before.get(origin, 0))

    def _add_doubts(self, month: str, found: Traced) -> None:
        lacking = found.stores.lacking.sum(axis=1).tolist()
        for store, wh in zip(found.boundary.stores, lacking, strict=True):
            self._put(month, Way.BEYOND, "", unknown_of(store.id), wh)
        forgotten = found.stores.forgotten.sum(axis=(0, 2)).tolist()
        not_traced = _left_over(found)[:, found.untraced.any(axis=0)].sum(axis=1).tolist()
        for origin, renamed, lost in zip(found.origins, forgotten, not_traced, strict=True):
            self._put(month, Way.RENAMED, "", origin, renamed)
            self._put(month, Way.NOT_TRACED, "", origin, lost)

    def differences(self) -> Iterator[tuple[str, Origin, int]]:
        """Yield (month, origin, Wh) where what came in is not what went out and into stores."""
        sums: dict[tuple[str, Origin], int] = defaultdict(int)
        for (month, way, _, origin), wh in self.wh.items():
            sums[month, origin] += wh if way in CAME_IN else -wh
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


def _left_over(found: Traced) -> Whole:
    """Return what came in and went into no line or store, Wh, shape (origins, intervals)."""
    stores = found.stores
    given: Whole = found.supply + stores.discharged.sum(axis=0) + stores.lost.sum(axis=0)
    taken: Whole = found.wh.sum(axis=1) + stores.charged.sum(axis=0)
    return np.subtract(given, taken)


def _way(line_id: str, exports: set[str]) -> Way:
    if line_id.startswith(LOSSES):
        return Way.LOSS
    if line_id.startswith(UNACCOUNTED_AT):
        return Way.UNACCOUNTED
    return Way.EXPORT if line_id in exports else Way.USE
