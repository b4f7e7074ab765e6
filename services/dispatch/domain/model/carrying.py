"""How lines carry energy by rules: each node towards the nearest connection, within limits (§3).

Lines with a reactance that close a loop stay without flow, which Kirchhoff's laws allow; the
others carry what the nodes behind them have too much or lack.
"""

from collections import deque
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
    lines = [line for line in problem.lines if not _in_a_loop(problem, line)]
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


def _in_a_loop(problem: ParkProblem, line: Line) -> bool:
    """Whether its two ends are joined by other lines with a reactance too."""
    if line.reactance is None:
        return False
    others = [one for one in problem.lines if one.reactance is not None and one is not line]
    reached, grown = {line.from_node}, True
    while grown:
        ends = [{one.from_node, one.to_node} for one in others]
        new = set().union(*(end for end in ends if end & reached)) - reached
        reached |= new
        grown = bool(new)
    return line.to_node in reached
