"""What the plan before decided for the steps that may not change (§9): units, batches, loads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.dispatch.domain.model import placing, processes
from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.linear import Linear, Term
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.park.demand import Load, Process
from services.dispatch.domain.park.horizon import MOMENT_H, Floats
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Former
from services.dispatch.domain.park.units import Unit

Bools = NDArray[np.bool_]
Switched = Load | Process | Unit
Switches = Callable[[Switched], Linear]
"""Whether a device is on (1) or off (0) in each step."""


IDLE = 0.5
"""What a step counts in which a batch runs though it did not: to run late is better than never."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A device that is to be on (`was_on` 1) or off (0) in some steps, (held steps,) each.

    `size_kw`: what a step that does not keep it counts.
    """

    device: Switched
    steps: Index
    was_on: Floats
    size_kw: Floats


def committed(problem: ParkProblem, former: Former) -> Iterator[Held]:
    """Yield what the former plan names and what is switched, where it is held in any step."""
    soon = problem.horizon.begins_h < former.committed_h - MOMENT_H
    for device, may_be_on, was_on, size_kw in _named(problem, former):
        steps = np.flatnonzero(soon & may_be_on)
        if len(steps):
            yield Held(device, steps, was_on[steps].astype(np.float64), size_kw[steps])


def _named(problem: ParkProblem, former: Former) -> Iterator[tuple[Switched, Bools, Bools, Floats]]:
    """Yield devices: where they may be held, where they were on, and their size, (steps,) each.

    A unit that draws no more than standby is not on; one without availability is not held, nor is
    a batch that runs on, nor a load that wants nothing.
    """
    array, ones = problem.horizon.array, np.ones(len(problem.horizon))
    power_kw = {name: array(kw) for name, kw in former.power_kw.items()}
    for unit in problem.units:
        if unit.id in power_kw and is_decided(unit):
            was_on = power_kw[unit.id] > (unit.standby_kw or 0.0)
            yield unit, array(unit.availability) > 0.0, was_on, unit.most_kw * ones
    for process in problem.processes:
        if process.id in power_kw and is_switched(process):
            was_running = runs(process, power_kw[process.id]) > 0.0
            counts = np.where(was_running, 1.0, IDLE)
            yield process, ones > 0.0, was_running, processes.size_kw(process) * counts
    for load in problem.loads:
        if load.id in power_kw and load.interruption is not None:
            size_kw = np.abs(array(load.power_kw))
            was_served = 2.0 * np.abs(power_kw[load.id]) >= size_kw
            yield load, size_kw > 0.0, was_served, size_kw


def is_decided(unit: Unit) -> bool:
    """Whether each step decides if a unit is on (§7); else it is on wherever it draws."""
    gives = any(output.curve and output.curve[0].output_kw > 0 for output in unit.outputs)
    return unit.is_committed or gives


def is_switched(process: Process) -> bool:
    """Whether it is still to be decided when a batch runs, and its first node tells whether."""
    return not placing.runs_on(process) and any(process.flows_kw[process.first_node])


def runs(process: Process, power_kw: Floats) -> Floats:
    """Return 1 where a batch runs by its power at its first node, (steps,), else 0.

    It runs where that is half of the least that it draws, or more: runs end within steps.
    """
    least_kw = min(abs(kw) for kw in process.flows_kw[process.first_node] if kw)
    return np.asarray(2.0 * np.abs(power_kw) >= least_kw, np.float64)


def in_program(build: Builder) -> Switches:
    """Return switches as columns; every family must have been added."""
    steps, known = np.arange(build.steps), np.zeros(build.steps)

    def switch(device: Switched) -> Linear:
        if isinstance(device, Process):
            return Linear(known, tuple(_running(build, device)))
        if isinstance(device, Load):
            off = Term(steps, build.column(f"{device.id}.off"), -np.ones(build.steps))
            return Linear(known + 1.0, (off,))
        return Linear(known, (Term(steps, build.column(f"{device.id}.on"), known + 1.0),))

    return switch


def _running(build: Builder, process: Process) -> Iterator[Term]:
    for draw in processes.draws(build, process):
        if draw.node == process.first_node:
            yield Term(draw.steps, draw.columns, runs(process, draw.kw))


def in_schedule(schedule: Schedule) -> Switches:
    """Return switches as courses."""

    def switch(device: Switched) -> Linear:
        courses = schedule.devices[device.id]
        if isinstance(device, Process):
            return Linear(runs(device, courses[f"power_kw.{device.first_node}"]))
        return Linear(1.0 - courses["off"] if isinstance(device, Load) else courses["on"])

    return switch
