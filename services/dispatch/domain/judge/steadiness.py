"""Leaving what the plan before had devices do (§9)."""

from services.dispatch.domain.judge.case import MOMENT_H, ON, Case
from services.dispatch.domain.model.prices import Limit
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


def _powers_kw(case: Case) -> dict[str, list[float]]:
    """Return the powers of stores and vehicles (charge − discharge), productions and units."""
    problem, powers = case.problem, dict[str, list[float]]()
    both_ways = [one.id for one in problem.stores] + [one.id for one in problem.sessions]
    for name in both_ways:
        charge_kw, discharge_kw = case.course(name, "charge_kw"), case.course(name, "discharge_kw")
        powers[name] = [charge_kw[k] - discharge_kw[k] for k in case.steps]
    for production in problem.productions:
        powers[production.id] = case.course(production.id, "power_kw")
    for unit in problem.units:
        powers[unit.id] = case.course(unit.id, "input_kw")
    return powers


def _is_decided(unit: Unit) -> bool:
    """Whether it matters if a unit is on, also for what its curve gives at 0 kW (§7)."""
    return unit.is_committed or any(
        output.curve and output.curve[0].output_kw > 0.0 for output in unit.outputs
    )


def _count_committed(case: Case, unit: Unit, former: Former) -> None:
    """On is what drew more than standby does; maintenance frees from every commitment."""
    on, before_kw = case.course(unit.id, "on"), case.values(former.power_kw[unit.id])
    there = case.values(unit.availability)
    for k in case.steps:
        was_on = before_kw[k] > (unit.standby_kw or 0.0)
        held = case.begins_h[k] < former.committed_h - MOMENT_H and there[k] > 0.0
        if held and (on[k] > ON) != was_on:
            case.breaks(Limit.COMMITTED, unit.id, k, unit.most_kw * case.h[k])
