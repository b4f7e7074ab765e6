"""How lines carry energy by rules: each node towards the nearest connection, within limits (§3).

Lines with a reactance that close a loop stay without flow, which Kirchhoff's laws allow; the
others carry what the nodes behind them have too much or lack.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Line
from services.dispatch.domain.park.problem import ParkProblem


@dataclass(frozen=True, slots=True)
class Tree:
    """`up`: the line that joins each node with the one before it, in the order of being reached.

    `root`: the node with the connection that each node is carried to.
    """

    problem: ParkProblem
    up: dict[str, Line]
    root: dict[str, str]

    def carry(self, left_kw: dict[str, Floats]) -> dict[str, Courses]:
        """Return each line's courses; `left_kw` (above 0: too much) is what nodes have then."""
        still = np.zeros(len(self.problem.horizon))
        courses = {line.id: {"flow_kw": still, "arriving_kw": still} for line in self.problem.lines}
        for node, line in reversed(self.up.items()):
            courses[line.id] = self._carried(node, line, left_kw)
        return courses

    def _carried(self, node: str, line: Line, left_kw: dict[str, Floats]) -> Courses:
        """Send a node's surplus up the line, or down it what the node lacks."""
        outward = line.from_node == node
        other, passed = line.to_node if outward else line.from_node, 1.0 - line.loss_share
        array = self.problem.horizon.array
        forward = array(line.limit_kw)
        back = forward if line.back_limit_kw is None else array(line.back_limit_kw)
        most_out, most_in = (forward, back) if outward else (back, forward)
        out = np.clip(left_kw[node], 0.0, most_out)
        into = np.clip(-left_kw[node] / passed, 0.0, most_in)
        left_kw[node] = left_kw[node] - out + into * passed
        left_kw[other] = left_kw[other] + out * passed - into
        flow = (out - into) if outward else (into - out)
        return {"flow_kw": flow, "arriving_kw": flow * passed}


def tree_of(problem: ParkProblem) -> Tree:
    """Return which line carries each node's energy: the shortest way to a connection."""
    loops = in_loops(problem.lines)
    lines = [line for line in problem.lines if line.id not in loops]
    joined: dict[str, list[tuple[str, Line]]] = {node.id: [] for node in problem.every_node}
    for line in lines:
        joined[line.from_node].append((line.to_node, line))
        joined[line.to_node].append((line.from_node, line))
    up: dict[str, Line] = {}
    root: dict[str, str] = {}
    groups = (problem.grids, problem.supplies, problem.sinks)
    _reach([part.node for group in groups for part in group], joined, up, root)
    for node in joined:
        _reach([node], joined, up, root)
    return Tree(problem, up, root)


def _reach(
    starts: list[str],
    joined: dict[str, list[tuple[str, Line]]],
    up: dict[str, Line],
    root: dict[str, str],
) -> None:
    waiting: deque[str] = deque()
    for start in starts:
        if start not in root:
            root[start] = start
            waiting.append(start)
    while waiting:
        here = waiting.popleft()
        for there, line in joined[here]:
            if there not in root:
                root[there], up[there] = root[here], line
                waiting.append(there)


def in_loops(lines: Sequence[Line]) -> frozenset[str]:
    """Return the lines with a reactance whose ends are joined by others of them, too.

    The others are the bridges: found in one walk, as those below which nothing leads back up.
    """
    leaving: dict[str, list[tuple[str, Line]]] = {}
    for line in (one for one in lines if one.reactance is not None):
        leaving.setdefault(line.from_node, []).append((line.to_node, line))
        leaving.setdefault(line.to_node, []).append((line.from_node, line))
    walk = _Walk(leaving)
    for node in leaving:
        walk.begin(node)
    return frozenset(walk.every - walk.bridges)


class _Walk:
    """A walk over all lines, depth first; `reached` numbers nodes, `highest` is led back to."""

    def __init__(self, leaving: dict[str, list[tuple[str, Line]]]) -> None:
        self.leaving = leaving
        self.reached: dict[str, int] = {}
        self.highest: dict[str, int] = {}
        self.every: set[str] = set()
        self.bridges: set[str] = set()

    def begin(self, node: str) -> None:
        """Walk all that is joined with a node, unless it was reached already."""
        if node in self.reached:
            return
        way = [self._enter(node, None)]
        while way:
            here, by, ahead = way[-1]
            if (step := next(ahead, None)) is None:
                way.pop()
                self._leave(here, by, way[-1][0] if way else None)
                continue
            there, line = step
            self.every.add(line.id)
            if there not in self.reached:
                way.append(self._enter(there, line))
            elif line is not by:
                self.highest[here] = min(self.highest[here], self.reached[there])

    def _enter(
        self, node: str, by: Line | None
    ) -> tuple[str, Line | None, Iterator[tuple[str, Line]]]:
        self.reached[node] = self.highest[node] = len(self.reached)
        return node, by, iter(self.leaving[node])

    def _leave(self, node: str, by: Line | None, above: str | None) -> None:
        if above is None or by is None:
            return
        self.highest[above] = min(self.highest[above], self.highest[node])
        if self.highest[node] > self.reached[above]:
            self.bridges.add(by.id)
