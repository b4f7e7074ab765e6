"""What turns one carrier into others (§7): input, states, outputs along a ratio or a curve."""

import numpy as np

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.choices import InOrder
from services.dispatch.domain.model.commitment import add_states, possible_kw
from services.dispatch.domain.model.curves import given_kw, points_kw, slopes, widths_kw
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.ramps import add_ramp
from services.dispatch.domain.model.solution import Courses, Solution
from services.dispatch.domain.model.starts import start_costs
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.units import Output, Unit

ON_KW = 1e-6


def is_committed(unit: Unit) -> bool:
    """Whether each step decides if the unit is on; also where a curve gives something at 0 kW."""
    gives = any(output.curve and output.curve[0].output_kw > 0 for output in unit.outputs)
    return unit.is_committed or gives


def add(build: Builder, unit: Unit) -> None:
    """Add the input, when the unit is on, and what comes out."""
    possible = possible_kw(unit, build.problem.horizon)
    drawn_kw = np.maximum(possible, (unit.standby_kw or 0.0) * (possible > 0))
    entering = build.columns(f"{unit.id}.input", drawn_kw, build.hours * unit.cost_per_kwh)
    build.flow(unit.input_node, entering, -1.0)
    on, standby = add_states(build, unit, possible) if is_committed(unit) else (None, None)
    pieces = _add_pieces(build, unit, possible, (entering, on, standby))
    if on is not None and not pieces:
        _add_bounds(build, unit, possible, (entering, on, standby))
    for output in unit.outputs:
        _add_output(build, unit, output, (entering, on, standby), pieces)
    if unit.ramp_kw_per_h is not None:
        add_ramp(build, unit, possible, (entering, on, standby))


Columns = tuple[Index, Index | None, Index | None]
"""Input, on and standby of a unit, one of each a step."""


def _add_bounds(build: Builder, unit: Unit, possible: Floats, columns: Columns) -> None:
    """On: the input is within its bounds; standby: it is what standby draws."""
    entering, on, standby = columns
    for name, lower, upper, bound in (
        ("least", 0.0, INFINITE, np.full(build.steps, unit.least_kw)),
        ("most", -INFINITE, 0.0, possible),
    ):
        rows = build.rows(f"{unit.id}.{name}", lower, upper)
        build.put(rows, entering, 1.0)
        if on is not None:
            build.put(rows, on, -bound)
        if standby is not None and unit.standby_kw:
            build.put(rows, standby, -unit.standby_kw)


def _add_pieces(
    build: Builder, unit: Unit, possible: Floats, columns: Columns
) -> tuple[Index, ...]:
    """Add how far each piece of the unit's curves is filled; none where a line will do."""
    points = points_kw(unit)
    if len(points) <= 2 or not any(output.curve for output in unit.outputs):
        return ()
    widths, (entering, on, standby) = widths_kw(points, possible), columns
    whole = build.rows(f"{unit.id}.pieces", 0.0, 0.0)
    build.put(whole, entering, -1.0)
    for state, kw in ((on, unit.least_kw), (standby, unit.standby_kw)):
        if state is not None and kw:
            build.put(whole, state, kw)
    pieces = []
    for i, width in enumerate(widths):
        piece = build.columns(f"{unit.id}.piece[{i}]", width)
        build.put(whole, piece, 1.0)
        if on is not None:
            rows = build.rows(f"{unit.id}.piece[{i}]", -INFINITE, 0.0)
            build.put(rows, piece, 1.0)
            build.put(rows, on, -width)
        pieces.append(piece)
    build.one_way.append(InOrder(unit.id, tuple(pieces), widths))
    return tuple(pieces)


def _add_output(
    build: Builder, unit: Unit, output: Output, columns: Columns, pieces: tuple[Index, ...]
) -> None:
    """Let what comes out flow into its node; standby gives nothing."""
    entering, on, standby = columns
    if output.curve and pieces:
        for piece, slope in zip(pieces, slopes(output, points_kw(unit)), strict=True):
            build.flow(output.node, piece, float(slope))
        if on is not None:
            build.flow(output.node, on, output.curve[0].output_kw)
        return
    ratio, at_zero = line_of(build, output)
    build.flow(output.node, entering, ratio)
    if on is not None and at_zero:
        build.flow(output.node, on, at_zero)
    if standby is not None and unit.standby_kw:
        build.flow(output.node, standby, -ratio * unit.standby_kw)


def line_of(build: Builder, output: Output) -> tuple[Floats, float]:
    """Return what comes out per kW of input, (steps,), and what would come out at none."""
    if output.ratio is not None:
        return build.problem.horizon.array(output.ratio), 0.0
    first, last = output.curve[0], output.curve[-1]
    slope = (last.output_kw - first.output_kw) / (last.input_kw - first.input_kw)
    return np.full(build.steps, slope), first.output_kw - slope * first.input_kw


def read(solution: Solution, unit: Unit) -> Courses:
    """Return `input_kw`, `on` and `standby` (0 or 1), and `output_kw.<node>` of each node."""
    input_kw = solution.of(f"{unit.id}.input")
    on, standby = (input_kw > ON_KW).astype(np.float64), np.zeros(len(input_kw))
    if is_committed(unit):
        on = solution.of(f"{unit.id}.on").round()
    if unit.standby_kw is not None:
        standby = solution.of(f"{unit.id}.standby").round()
    courses = {"input_kw": input_kw, "on": on, "standby": standby}
    for output in unit.outputs:
        name = f"output_kw.{output.node}"
        given = output_kw(solution, unit, output, courses)
        courses[name] = courses.get(name, np.zeros(len(input_kw))) + given
    return courses


def output_kw(solution: Solution, unit: Unit, output: Output, courses: Courses) -> Floats:
    """Return what comes out, (steps,) kW: on the curve, at the input of each step."""
    drawn_kw = courses["input_kw"] - (unit.standby_kw or 0.0) * courses["standby"]
    if output.ratio is not None:
        return np.asarray(drawn_kw * solution.problem.horizon.array(output.ratio), np.float64)
    return np.asarray(given_kw(output, drawn_kw) * courses["on"], np.float64)


def book(books: Books, unit: Unit, courses: Courses) -> None:
    """Book starts, hours on, and what the input costs beside its energy."""
    hours = books.hours
    running = float(courses["on"] @ hours) * unit.running_cost_per_h
    books.pay("running", running + float(courses["input_kw"] @ hours) * unit.cost_per_kwh)
    books.pay("starts", start_costs(books.problem.horizon, unit, courses))
