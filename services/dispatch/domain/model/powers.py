"""Powers that the park's rules speak of: columns of a program, or a schedule's courses.

Both are `Linear`, so each rule's arithmetic is written once, for planning and for booking.
"""

from collections.abc import Callable

import numpy as np

from services.dispatch.domain.model import placing, processes
from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.linear import Linear, Term, nothing
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.sessions import presence
from services.dispatch.domain.park.demand import Load, Process, Session, WorkQueue
from services.dispatch.domain.park.network import Contract, Grid, Node, Production, Sink, Supply
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.park.units import Unit

Device = (
    Contract
    | Grid
    | Load
    | Node
    | Process
    | Production
    | Session
    | Sink
    | Store
    | Supply
    | Unit
    | WorkQueue
)
Powers = Callable[[Device, str], Linear]
"""A device (or node) and the name of one of its courses: kW in each step."""

COLUMNS = {
    "import_kw": ("import", "over_import"),
    "export_kw": ("export", "over_export"),
    "taken_kw": ("taken",),
    "power_kw": ("power",),
    "charge_kw": ("charge",),
    "discharge_kw": ("discharge",),
    "input_kw": ("input",),
    "surplus_kw": ("surplus",),
    "unused_kw": ("unused",),
}
"""The columns that a course is the sum of; a device that may not do it has none of them."""


def in_program(build: Builder) -> Powers:
    """Return powers as columns; every family must have been added."""

    def power(device: Device, course: str) -> Linear:
        if isinstance(device, Production):
            return _generated(build, device)
        if isinstance(device, Load):
            return _served(build, device)
        if isinstance(device, Process):
            return _worked(build, device, course.removeprefix("power_kw."))
        if course.startswith("output_kw."):
            inflow = build.inflow(course.removeprefix("output_kw."), device.id)
            return Linear(np.zeros(build.steps), tuple(Term(*one) for one in inflow))
        return sum_of(build, device, COLUMNS[course])

    return power


def in_schedule(schedule: Schedule) -> Powers:
    """Return powers as courses; one that a device does not have is nothing."""

    def power(device: Device, course: str) -> Linear:
        group = schedule.nodes if isinstance(device, Node) else schedule.devices
        courses = group[device.id]
        steps = len(next(iter(courses.values())))
        return Linear(courses.get(course, np.zeros(steps)))

    return power


def sum_of(build: Builder, device: Device, names: tuple[str, ...]) -> Linear:
    """Return the sum of a device's columns of these names, where it has them."""
    steps = np.arange(build.steps)
    if isinstance(device, Session):
        steps = np.flatnonzero(presence(build.problem.horizon, device) > 0)
    total = nothing(build.steps)
    for name in (f"{device.id}.{name}" for name in names):
        if build.has_columns(name):
            term = Term(steps, build.column(name), np.ones(len(steps)))
            total = Linear(total.known, (*total.terms, term))
    return total


def _generated(build: Builder, production: Production) -> Linear:
    available = Linear(build.problem.horizon.array(production.available_kw))
    return available - sum_of(build, production, ("curtailed",))


def _served(build: Builder, load: Load) -> Linear:
    """Return what a load takes that may be interrupted."""
    power_kw = Linear(build.problem.horizon.array(load.power_kw))
    return power_kw - sum_of(build, load, ("off",)).times(power_kw.known)


def _worked(build: Builder, process: Process, node: str) -> Linear:
    """Return what a process takes from a node."""
    if placing.runs_on(process):
        began_h = np.array([-process.done_h])
        return Linear(placing.laid(build.problem.horizon, process, began_h)[node][0])
    draws = (draw for draw in processes.draws(build, process) if draw.node == node)
    terms = tuple(Term(draw.steps, draw.columns, draw.kw) for draw in draws)
    return Linear(np.zeros(build.steps), terms)


def drawn(powers: Powers, device: Store | Session) -> Linear:
    """Return charge − discharge."""
    return powers(device, "charge_kw") - powers(device, "discharge_kw")
