"""Units that follow, by rules, what is lacking where nothing else brings energy: heat, cold, steam.

Only those that may be switched on and off as one likes: none with a ramp, a shortest time, a number
of starts, or a decision that stands already.
"""

from collections.abc import Iterator

import numpy as np

from services.dispatch.domain.model.carrying import Tree
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.model.unprompted_work import given_kw
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.units import Unit

PASSES = 3
"""A unit may need what another gives: so many in a row are served."""
LEAST_LACK_KW = 1e-3


def serve(problem: ParkProblem, schedule: Schedule, tree: Tree, left_kw: dict[str, Floats]) -> None:
    """Let units give what their first node lacks; `left_kw` is what then remains."""
    for unit in _unconnected(problem, tree):
        if not schedule.devices[unit.id]["on"].any() and is_free(problem, unit):
            _follow(problem, schedule, unit, left_kw)


def trim(problem: ParkProblem, schedule: Schedule, tree: Tree, left_kw: dict[str, Floats]) -> None:
    """Let units that are on give more or less, as their first node lacks or has too much.

    Units that are free are switched, too; those with a ramp stay as they are.
    """
    for unit in _unconnected(problem, tree):
        if unit.ramp_kw_per_h is None and _is_steerable(problem, unit):
            _follow(problem, schedule, unit, left_kw)


def _unconnected(problem: ParkProblem, tree: Tree) -> Iterator[Unit]:
    """Yield the units of nodes to which no connection brings anything, as often as is needed."""
    brought = {supply.node for supply in problem.supplies}
    brought |= {grid.node for grid in problem.grids if not problem.mode.island}
    for _ in range(PASSES):
        yield from (
            unit for unit in problem.units if tree.root[unit.outputs[0].node] not in brought
        )


def _is_steerable(problem: ParkProblem, unit: Unit) -> bool:
    """Whether more comes out at its first node the more goes in."""
    first = unit.outputs[0]
    if first.ratio is not None:
        return bool((problem.horizon.array(first.ratio) > 0).all())
    return bool(np.all(np.diff([point.output_kw for point in first.curve]) > 0))


def is_free(problem: ParkProblem, unit: Unit) -> bool:
    """Whether a unit may be on or off in any step, whatever it does in others."""
    held = unit.least_on_h or unit.least_off_h or unit.ramp_kw_per_h
    decided = problem.former is not None and unit.id in problem.former.power_kw
    counted = unit.most_starts is not None or unit.most_starts_per_day is not None
    return not held and not decided and not counted


def _follow(
    problem: ParkProblem, schedule: Schedule, unit: Unit, left_kw: dict[str, Floats]
) -> None:
    """Give what is lacking beside what it gives already; only free units are switched for it."""
    courses, first = schedule.devices[unit.id], unit.outputs[0]
    given = given_kw(problem.horizon, first, courses["input_kw"]) * courses["on"]
    lacking_kw = np.maximum(0.0, given - left_kw[first.node])
    wanted_kw = _input_kw(problem, unit, lacking_kw)
    most_kw, on = unit.most_kw * problem.horizon.array(unit.availability), courses["on"]
    if is_free(problem, unit):
        useful = (lacking_kw > LEAST_LACK_KW) & (wanted_kw >= unit.least_kw / 2)
        on = np.where(useful & (most_kw >= unit.least_kw) & (most_kw > 0), 1.0, 0.0)
    input_kw = np.clip(wanted_kw, unit.least_kw, np.maximum(most_kw, unit.least_kw)) * on
    _draw(problem, courses, unit, {"input_kw": input_kw, "on": on}, left_kw)


def _draw(
    problem: ParkProblem, courses: Courses, unit: Unit, new: Courses, left_kw: dict[str, Floats]
) -> None:
    """Let a unit draw something else than before; `left_kw` changes by the difference."""
    more_kw = new["input_kw"] - courses["input_kw"]
    left_kw[unit.input_node] = left_kw[unit.input_node] - more_kw
    for output in unit.outputs:
        before, after = (
            given_kw(problem.horizon, output, one["input_kw"]) * one["on"] for one in (courses, new)
        )
        name = f"output_kw.{output.node}"
        courses[name] = courses[name] + after - before
        left_kw[output.node] = left_kw[output.node] + after - before
    courses |= new


def _input_kw(problem: ParkProblem, unit: Unit, lacking_kw: Floats) -> Floats:
    """Return the input that gives what is lacking; none where the unit takes from that node."""
    first = unit.outputs[0]
    if first.ratio is not None:
        ratio = problem.horizon.array(first.ratio)
        enough = np.minimum(lacking_kw / np.where(ratio > 0, ratio, 1.0), unit.most_kw)
        return np.where(ratio > 0, enough, 0.0)
    given = np.array([point.output_kw for point in first.curve])
    if np.any(np.diff(given) <= 0):
        return np.zeros(len(lacking_kw))
    return np.interp(lacking_kw, given, [point.input_kw for point in first.curve])
