"""What can flow through a park at most: bounds for directions, far below a limit that is none."""

import numpy as np

from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.units import Output, Unit

ROOM_KW = 1.0
"""Beyond what can flow: a little more or less use must not meet a bound that is none of the park's,
or nobody would know its price."""


def import_kw(problem: ParkProblem, grid: Grid, limit_kw: Floats) -> Floats:
    """Return what a grid can bring at most, (steps,): its limit, or all that can take it."""
    if any(node.id == grid.node and node.surplus_price is not None for node in problem.nodes):
        return limit_kw
    array, total = problem.horizon.array, np.zeros(len(problem.horizon))
    for load in problem.loads:
        total += np.maximum(0.0, array(load.power_kw))
    for sink in problem.sinks:
        total += array(sink.limit_kw)
    for other in problem.grids:
        total += 0.0 if other is grid else array(other.export_limit_kw)
    total += sum(store.charge_kw for store in problem.stores)
    total += sum(session.power_kw for session in problem.sessions)
    total += sum(queue.power_kw for queue in problem.queues)
    total += sum(_flows_kw(process.flows_kw, 1.0) for process in problem.processes)
    total += sum(_largest_kw(problem, unit, -1.0) for unit in problem.units)
    return np.minimum(limit_kw, _with_losses(problem, total) + ROOM_KW)


def export_kw(problem: ParkProblem, grid: Grid, limit_kw: Floats) -> Floats:
    """Return what a grid can take at most, (steps,): its limit, or all that can give it."""
    array, total = problem.horizon.array, np.zeros(len(problem.horizon))
    for load in problem.loads:
        total += np.maximum(0.0, -array(load.power_kw))
    for production in problem.productions:
        total += array(production.available_kw)
    for supply in problem.supplies:
        total += array(supply.limit_kw)
    for other in problem.grids:
        total += 0.0 if other is grid else array(other.import_limit_kw)
    total += sum(store.discharge_kw for store in problem.stores)
    total += sum(session.discharge_kw for session in problem.sessions)
    total += sum(_flows_kw(process.flows_kw, -1.0) for process in problem.processes)
    total += sum(_largest_kw(problem, unit, 1.0) for unit in problem.units)
    return np.minimum(limit_kw, total + ROOM_KW)


def _with_losses(problem: ParkProblem, total_kw: Floats) -> Floats:
    """Return what must be sent for what arrives over every line there is, one after another."""
    arriving = np.prod([1.0 - line.loss_share for line in problem.lines])
    return np.asarray(total_kw / max(float(arriving), 1e-3), np.float64)


def _flows_kw(flows_kw: dict[str, tuple[float, ...]], sign: float) -> float:
    return sum(max(0.0, *(sign * kw for kw in profile)) for profile in flows_kw.values())


def _largest_kw(problem: ParkProblem, unit: Unit, sign: float) -> float:
    """Return what a unit takes (sign -1: its input, too) or gives at most, of all carriers."""
    outputs = sum(_output_kw(problem, unit, output, sign) for output in unit.outputs)
    return outputs + (max(unit.most_kw, unit.standby_kw or 0.0) if sign < 0 else 0.0)


def _output_kw(problem: ParkProblem, unit: Unit, output: Output, sign: float) -> float:
    if output.curve:
        return max(point.output_kw for point in output.curve) if sign > 0 else 0.0
    ratio = problem.horizon.array(output.ratio or 0.0)
    return float(np.max(np.maximum(0.0, sign * ratio))) * unit.most_kw
