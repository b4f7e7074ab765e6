"""Shares of the supply mode, over the year so far and the horizon (§8.1)."""

from services.dispatch.domain.judge.case import Case
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.network import Line
from services.dispatch.domain.park.units import Output, Unit

PARK = "park"


def judge(case: Case) -> None:
    """Count by how many kWh the wanted shares are missed."""
    mode = case.problem.mode
    generated = mode.so_far.generated_kwh + _generated_kwh(case)
    fed_in = mode.so_far.fed_in_kwh + _fed_in_kwh(case)
    load = mode.so_far.used_kwh + _load_kwh(case)
    used = generated - fed_in
    if mode.feed_in_share is not None:
        case.breaks(Limit.FEED_IN_SHARE, PARK, None, fed_in - mode.feed_in_share * generated)
    if mode.self_use_share is not None:
        case.breaks(Limit.SELF_USE_SHARE, PARK, None, mode.self_use_share * generated - used)
    if mode.load_share is not None:
        case.breaks(Limit.LOAD_SHARE, PARK, None, mode.load_share * load - used)


def _kwh(case: Case, device: str, name: str) -> float:
    return sum(kw * case.h[k] for k, kw in enumerate(case.course(device, name)))


def _generated_kwh(case: Case) -> float:
    return sum(
        _kwh(case, one.id, "power_kw")
        for one in case.problem.productions
        if case.is_electric(one.node)
    )


def _fed_in_kwh(case: Case) -> float:
    return sum(_kwh(case, one.id, "export_kw") for one in case.problem.grids)


def _load_kwh(case: Case) -> float:
    """Return what the park takes of electricity: all that is served, and what lines lose."""
    taken = _served_kwh(case) + sum(_taken_kwh(case, unit) for unit in case.problem.units)
    for line in case.problem.lines:
        if case.is_electric(line.from_node):
            taken += _lost_kwh(case, line)
    for node in case.problem.every_node:
        if case.is_electric(node.id):
            unserved_kw = case.schedule.nodes[node.id]["unserved_kw"]
            taken -= sum(float(unserved_kw[k]) * case.h[k] for k in case.steps)
    return taken


def _lost_kwh(case: Case, line: Line) -> float:
    sent_kw, arriving_kw = case.course(line.id, "flow_kw"), case.course(line.id, "arriving_kw")
    return sum(abs(sent_kw[k] - arriving_kw[k]) * case.h[k] for k in case.steps)


def _served_kwh(case: Case) -> float:
    """Return what loads, queues, vehicles (less what they give back) and batches take."""
    problem, taken = case.problem, 0.0
    for load in problem.loads:
        taken += _kwh(case, load.id, "power_kw") if case.is_electric(load.node) else 0.0
    for queue in problem.queues:
        taken += _kwh(case, queue.id, "power_kw") if case.is_electric(queue.node) else 0.0
    for session in problem.sessions:
        taken += _kwh(case, session.id, "charge_kw") - _kwh(case, session.id, "discharge_kw")
    for process in problem.processes:
        for node in process.flows_kw:
            taken += _kwh(case, process.id, f"power_kw.{node}") if case.is_electric(node) else 0.0
    return taken


def _taken_kwh(case: Case, unit: Unit) -> float:
    """Return a unit's input, and what it gives to or takes from electric nodes beside.

    What a unit makes of another carrier is generation, no load below zero.
    """
    taken = _kwh(case, unit.id, "input_kw") if case.is_electric(unit.input_node) else 0.0
    for node in {output.node for output in unit.outputs if case.is_electric(output.node)}:
        ratios = [ratio for one in unit.outputs if one.node == node for ratio in _ratios(case, one)]
        if case.is_electric(unit.input_node) or min(ratios) < 0.0:
            taken -= _kwh(case, unit.id, f"output_kw.{node}")
    return taken


def _ratios(case: Case, output: Output) -> list[float]:
    return [0.0] if output.ratio is None else case.values(output.ratio)
