"""Lines between nodes: limits, losses, and flows that share a mesh by Kirchhoff's laws (§3)."""

import numpy as np

from services.dispatch.domain.model import loops
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder, OneWay
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Line

BEYOND = 1e5
"""kW beyond its limit that a line with losses is let carry where flows go both ways at once."""


def add(build: Builder, line: Line) -> None:
    """Add what is sent, within the limits and beyond, and the loop that the line closes."""
    _add_flows(build, line)
    arriving = 1.0 - line.loss_share
    for name, along in ways(line):
        columns = build.column(f"{line.id}.{name}")
        build.flow(line.from_node, columns, -1.0 if along > 0 else arriving)
        build.flow(line.to_node, columns, arriving if along > 0 else -1.0)
    if (loop := loops.closed_by(build.problem.lines, line)) is not None:
        _add_loop(build, line, loop)


def ways(line: Line) -> tuple[tuple[str, int], ...]:
    """Return the names of a line's columns: 1 sends from → to, −1 back.

    Without losses the direction is the sign of one flow; with them each direction is a magnitude.
    """
    if line.loss_share:
        return ("forward", 1), ("back", -1)
    return ("flow", 1), ("over_forward", 1), ("over_back", -1)


def limits(build: Builder | Books, line: Line) -> tuple[Floats, Floats]:
    """Return what may be sent forward and back, (steps,) kW each."""
    array = build.problem.horizon.array
    back = line.limit_kw if line.back_limit_kw is None else line.back_limit_kw
    return array(line.limit_kw), array(back)


def _add_flows(build: Builder, line: Line) -> None:
    forward_kw, back_kw = limits(build, line)
    cost = build.hours * build.price[Limit.LINE]
    over_forward = build.columns(f"{line.id}.over_forward", INFINITE, cost, seldom=True)
    over_back = build.columns(f"{line.id}.over_back", INFINITE, cost, seldom=True)
    if not line.loss_share:
        build.columns(f"{line.id}.flow", forward_kw, lower=-back_kw)
        return
    forward = _add_magnitude(build, f"{line.id}.forward", forward_kw, over_forward)
    back = _add_magnitude(build, f"{line.id}.back", back_kw, over_back)
    build.one_way.append(OneWay(line.id, forward, back, forward_kw + BEYOND, back_kw + BEYOND))


def _add_magnitude(build: Builder, name: str, limit_kw: Floats, over: Index) -> Index:
    """Add what is sent in one direction, of which `over` is beyond the limit.

    It is one column, limit and beyond, so that one choice keeps it apart from what goes back: flows
    both ways would burn what is lost between them.
    """
    sent = build.columns(name, INFINITE)
    rows = build.rows(name, -INFINITE, limit_kw)
    build.put(rows, sent, 1.0)
    build.put(rows, over, -1.0)
    return sent


def _add_loop(build: Builder, closing: Line, loop: loops.Loop) -> None:
    """Around a loop the differences of angles, reactance · mean flow, sum up to nothing."""
    rows = build.rows(f"{closing.id}.loop", 0.0, 0.0)
    largest = max(line.reactance or 0.0 for line, _ in loop)
    for line, around in loop:
        drop = (line.reactance or 0.0) / largest * (1.0 - line.loss_share / 2.0)
        for name, along in ways(line):
            build.put(rows, build.column(f"{line.id}.{name}"), around * along * drop)


def read(solution: Solution, line: Line) -> Courses:
    """Return `flow_kw`, what is sent, and `arriving_kw` of it; both positive from → to."""
    flow = np.zeros(len(solution.problem.horizon))
    for name, along in ways(line):
        flow += along * solution.of(f"{line.id}.{name}")
    return {"flow_kw": flow, "arriving_kw": flow * (1.0 - line.loss_share)}


def book(books: Books, line: Line, courses: Courses) -> None:
    """Book what is sent beyond the limits."""
    forward_kw, back_kw = limits(books, line)
    beyond = np.maximum(courses["flow_kw"] - forward_kw, -courses["flow_kw"] - back_kw)
    books.breach_each(Limit.LINE, line.id, beyond)
