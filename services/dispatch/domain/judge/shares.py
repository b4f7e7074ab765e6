"""Shares of the supply mode, over the year so far and the horizon (§8.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.dispatch.domain.judge.case import MOMENT_H, Case
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.network import Line
from services.dispatch.domain.park.rules import Balance
from services.dispatch.domain.park.units import Output, Unit

PARK = "park"


@dataclass(frozen=True, slots=True)
class _Year:
    """A counting year: `hours` is how long each step lies in it, (steps,) h."""

    case: Case
    so_far: Balance
    hours: list[float]

    def kwh(self, kw: Sequence[float]) -> float:
        """Return the energy of a power in the year."""
        return sum(float(kw[k]) * h for k, h in enumerate(self.hours))

    def of(self, device: str, name: str) -> float:
        """Return the energy of one of a device's series in the year, kWh."""
        return self.kwh(self.case.course(device, name))

    def at(self, node: str, device: str, name: str) -> float:
        """Return the same for what flows at a node, nothing where that is not electric."""
        return self.of(device, name) if self.case.is_electric(node) else 0.0


def judge(case: Case) -> None:
    """Count by how many kWh the wanted shares are missed, in this year and in the next one."""
    mode, last_h = case.problem.mode, case.ends_h[-1]
    to_h = last_h if mode.year_ends_h is None else mode.year_ends_h
    hours = [case.overlap_h(k, 0.0, to_h) for k in case.steps]
    _judge_year(_Year(case, mode.so_far, hours))
    if to_h < last_h - MOMENT_H:
        later = [case.overlap_h(k, to_h, last_h) for k in case.steps]
        _judge_year(_Year(case, Balance(), later))


def _judge_year(year: _Year) -> None:
    case, mode, so_far = year.case, year.case.problem.mode, year.so_far
    generated = so_far.generated_kwh + _generated_kwh(year)
    available = so_far.generated_kwh + so_far.curtailed_kwh + _available_kwh(year)
    fed_in = so_far.fed_in_kwh + _fed_in_kwh(year)
    load = so_far.used_kwh + _load_kwh(year)
    used = generated - fed_in
    if mode.feed_in_share is not None:
        case.breaks(Limit.FEED_IN_SHARE, PARK, None, fed_in - mode.feed_in_share * available)
    if mode.self_use_share is not None:
        case.breaks(Limit.SELF_USE_SHARE, PARK, None, mode.self_use_share * available - used)
    if mode.load_share is not None:
        case.breaks(Limit.LOAD_SHARE, PARK, None, mode.load_share * load - used)


def _available_kwh(year: _Year) -> float:
    """Return what electric productions could give, what is curtailed in it."""
    return sum(
        year.kwh(year.case.values(one.available_kw))
        for one in year.case.problem.productions
        if year.case.is_electric(one.node)
    )


def _generated_kwh(year: _Year) -> float:
    return sum(year.at(one.node, one.id, "power_kw") for one in year.case.problem.productions)


def _fed_in_kwh(year: _Year) -> float:
    return sum(year.of(one.id, "export_kw") for one in year.case.problem.grids)


def _load_kwh(year: _Year) -> float:
    """Return what the park takes of electricity: all that is served, and what lines lose."""
    case = year.case
    taken = _served_kwh(year) + sum(_taken_kwh(year, unit) for unit in case.problem.units)
    for line in case.problem.lines:
        if case.is_electric(line.from_node):
            taken += _lost_kwh(year, line)
    for node in case.problem.every_node:
        if case.is_electric(node.id):
            taken -= year.kwh(case.schedule.nodes[node.id]["unserved_kw"].tolist())
    return taken


def _lost_kwh(year: _Year, line: Line) -> float:
    case = year.case
    sent_kw, arriving_kw = case.course(line.id, "flow_kw"), case.course(line.id, "arriving_kw")
    return year.kwh([abs(sent_kw[k] - arriving_kw[k]) for k in case.steps])


def _served_kwh(year: _Year) -> float:
    """Return what loads, queues, vehicles (less what they give back) and batches take."""
    problem, taken = year.case.problem, 0.0
    for load in problem.loads:
        taken += year.at(load.node, load.id, "power_kw")
    for queue in problem.queues:
        taken += year.at(queue.node, queue.id, "power_kw")
    for session in problem.sessions:
        taken += year.of(session.id, "charge_kw") - year.of(session.id, "discharge_kw")
    for process in problem.processes:
        for node in process.flows_kw:
            taken += year.at(node, process.id, f"power_kw.{node}")
    return taken


def _taken_kwh(year: _Year, unit: Unit) -> float:
    """Return a unit's input, and what it gives to or takes from electric nodes beside.

    What a unit makes of another carrier is generation, no load below zero.
    """
    case = year.case
    taken = year.at(unit.input_node, unit.id, "input_kw")
    for node in {output.node for output in unit.outputs if case.is_electric(output.node)}:
        ratios = [ratio for one in unit.outputs if one.node == node for ratio in _ratios(case, one)]
        if case.is_electric(unit.input_node) or min(ratios) < 0.0:
            taken -= year.of(unit.id, f"output_kw.{node}")
    return taken


def _ratios(case: Case, output: Output) -> list[float]:
    return [0.0] if output.ratio is None else case.values(output.ratio)
