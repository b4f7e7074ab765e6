"""Intervals that can be traced in one go: the metered amounts by origin, and who follows whom."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Wh
from services.carbon_accounting.domain.tracing.balances import Balance
from services.carbon_accounting.domain.tracing.directions import Circle, circles, levels
from services.carbon_accounting.domain.tracing.layout import Layout
from services.carbon_accounting.domain.tracing.paths import Metered
from services.carbon_accounting.domain.tracing.proportions import SAFE_TOTAL


@dataclass(frozen=True)
class Sources:
    """All there is to trace, by node: `supply` is (nodes, origins, intervals).

    `exports` is (nodes, intervals), `charge` (charge lines, intervals) without what is not
    traced, `flows` (edges, intervals).
    """

    supply: Wh
    exports: Wh
    charge: Wh
    flows: Wh

    def copied(self) -> "Sources":
        """Return the same amounts to change."""
        return Sources(*(a.copy() for a in (self.supply, self.exports, self.charge, self.flows)))

    def metered(self, at: Wh | slice, discharged: Wh) -> Metered[Wh]:
        """Return the intervals `at`; `discharged` is (discharge lines, origins, intervals)."""
        chosen = [array[..., at] for array in (self.supply, self.exports, discharged)]
        chosen += [array[..., at] for array in (self.charge, self.flows)]
        if _largest(chosen) > SAFE_TOTAL:
            chosen = [array.astype(object) for array in chosen]
        supply, exports, gave, charge, flows = chosen
        return Metered(
            [list(mix) for mix in supply],
            list(exports),
            [list(mix) for mix in gave],
            list(charge),
            list(flows),
        )


@dataclass(frozen=True)
class Stretch:
    """Intervals (by number) of one layout; `level` (nodes, intervals) is that of `levels`.

    `places` has for each node the one that stands for it: itself, but in a circle.
    """

    intervals: Wh
    layout: Layout
    level: Wh
    places: tuple[int, ...]

    @property
    def order(self) -> list[int]:
        """Nodes to take in turn, so that each comes once behind those it gets power from."""
        if not self.level.size:
            return []
        once = np.argsort(self.level.sum(axis=1), kind="stable")
        return [int(node) for node in once] * int(self.level.max() + 1)


def sources_of(layout: Layout, balance: Balance, origin_of: Wh, origin_count: int) -> Sources:
    """Return the amounts by node; `origin_of` has the origin of each supply line and interval.

    Behind the supply lines it has a row for what is unaccounted for at each node.
    """
    intervals = np.arange(balance.supply.shape[1])
    supply = np.zeros((layout.node_count, origin_count, len(intervals)), np.int64)
    places = [*layout.supply.at, *range(layout.node_count)]
    entering = np.concatenate([balance.supply, balance.gaps.unaccounted_supply])
    for node, wh, origins in zip(places, entering, origin_of, strict=True):
        supply[node][origins, intervals] += wh
    exports = np.zeros((layout.node_count, len(intervals)), np.int64)
    np.add.at(exports, list(layout.export.at), balance.exports)
    charge = np.where(balance.untraced[list(layout.charge.at)], 0, balance.charge)
    return Sources(supply, exports, charge, balance.edges)


def stretches_of(layout: Layout, entering: Sources) -> tuple[Sources, list[Stretch], list[Circle]]:
    """Return all intervals as stretches, and the amounts with circles joined to one node each."""
    joined = [*circles(layout.node_count, layout.edges, entering.flows)]
    found = entering.copied() if joined else entering
    for circle in joined:
        _join(layout, found, circle)
    return found, [*_stretches(layout, entering.flows, joined)], joined


def _stretches(layout: Layout, flows: Wh, joined: list[Circle]) -> Iterator[Stretch]:
    straight = np.ones(flows.shape[1], bool)
    for circle in joined:
        straight[circle.intervals] = False
        yield _stretch(layout, circle, flows)
    if straight.any():
        itself = tuple(range(layout.node_count))
        yield _stretch(layout, Circle(np.flatnonzero(straight), itself), flows)


def _stretch(layout: Layout, joined: Circle, flows: Wh) -> Stretch:
    merged = layout.merged(joined.places)
    level = levels(layout.node_count, merged.edges, flows[:, joined.intervals])
    return Stretch(joined.intervals, merged, level, joined.places)


def _join(layout: Layout, found: Sources, circle: Circle) -> None:
    """Move what enters and is exported to the node that stands for the circle."""
    at = circle.intervals
    for node, place in enumerate(circle.places):
        if place != node:
            for array in (found.supply, found.exports):
                array[place][..., at] += array[node][..., at]
                array[node][..., at] = 0
    for edge, (start, end) in enumerate(layout.edges):
        if circle.places[start] == circle.places[end]:
            found.flows[edge][at] = 0


def _largest(arrays: list[Wh]) -> int:
    """Return at least the largest total of an interval."""
    totals = [array.reshape(-1, array.shape[-1]).sum(axis=0) for array in arrays]
    return max((int(total.max()) for total in totals if total.size), default=0)
