"""Shares of the supply mode, over the year so far and the horizon (§8.1)."""

from services.dispatch.domain.judge.case import Case
from services.dispatch.domain.model.prices import Limit

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


def _taken_kwh(case: Case, device: str, name: str, sign: float = 1.0) -> float:
    """Return the energy of those steps in which a device takes some."""
    course = case.course(device, name)
    return sum(max(0.0, sign * kw) * case.h[k] for k, kw in enumerate(course))


def _generated_kwh(case: Case) -> float:
    return sum(
        _kwh(case, one.id, "power_kw")
        for one in case.problem.productions
        if case.is_electric(one.node)
    )


def _fed_in_kwh(case: Case) -> float:
    return sum(_kwh(case, one.id, "export_kw") for one in case.problem.grids)


def _load_kwh(case: Case) -> float:
    """Return what electric loads, vehicles, processes, queues and units take."""
    problem = case.problem
    taken = 0.0
    for load in problem.loads:
        taken += _taken_kwh(case, load.id, "power_kw") if case.is_electric(load.node) else 0.0
    for session in problem.sessions:
        taken += _kwh(case, session.id, "charge_kw") - _kwh(case, session.id, "discharge_kw")
    for queue in problem.queues:
        taken += _kwh(case, queue.id, "power_kw") if case.is_electric(queue.node) else 0.0
    for process in problem.processes:
        for node in process.flows_kw:
            if case.is_electric(node):
                taken += _taken_kwh(case, process.id, f"power_kw.{node}")
    return taken + _taken_by_units_kwh(case)


def _taken_by_units_kwh(case: Case) -> float:
    taken = 0.0
    for unit in case.problem.units:
        if case.is_electric(unit.input_node):
            taken += _kwh(case, unit.id, "input_kw")
        for node in {output.node for output in unit.outputs}:
            if case.is_electric(node):
                taken += _taken_kwh(case, unit.id, f"output_kw.{node}", -1.0)
    return taken
