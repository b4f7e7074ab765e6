"""Batches, queues and interruptions as the plan before had them, as far as their rules allow."""

from collections.abc import Iterator

import numpy as np

from services.dispatch.domain.model import placing
from services.dispatch.domain.model.interruptions import kept
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.queues import came_kwh, due_kwh
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.model.unprompted_work import batch
from services.dispatch.domain.park.demand import Interruption, Process, WorkQueue
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon
from services.dispatch.domain.park.problem import ParkProblem


class Batches:
    """Places batches where they were to run, each after the one that it waits for (§5.4)."""

    def __init__(self, problem: ParkProblem, last: LastPlan) -> None:
        self.problem, self.last = problem, last
        self._courses: dict[str, Courses] = {}
        self._ends_h: dict[str, float | None] = {}

    def courses(self, process: Process) -> Courses:
        """Return `on` and `power_kw.<node>`; nothing where it does not run."""
        if process.id not in self._courses:
            self._courses[process.id] = self._placed(process)
        return self._courses[process.id]

    def _placed(self, process: Process) -> Courses:
        horizon, left_h = self.problem.horizon, placing.left_h(process)
        if placing.runs_on(process):
            self._ends_h[process.id] = left_h
            return batch(horizon, process)[0]
        ready_h = self._ready_h(process)
        self._ends_h[process.id] = None
        is_told = process.id in self.last.devices or process.running_h > 0
        if ready_h is None or not is_told:
            return batch(horizon, process)[0]
        if placing.is_split(process):
            return self._in_pieces(process, ready_h)
        return self._in_one_piece(process, ready_h)

    def _ready_h(self, process: Process) -> float | None:
        """When what it waits for has ended; None where that does not run."""
        if process.after is None:
            return 0.0
        first = next(one for one in self.problem.processes if one.id == process.after)
        self.courses(first)
        ended_h = self._ends_h[first.id]
        return None if ended_h is None else ended_h + process.gap_h

    def _in_one_piece(self, process: Process, ready_h: float) -> Courses:
        """Run where it was to begin, or as near to it as it may; where it was to wait, last."""
        horizon, steps = self.problem.horizon, placing.starts(self.problem, process)
        begins_h = horizon.begins_h[steps]
        begins_h = begins_h[begins_h >= ready_h - MOMENT_H]
        wanted_h = self.last.first_on_h(process.id)
        is_due = placing.due_h(self.problem, process) > 0
        if not len(begins_h) or (wanted_h is None and not is_due):
            return batch(horizon, process)[0]
        aim_h = float(begins_h[-1]) if wanted_h is None else wanted_h
        begin_h = begins_h[[int(np.argmin(np.abs(begins_h - aim_h)))]]
        self._ends_h[process.id] = float(begin_h[0]) + process.duration_h
        courses = {"on": placing.covered(horizon, process, begin_h)[0]}
        laid = placing.laid(horizon, process, begin_h)
        return courses | {f"power_kw.{node}": kw[0] for node, kw in laid.items()}

    def _in_pieces(self, process: Process, ready_h: float) -> Courses:
        """Run in the steps in which it was to, or from the first of them on in one piece."""
        horizon, window = self.problem.horizon, placing.window(self.problem, process)
        window = window[horizon.begins_h[window] >= ready_h - MOMENT_H]
        wanted = self.last.is_on(horizon, process.id)[window] > 0
        wanted |= placing.kept(horizon, process)[window]
        first = int(np.argmax(wanted)) if wanted.any() else len(wanted)
        on = np.zeros(len(horizon))
        for steps in (window[wanted], window[first:]):
            on[:] = 0.0
            on[_enough(horizon, steps, placing.left_h(process))] = 1.0
            if self._may_be(process, on):
                break
        else:
            on[:] = 0.0
        if on @ horizon.hours >= placing.left_h(process) - MOMENT_H:
            self._ends_h[process.id] = float(horizon.ends_h[np.flatnonzero(on)[-1]])
        return {"on": on} | {f"power_kw.{n}": kw * on for n, (kw,) in process.flows_kw.items()}

    def _may_be(self, process: Process, on: Floats) -> bool:
        """Whether enough runs within the horizon, in runs that are long and few enough."""
        horizon, last = self.problem.horizon, len(on)
        was_on = process.running_h > 0
        goes_on = process.latest_end_h > horizon.ends_h[-1]
        found = [run for run in runs_of(on) if run[0] > 0 or not was_on]
        short = [
            first
            for first, after in found
            if horizon.hours[first:after].sum() < placing.least_h(process) - MOMENT_H
            and not (goes_on and after == last)
        ]
        enough = on @ horizon.hours >= placing.due_h(self.problem, process) - MOMENT_H
        goes_on_now = bool(on[placing.kept(horizon, process)].all())
        return goes_on_now and not short and len(found) <= process.most_starts and bool(enough)


def _enough(horizon: Horizon, steps: Index, wanted_h: float) -> Index:
    """Return the first of some steps that sum up to what is wanted."""
    before_h = np.cumsum(horizon.hours[steps]) - horizon.hours[steps]
    return np.asarray(steps[before_h < wanted_h - MOMENT_H], np.int64)


def runs_of(on: Floats) -> Iterator[tuple[int, int]]:
    """Yield (first step, step after the last) of each run of ones."""
    edges = np.diff(np.concatenate([[0.0], on, [0.0]]))
    yield from zip(
        np.flatnonzero(edges > 0).tolist(), np.flatnonzero(edges < 0).tolist(), strict=True
    )


def interrupted(horizon: Horizon, rule: Interruption, wanted_off: Floats) -> Floats:
    """Return 1 where a load is off: of the interruptions that were planned those that may be.

    One that goes on lasts as long as it must, whatever was planned.
    """
    stays = kept(horizon, rule)
    off, starts, days = np.zeros(len(horizon)), 0, horizon.days
    of_day = np.zeros(days[-1] + 1, np.int64)
    of_day[0] = rule.starts_today
    most = np.inf if rule.most_starts is None else rule.most_starts
    per_day = np.inf if rule.most_starts_per_day is None else rule.most_starts_per_day
    most_h = np.inf if rule.most_h is None else rule.most_h
    for first, after in runs_of(np.maximum(wanted_off, stays)):
        lasts_h = float(horizon.hours[first:after].sum())
        if first == 0 and rule.off_h > 0:
            off[:after] = 1.0 if rule.off_h + lasts_h <= most_h + MOMENT_H else stays[:after]
            continue
        is_long = lasts_h >= rule.least_h - MOMENT_H or after == len(off)
        may_start = starts < most and of_day[days[first]] < per_day
        if may_start and is_long and lasts_h <= most_h + MOMENT_H:
            off[first:after], starts = 1.0, starts + 1
            of_day[days[first]] += 1
    return off


def worked(horizon: Horizon, queue: WorkQueue, wanted_kw: Floats) -> Courses:
    """Return queued work done as planned (NaN: at once), but nothing later than it must be.

    Where being late has a price, what was planned to be late is late.
    """
    came, due, hours = came_kwh(horizon, queue), due_kwh(horizon, queue), horizon.hours
    must = due if queue.late_price_per_kwh is None else np.zeros(len(due))
    power, done = np.zeros(len(hours)), 0.0
    for step in range(len(hours)):
        waiting_kw = (came[step] - done) / hours[step]
        least_kw = max((must[step] - done) / hours[step], min(queue.least_kw, waiting_kw))
        wanted = waiting_kw if np.isnan(wanted_kw[step]) else wanted_kw[step]
        power[step] = max(0.0, min(max(wanted, least_kw), waiting_kw, queue.power_kw))
        done += power[step] * hours[step]
    done_kwh = np.cumsum(power * hours)
    return {
        "power_kw": power,
        "backlog_kwh": np.maximum(0.0, came - done_kwh),
        "late_kwh": np.maximum(0.0, due - done_kwh),
    }
