"""Whether a plan says what it must: every device's and node's series, whole and finite (§1)."""

import math
from collections.abc import Iterator, Mapping

from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.park.demand import Load, Process
from services.dispatch.domain.park.network import Node
from services.dispatch.domain.park.problem import GROUPS, ParkProblem
from services.dispatch.domain.park.units import Unit

SERIES_OF: dict[str, tuple[str, ...]] = {
    "lines": ("flow_kw", "arriving_kw"),
    "grids": ("import_kw", "export_kw"),
    "contracts": ("taken_kw",),
    "supplies": ("power_kw",),
    "sinks": ("power_kw",),
    "productions": ("power_kw",),
    "loads": ("power_kw",),
    "sessions": ("charge_kw", "discharge_kw"),
    "processes": ("on",),
    "queues": ("power_kw", "backlog_kwh", "late_kwh"),
    "stores": ("charge_kw", "discharge_kw", "level_kwh"),
    "units": ("input_kw", "on", "standby"),
}


def missing(problem: ParkProblem, schedule: Schedule) -> Iterator[str]:
    """Yield a sentence for each series that is missing, too short or long, or no number."""
    for group in GROUPS:
        for part in getattr(problem, group):
            names = *SERIES_OF[group], *_more(part)
            yield from _faulty(part.id, schedule.devices.get(part.id), names, len(problem.horizon))
    for node in problem.every_node:
        yield from _faulty(node.id, schedule.nodes.get(node.id), _of(node), len(problem.horizon))


def _more(part: object) -> tuple[str, ...]:
    if isinstance(part, Load) and part.interruption is not None:
        return ("off",)
    if isinstance(part, Unit):
        return tuple(f"output_kw.{output.node}" for output in part.outputs)
    if isinstance(part, Process):
        return tuple(f"power_kw.{node}" for node in part.flows_kw)
    return ()


def _of(node: Node) -> tuple[str, ...]:
    both = "unserved_kw", "surplus_kw"
    return both if node.surplus_price is None else (*both, "unused_kw")


def _faulty(
    who: str, courses: Mapping[str, object] | None, names: tuple[str, ...], steps: int
) -> Iterator[str]:
    if courses is None:
        yield f"{who}: the plan does not name it"
        return
    for name in names:
        if name not in courses:
            yield f"{who}: {name} is missing"
            continue
        values = [float(value) for value in courses[name]]  # type: ignore[attr-defined]
        if len(values) != steps:
            yield f"{who}: {name} has {len(values)} values, the horizon {steps} steps"
        if not all(math.isfinite(value) for value in values):
            yield f"{who}: {name} has values that are no numbers"
