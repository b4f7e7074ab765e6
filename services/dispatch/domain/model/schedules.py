"""The cheapest states of one unit at given prices: a path through its starts and stops (§7)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.dispatch.domain.model.commitment import Bools
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon
from services.dispatch.domain.park.units import Unit

NEVER = 1e12
"""What a state costs that is not possible, thousandths of the currency."""
MILLI = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class StateCosts:
    """What each state costs in each step, (steps,) thousandths of the currency."""

    on: Floats
    standby: Floats
    off: Floats


def cheapest_states(
    unit: Unit, horizon: Horizon, there: Bools, costs: StateCosts
) -> tuple[Floats, Floats]:
    """Return `on` and `standby`, (steps,) of 0 or 1: the cheapest that keep the unit's rules.

    Too many starts are made dearer until there are few enough.
    """
    dearer = 0.0
    for _ in range(12):
        path = _Path(unit, horizon, there, costs, dearer)
        runs = path.runs()
        begun = sum(1 for began, _ in runs if began >= 0)
        if unit.most_starts is None or begun <= unit.most_starts:
            break
        dearer = max(2.0 * dearer, 50.0 * MILLI)
    return path.states(runs)


class _Path:
    """The search: best cost of having started or stopped at each step, and from where."""

    def __init__(
        self, unit: Unit, horizon: Horizon, there: Bools, costs: StateCosts, dearer: float
    ) -> None:
        self.unit, self.costs, self.steps = unit, costs, len(horizon)
        self.begins = horizon.begins_h
        self.on, self.off = _sums(costs.on), _sums(costs.off)
        self.either = _sums(np.minimum(costs.on, costs.standby))
        gone = np.flatnonzero(~there)
        self.may_stop = self._ends(unit.least_on_h, gone, 0)
        self.may_start = self._ends(unit.least_off_h, gone, 1)
        self.warm = MILLI * unit.start_cost + dearer
        self.cold = MILLI * (unit.cold_start_cost or 0.0) + dearer
        self.started, self.stopped = np.full(self.steps, np.inf), np.full(self.steps, np.inf)
        self.start_from = np.full(self.steps, -1)
        self.stop_from = np.full(self.steps, -1)
        for step in range(self.steps):
            self._start(step)
            self._stop(step)

    def _ends(self, least_h: float, gone: NDArray[np.int64], after: int) -> NDArray[np.int64]:
        """Return from which step on a state that began in a step may end, (steps,)."""
        ends = np.searchsorted(self.begins, self.begins + least_h - MOMENT_H)
        ends = np.maximum(ends, np.arange(self.steps) + 1)
        first = np.searchsorted(gone, np.arange(self.steps))
        broken = np.concatenate([gone + after, [self.steps]])[first]
        return np.asarray(np.minimum(ends, np.maximum(broken, np.arange(self.steps) + 1)))

    def run_cost(self, began: slice) -> Floats:
        """Return cost up to having started, and of the least run, less the free part's sum."""
        least = self.may_stop[began]
        whole = self.on[least] - self.on[:-1][began]
        return np.asarray(self.started[began] + whole - self.either[least], np.float64)

    def _start(self, step: int) -> None:
        """Start after the best of the stops from which that may be."""
        ready = int(np.searchsorted(self.may_start, step, side="right"))
        ready = min(ready, step)
        edge = ready
        if self.unit.cold_after_h is not None:
            since = self.begins[step] - self.unit.cold_after_h + MOMENT_H
            edge = min(ready, int(np.searchsorted(self.begins, since, side="right")))
        offers = [(self.cold, 0, edge), (self.warm, edge, ready)]
        if self.unit.cold_after_h is None:
            offers = [(self.warm, 0, ready)]
        for price, low, high in offers:
            if high > low:
                value = self.stopped[low:high] - self.off[low:high]
                best = int(np.argmin(value))
                self._offer_start(step, float(value[best]) + price, low + best)
        if not self.unit.on_at_start:
            self._offer_start(step, self._first_price(step), -1)

    def _first_price(self, step: int) -> float:
        off_h, cold_after_h = self.begins[step] + self.unit.state_since_h, self.unit.cold_after_h
        is_cold = cold_after_h is not None and off_h >= cold_after_h - MOMENT_H
        return self.cold if is_cold else self.warm

    def _offer_start(self, step: int, price: float, source: int) -> None:
        if (total := price + self.off[step]) < self.started[step]:
            self.started[step], self.start_from[step] = total, source

    def _stop(self, step: int) -> None:
        """Stop after the best of the starts from which that may be."""
        ready = min(int(np.searchsorted(self.may_stop, step, side="right")), step)
        if ready > 0:
            value = self.run_cost(slice(0, ready))
            best = int(np.argmin(value))
            self.stopped[step] = value[best] + self.either[step]
            self.stop_from[step] = best
        if self.unit.on_at_start and self.either[step] < self.stopped[step]:
            self.stopped[step], self.stop_from[step] = self.either[step], -1

    def runs(self) -> list[tuple[int, int]]:
        """Return each run as (start, stop); a start of -1 was before the horizon."""
        stops = self.stopped + self.off[-1] - self.off[:-1]
        starts = self.run_cost(slice(None)) + self.either[-1]
        best_stop, best_start = int(np.argmin(stops)), int(np.argmin(starts))
        choices = [(float(stops[best_stop]), False, best_stop)]
        choices.append((float(starts[best_start]), True, best_start))
        never = self.either[-1] if self.unit.on_at_start else self.off[-1]
        choices.append((float(never), self.unit.on_at_start, -1))
        _, is_on, at = min(choices)
        return self._traced(is_on, at)

    def _traced(self, is_on: bool, at: int) -> list[tuple[int, int]]:
        found, end = [], self.steps
        while True:
            if is_on:
                found.append((at, end))
            if at < 0:
                return found[::-1]
            end, is_on, at = at, not is_on, int((self.start_from if is_on else self.stop_from)[at])

    def states(self, runs: list[tuple[int, int]]) -> tuple[Floats, Floats]:
        """Return `on` and `standby` of some runs: standby where that is cheaper and allowed."""
        on, standby = np.zeros(self.steps), np.zeros(self.steps)
        cheaper = self.costs.standby < self.costs.on
        for began, ended in runs:
            free = 0 if began < 0 else int(self.may_stop[began])
            on[max(began, 0) : ended] = 1.0
            standby[free:ended] = cheaper[free:ended]
        return on * (1.0 - standby), standby


def _sums(costs: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(costs)])
