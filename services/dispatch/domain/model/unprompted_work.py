"""Work by rules: a batch that runs goes on, queued work is done at once, units run if they must."""

from dataclasses import dataclass

import numpy as np

from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.park.demand import Process, WorkQueue
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.units import Output, Unit

Flows = list[tuple[str, Floats]]


def batch(horizon: Horizon, process: Process) -> tuple[Courses, Flows]:
    """Return nothing for a batch that may wait, the rest of its profile for one that runs."""
    goes_on = process.done_h > 0 and process.most_starts == 1
    end_h = process.duration_h - process.done_h
    on = np.where(horizon.overlap_h(0.0, end_h) > MOMENT_H, float(goes_on), 0.0)
    courses: Courses = {"on": on}
    flows: Flows = []
    for node, profile_kw in process.flows_kw.items():
        kw = _laid(horizon, process, profile_kw) * float(goes_on)
        courses[f"power_kw.{node}"] = kw
        flows.append((node, -kw))
    return courses, flows


def _laid(horizon: Horizon, process: Process, profile_kw: tuple[float, ...]) -> Floats:
    """Return each step's mean of the profile that began `done_h` before the horizon."""
    part_h = process.duration_h / len(profile_kw)
    kwh = np.zeros(len(horizon))
    for i, kw in enumerate(profile_kw):
        begins_h = i * part_h - process.done_h
        kwh += kw * horizon.overlap_h(max(0.0, begins_h), max(0.0, begins_h + part_h))
    return np.asarray(kwh / horizon.hours, np.float64)


def queued(horizon: Horizon, queue: WorkQueue) -> Courses:
    """Return work done as soon as power allows, what waits, and what is late (§5.5)."""
    hours, arriving = horizon.hours, horizon.array(queue.arriving_kwh)
    power, backlog = np.zeros(len(hours)), np.zeros(len(hours))
    waiting = queue.backlog_kwh
    for step in range(len(hours)):
        waiting += arriving[step]
        power[step] = min(queue.power_kw, waiting / hours[step])
        waiting = max(0.0, waiting - power[step] * hours[step])
        backlog[step] = waiting
    late = np.maximum(0.0, _due_kwh(horizon, queue) - np.cumsum(power * hours))
    return {"power_kw": power, "backlog_kwh": backlog, "late_kwh": late}


def _due_kwh(horizon: Horizon, queue: WorkQueue) -> Floats:
    """Return what had to be done by the end of each step, (steps,) kWh."""
    ends = horizon.ends_h + MOMENT_H
    due_h = horizon.begins_h + queue.patience_h
    due = (due_h[None, :] <= ends[:, None]) @ horizon.array(queue.arriving_kwh)
    first_h = queue.backlog_patience_h or queue.patience_h
    return np.asarray(due + queue.backlog_kwh * (first_h <= ends), np.float64)


def running(
    problem: ParkProblem, unit: Unit, wanted_kw: Floats | None = None
) -> tuple[Courses, Flows]:
    """Return a unit's courses: off, but on where it was decided or has not been on long enough.

    With `wanted_kw`, (steps,), it draws that where nothing was decided; 0 and NaN: off.
    """
    wanted = np.full(len(problem.horizon), np.nan) if wanted_kw is None else wanted_kw
    decided = _decided_kw(problem, unit)
    input_kw, on = _run(problem, unit, np.where(np.isnan(decided), wanted, decided))
    courses: Courses = {"input_kw": input_kw, "on": on, "standby": np.zeros(len(on))}
    flows: Flows = [(unit.input_node, -input_kw)]
    for output in unit.outputs:
        kw = given_kw(problem.horizon, output, input_kw) * on
        name = f"output_kw.{output.node}"
        courses[name] = courses.get(name, np.zeros(len(on))) + kw
        flows.append((output.node, kw))
    return courses, flows


@dataclass
class _State:
    """What a unit does from step to step: whether it is on, for how long, at what input."""

    unit: Unit
    is_on: bool
    lasted_h: float
    input_kw: float | None
    step_h: float = 0.0
    starts: int = 0
    starts_of_day: int = 0

    @property
    def may_switch(self) -> bool:
        """Whether it has been on or off for long enough, and a start is left (§7)."""
        least_h = self.unit.least_on_h if self.is_on else self.unit.least_off_h
        return self.lasted_h >= least_h - MOMENT_H and (self.is_on or self._may_start)

    @property
    def _may_start(self) -> bool:
        most, per_day = self.unit.most_starts, self.unit.most_starts_per_day
        is_left = most is None or self.starts < most
        return is_left and (per_day is None or self.starts_of_day < per_day)

    def go(self, wants_on: bool, wanted_kw: float | None, most_kw: float, hours: float) -> None:
        """Take a step: as wanted, as far as the unit may and there is something of it."""
        is_there = most_kw > 0 and most_kw >= self.unit.least_kw
        is_on = is_there and (wants_on if self.may_switch else self.is_on)
        self.starts += is_on and not self.is_on
        self.starts_of_day += is_on and not self.is_on
        before_kw = self.input_kw if self.is_on else None
        self.lasted_h = self.lasted_h + hours if is_on is self.is_on else hours
        self.input_kw = self._input(before_kw, wanted_kw, most_kw, hours) if is_on else None
        self.is_on, self.step_h = is_on, hours

    def _input(
        self, before_kw: float | None, wanted_kw: float | None, most_kw: float, hours: float
    ) -> float:
        """Return what is wanted, else as before, within the ramp and what is there."""
        kw = wanted_kw if wanted_kw is not None else before_kw or self.unit.least_kw
        if before_kw is not None and self.unit.ramp_kw_per_h is not None:
            change = self.unit.ramp_kw_per_h * (hours + (self.step_h or hours)) / 2
            kw = min(max(kw, before_kw - change), before_kw + change)
        return min(max(kw, self.unit.least_kw), most_kw)


def _run(problem: ParkProblem, unit: Unit, decided: Floats) -> tuple[Floats, Floats]:
    """Return a unit's input and whether it is on (0 or 1), (steps,) each."""
    most = unit.most_kw * problem.horizon.array(unit.availability)
    hours, days = problem.horizon.hours, problem.horizon.days
    state = _State(unit, unit.on_at_start, unit.state_since_h, unit.input_at_start_kw)
    state.starts_of_day = unit.starts_today
    input_kw, on = np.zeros(len(most)), np.zeros(len(most))
    for step in range(len(most)):
        kw = None if np.isnan(decided[step]) else float(decided[step])
        if step and days[step] > days[step - 1]:
            state.starts_of_day = 0
        wants_on = kw is not None and kw > (unit.standby_kw or 0.0)
        state.go(wants_on, kw if wants_on else None, float(most[step]), float(hours[step]))
        input_kw[step], on[step] = state.input_kw or 0.0, state.is_on
    return input_kw, on


def _decided_kw(problem: ParkProblem, unit: Unit) -> Floats:
    """Return what the plan before decided for the steps that may not change (§9); NaN: nothing."""
    former, begins = problem.former, problem.horizon.begins_h
    if former is None or unit.id not in former.power_kw:
        return np.full(len(begins), np.nan)
    kw = problem.horizon.array(former.power_kw[unit.id])
    return np.where(begins < former.committed_h - MOMENT_H, kw, np.nan)


def given_kw(horizon: Horizon, output: Output, input_kw: Floats) -> Floats:
    """Return what comes out at an input of a unit that is on, (steps,) kW."""
    if output.ratio is not None:
        return input_kw * horizon.array(output.ratio)
    inputs = [point.input_kw for point in output.curve]
    return np.interp(input_kw, inputs, [point.output_kw for point in output.curve])
