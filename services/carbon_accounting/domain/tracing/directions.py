"""In which order nodes are traced: each after those it gets power from, circles as one node."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Mask, Wh

Edges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Circle:
    """Intervals (by number) in which flows circulate the same way; `places` joins the nodes."""

    intervals: Wh
    places: tuple[int, ...]


def levels(node_count: int, edges: Edges, flows: Wh) -> Wh:
    """Return how many steps each node is behind the first, shape (nodes, intervals).

    -1 where it lies in a circle of flows or behind one. `flows` is (edges, intervals), net.
    """
    found = np.full((node_count, flows.shape[1]), -1, np.int64)
    for step in range(node_count):
        waits = np.zeros(found.shape, bool)
        for flow, (start, end) in zip(flows, edges, strict=True):
            if start != end:
                waits[end] |= (flow > 0) & (found[start] < 0)
        ready = (found < 0) & ~waits
        if not ready.any():
            break
        found[ready] = step
    return found


def circles(node_count: int, edges: Edges, flows: Wh) -> Iterator[Circle]:
    """Yield the circles among the intervals, one for each way of circulating."""
    stuck = np.flatnonzero((levels(node_count, edges, flows) < 0).any(axis=0))
    patterns, which = np.unique(flows[:, stuck] > 0, axis=1, return_inverse=True)
    for number, pattern in enumerate(patterns.T):
        at = stuck[np.flatnonzero(which.reshape(-1) == number)]
        yield Circle(at, _joined(node_count, edges, pattern))


def _joined(node_count: int, edges: Edges, flowing: Mask) -> tuple[int, ...]:
    """Return for each node the first of those with which it lies in a circle, or itself."""
    reaches = np.eye(node_count, dtype=bool)
    for flows, (start, end) in zip(flowing, edges, strict=True):
        reaches[start, end] |= flows
    for via in range(node_count):
        reaches |= np.outer(reaches[:, via], reaches[via])
    return tuple(int(np.flatnonzero(row)[0]) for row in reaches & reaches.T)
