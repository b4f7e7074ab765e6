"""Leaving what the plan before had devices do (§9)."""

from services.dispatch.domain.judge.case import MOMENT_H, ON, Case
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.demand import Load, Process
from services.dispatch.domain.park.rules import Former
from services.dispatch.domain.park.units import Unit


def judge(case: Case, former: Former) -> None:
    """Count what moving away from the former powers costs, and commitments that are broken."""
    for device, power_kw in _powers_kw(case).items():
        if device in former.power_kw:
            before_kw = case.values(former.power_kw[device])
            moved_kw = sum(abs(power_kw[k] - before_kw[k]) for k in case.steps)
            case.owe("moves", moved_kw * former.move_cost_per_kw)
    for unit in case.problem.units:
        if unit.id in former.power_kw and _is_decided(unit):
            _count_committed(case, unit, former)
    for process in case.problem.processes:
        runs_on = process.done_h > 0 and process.most_starts == 1
        if process.id in former.power_kw and not runs_on:
            _count_batch(case, process, former)
    for load in case.problem.loads:
        if load.id in former.power_kw and load.interruption is not None:
            _count_load(case, load, former)


def _powers_kw(case: Case) -> dict[str, list[float]]:
    """Return the powers of stores and vehicles (charge − discharge), productions and units.

    Of queues and loads that may be interrupted, too, and of batches at their first node.
    """
    problem, powers = case.problem, dict[str, list[float]]()
    both_ways = [one.id for one in problem.stores] + [one.id for one in problem.sessions]
    for name in both_ways:
        charge_kw, discharge_kw = case.course(name, "charge_kw"), case.course(name, "discharge_kw")
        powers[name] = [charge_kw[k] - discharge_kw[k] for k in case.steps]
    for production in problem.productions:
        powers[production.id] = case.course(production.id, "power_kw")
    for unit in problem.units:
        powers[unit.id] = case.course(unit.id, "input_kw")
    for queue in problem.queues:
        powers[queue.id] = case.course(queue.id, "power_kw")
    for process in problem.processes:
        powers[process.id] = case.course(process.id, f"power_kw.{_first_node(process)}")
    for load in problem.loads:
        if load.interruption is not None:
            powers[load.id] = case.course(load.id, "power_kw")
    return powers


def _first_node(process: Process) -> str:
    return next(iter(process.flows_kw))


def _is_decided(unit: Unit) -> bool:
    """Whether it matters if a unit is on, also for what its curve gives at 0 kW (§7)."""
    return unit.is_committed or any(
        output.curve and output.curve[0].output_kw > 0.0 for output in unit.outputs
    )


def _count_committed(case: Case, unit: Unit, former: Former) -> None:
    """On is what drew more than standby does; maintenance frees from every commitment."""
    on, before_kw = case.course(unit.id, "on"), case.values(former.power_kw[unit.id])
    there = case.values(unit.availability)
    for k in _committed_steps(case, former):
        was_on = before_kw[k] > (unit.standby_kw or 0.0)
        if there[k] > 0.0 and (on[k] > ON) != was_on:
            case.breaks(Limit.COMMITTED, unit.id, k, unit.most_kw * case.h[k])


def _count_batch(case: Case, process: Process, former: Former) -> None:
    """It runs where its first node gives it half of the least power that it draws, or more."""
    node, before_kw = _first_node(process), case.values(former.power_kw[process.id])
    power_kw = case.course(process.id, f"power_kw.{node}")
    drawn_kw = [abs(kw) for kw in process.flows_kw[node] if kw != 0.0]
    largest_kw = max(abs(kw) for profile in process.flows_kw.values() for kw in profile)
    for k in _committed_steps(case, former):
        does, did = (abs(kw[k]) >= min(drawn_kw, default=0.0) / 2 for kw in (power_kw, before_kw))
        if drawn_kw and does != did:
            counts = 1.0 if did else 0.5
            case.breaks(Limit.COMMITTED, process.id, k, counts * max(1.0, largest_kw) * case.h[k])


def _count_load(case: Case, load: Load, former: Former) -> None:
    """It was off where it took less than half of what it wants now; wanting nothing is neither."""
    off, before_kw = case.course(load.id, "off"), case.values(former.power_kw[load.id])
    wanted_kw = case.values(load.power_kw)
    for k in _committed_steps(case, former):
        was_off = abs(before_kw[k]) < abs(wanted_kw[k]) / 2
        if wanted_kw[k] != 0.0 and (off[k] > ON) != was_off:
            case.breaks(Limit.COMMITTED, load.id, k, abs(wanted_kw[k]) * case.h[k])


def _committed_steps(case: Case, former: Former) -> list[int]:
    return [k for k in case.steps if case.begins_h[k] < former.committed_h - MOMENT_H]
