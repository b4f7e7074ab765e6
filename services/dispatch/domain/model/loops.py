"""Loops of lines with reactance: Kirchhoff's second law holds around each (§3).

Angles that are free at each node allow exactly the flows whose drops sum up to nothing around
every loop. A line that joins nodes which the lines before it join already closes one new loop, and
these loops make up all others.
"""

from collections import defaultdict, deque
from collections.abc import Sequence

from services.dispatch.domain.park.network import Line

Loop = list[tuple[Line, int]]
"""Lines on a way around, each with 1 where it is gone along from → to and −1 where against it."""


def closed_by(lines: Sequence[Line], closing: Line) -> Loop | None:
    """Return a loop of a line and lines before it; None where it closes none."""
    if closing.reactance is None:
        return None
    before = [line for line in lines[: lines.index(closing)] if line.reactance is not None]
    way = _shortest_way(before, closing.to_node, closing.from_node)
    return None if way is None else [(closing, 1), *way]


def _shortest_way(lines: Sequence[Line], begin: str, end: str) -> Loop | None:
    """Return the way of the fewest lines from one node to another; None where there is none."""
    leaving = _leaving(lines)
    ways: dict[str, Loop] = {begin: []}
    waiting = deque([begin])
    while waiting and end not in ways:
        node = waiting.popleft()
        for line, along, other in leaving[node]:
            if other not in ways:
                ways[other] = [*ways[node], (line, along)]
                waiting.append(other)
    return ways.get(end)


def _leaving(lines: Sequence[Line]) -> defaultdict[str, list[tuple[Line, int, str]]]:
    """Return each node's lines, with the direction and the node at the other end."""
    leaving: defaultdict[str, list[tuple[Line, int, str]]] = defaultdict(list)
    for line in lines:
        leaving[line.from_node].append((line, 1, line.to_node))
        leaving[line.to_node].append((line, -1, line.from_node))
    return leaving
