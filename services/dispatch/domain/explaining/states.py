"""Limits on how often and how long a unit is on or a load is off, and what more room would save.

Whole numbers have no duals, so this asks what the state would save in the step if it were not for
these limits: then what binds is known from the states around it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.dispatch.domain.explaining.because import Because, Kind
from services.dispatch.domain.explaining.marginal import Margins
from services.dispatch.domain.explaining.words import STATES
from services.dispatch.domain.park.demand import Interruption, Load
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon
from services.dispatch.domain.park.units import Unit

A_DAY = "most_starts_per_day"
OF_UNITS = frozenset(
    {"change", "one_state", "least_on", "least_off", "most_starts", A_DAY, "committed"}
)
OF_INTERRUPTIONS = frozenset(
    {"start", "starts", "least", "most", "on_since", "off_before", A_DAY, "committed"}
)
"""Rows that such limits are made of."""


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """A state of 0 or 1 in each step, and since when the first one lasts (h, 0 or before)."""

    horizon: Horizon
    state: Floats
    since_h: float
    was_so: bool

    def lasts_h(self, step: int) -> float:
        """Return how long the state of a step has lasted when the step begins."""
        same = self.state[: step + 1] == self.state[step]
        first = step - int(np.argmin(same[::-1])) + 1 if not same.all() else 0
        before = self.was_so == bool(self.state[step])
        began_h = self.since_h if first == 0 and before else float(self.horizon.begins_h[first])
        return float(self.horizon.begins_h[step]) - began_h

    def starts(self, day: int | None = None) -> int:
        """Return how often the state begins, in a day of the horizon or in all of it."""
        begins = np.diff(self.state, prepend=float(self.was_so)) > 0
        return int(np.count_nonzero(begins if day is None else begins & (self.horizon.days == day)))

    def used_up(self, step: int, a_day: int | None, today: int) -> bool:
        """Whether no start is left in the day of a step, of so many `a_day`, `today` before."""
        day = int(self.horizon.days[step])
        return a_day is not None and self.starts(day) + (0 if day else today) >= a_day

    def beside(self, step: int) -> list[int]:
        """Return the steps before and after one that are so."""
        near = [k for k in (step - 1, step + 1) if 0 <= k < len(self.state)]
        return [k for k in near if self.state[k]]

    def run_h(self, step: int) -> float:
        """Return how long the run of a step lasts within the horizon."""
        edges = np.flatnonzero(np.diff(self.state)) + 1
        number = np.searchsorted(edges, step, side="right")
        run = np.split(self.horizon.hours, edges)[number]
        return float(run.sum())


def states(margins: Margins, device: Any, step: int) -> Iterator[Because]:
    """Yield what holds a unit on or off, or an interruption or its end, against what it saves."""
    if isinstance(device, Unit) and "on" in margins.blocks(device):
        yield from _of_unit(margins, device, step)
    if isinstance(device, Load) and device.interruption is not None:
        yield from _of_interruption(margins, device, device.interruption, step)


def _of_unit(margins: Margins, unit: Unit, step: int) -> Iterator[Because]:
    solution, gain = margins.solution, -margins.cost_without(unit, "on", step, OF_UNITS)
    running = solution.of(f"{unit.id}.on").round()
    if unit.standby_kw is not None:
        running = running + solution.of(f"{unit.id}.standby").round()
    horizon = solution.problem.horizon
    course = _Course(horizon, running, -unit.state_since_h, unit.on_at_start)
    lasts_h, hours = course.lasts_h(step) + MOMENT_H, float(horizon.hours[step])
    if running[step]:
        if lasts_h < unit.least_on_h:
            yield _limit(unit, "least_on", step, -gain / hours)
    elif horizon.array(unit.availability)[step] > 0.0:
        if lasts_h < unit.least_off_h:
            yield _limit(unit, "least_off", step, gain / hours)
        elif course.beside(step):
            return
        elif course.starts() == unit.most_starts:
            yield _limit(unit, "most_starts", step, gain - unit.start_cost)
        elif course.used_up(step, unit.most_starts_per_day, unit.starts_today):
            yield _limit(unit, A_DAY, step, gain - unit.start_cost)


def _of_interruption(
    margins: Margins, load: Load, interruption: Interruption, step: int
) -> Iterator[Because]:
    solution, gain = margins.solution, -margins.cost_without(load, "off", step, OF_INTERRUPTIONS)
    horizon, off = solution.problem.horizon, solution.of(f"{load.id}.off").round()
    course = _Course(horizon, off, -interruption.off_h, was_so=interruption.off_h > 0.0)
    hours, per_start = float(horizon.hours[step]), interruption.price_per_start
    if off[step]:
        if course.lasts_h(step) + MOMENT_H < interruption.least_h:
            yield _limit(load, "least", step, -gain / hours)
        return
    longest_h = max((course.run_h(k) for k in course.beside(step)), default=0.0)
    most_h = interruption.most_h
    if longest_h and most_h is not None and longest_h + hours > most_h + MOMENT_H:
        yield _limit(load, "most", step, gain / hours)
    elif not longest_h and course.starts() == interruption.most_starts:
        yield _limit(load, "starts", step, gain - per_start)
    elif not longest_h and course.used_up(
        step, interruption.most_starts_per_day, interruption.starts_today
    ):
        yield _limit(load, A_DAY, step, gain - per_start)


def _limit(device: Unit | Load, what: str, step: int, worth: float) -> Because:
    word, unit = STATES[f"{type(device).__name__}.{what}"]
    who = device.id
    en, zh = f"{word.en} ({who})", f"{word.zh}（{who}）"
    return Because(Kind.LIMIT, f"{who}.{what}", step, worth, unit, en, zh)
