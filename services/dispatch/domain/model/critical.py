"""What critical electric loads take in the hours to come, and what of it stores bring (§8.3)."""

import itertools
from dataclasses import dataclass, field

import numpy as np

from services.dispatch.domain.model.supply_mode import electric
from services.dispatch.domain.park.horizon import MOMENT_H, Floats
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Reserve
from services.dispatch.domain.park.storage import Store

DAY_H = 24.0


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """The reserve's hours after the end of each step: all energies are of these, (steps,) kWh."""

    problem: ParkProblem
    reserve: Reserve
    _begins_h: Floats = field(init=False)
    _ends_h: Floats = field(init=False)
    _power_kw: Floats = field(init=False)

    def __post_init__(self) -> None:
        pieces = _days_repeated(self.problem, self.reserve)
        for name, values in zip(("_begins_h", "_ends_h", "_power_kw"), pieces, strict=True):
            object.__setattr__(self, name, values)

    @property
    def needed_kwh(self) -> Floats:
        """What critical loads take."""
        return self._taken_kwh(self._power_kw)

    def short_kwh(self, *stores: Store) -> Floats:
        """Return what of it is beyond the power of some stores together."""
        together_kw = sum(map(self._there_kw, stores), np.zeros(len(self._power_kw)))
        return self._taken_kwh(np.maximum(0.0, self._power_kw - together_kw))

    def given(self, store: Store) -> float:
        """Return what a stored kWh gives at the end of these hours."""
        kept = (1.0 - store.loss_share_per_h) ** self.reserve.hours
        return float(store.discharge_efficiency * kept)

    def _there_kw(self, store: Store) -> Floats:
        """Return what a store can give in each piece; after the horizon as in the last step."""
        there = self.problem.horizon.array(store.availability)
        later = np.full(len(self._power_kw) - len(there), there[-1])
        return np.concatenate((there, later)) * _most_kw(store)

    def _taken_kwh(self, power_kw: Floats) -> Floats:
        """Return the energy of a power that each piece has: its sum is a line between any two."""
        energy_kwh = (self._ends_h - self._begins_h) * power_kw
        up_to_kwh = np.cumsum(energy_kwh)
        times_h = np.column_stack((self._begins_h, self._ends_h)).ravel()
        sums_kwh = np.column_stack((up_to_kwh - energy_kwh, up_to_kwh)).ravel()
        from_h = self.problem.horizon.ends_h
        later = np.interp(from_h + self.reserve.hours, times_h, sums_kwh)
        return np.asarray(later - np.interp(from_h, times_h, sums_kwh), np.float64)


def _most_kw(store: Store) -> float:
    """Return what a store can give at the level of its window at which it gives most."""
    levels_kwh = [store.lowest_kwh, *(point.level_kwh for point in store.power_at)]
    at_kwh = np.clip([*levels_kwh, store.highest_kwh], store.lowest_kwh, store.highest_kwh)
    most_kw = np.full(len(at_kwh), store.discharge_kw)
    for one, other in itertools.pairwise(store.power_at):
        slope = (other.discharge_kw - one.discharge_kw) / (other.level_kwh - one.level_kwh)
        most_kw = np.minimum(most_kw, one.discharge_kw + slope * (at_kwh - one.level_kwh))
    return max(0.0, float(most_kw.max()))


def critical_kw(problem: ParkProblem) -> Floats:
    """Return what critical electric loads take, (steps,)."""
    total, nodes = np.zeros(len(problem.horizon)), electric(problem)
    for load in problem.loads:
        if load.critical and load.node in nodes:
            total += np.maximum(0.0, problem.horizon.array(load.power_kw))
    return total


def _days_repeated(problem: ParkProblem, reserve: Reserve) -> tuple[Floats, Floats, Floats]:
    """Return the steps, and pieces of the days after them: begins, ends and critical powers.

    Beyond the horizon each moment takes what it took 24 h before, and `critical_after_kw` where
    that is before the horizon.
    """
    begins, ends, power_kw = problem.horizon.begins_h, problem.horizon.ends_h, critical_kw(problem)
    end_h, after_kw = float(ends[-1]), reserve.critical_after_kw or 0.0
    pieces = [(begins, ends, power_kw)]
    for day in range(1, 1 + int(np.ceil(reserve.hours / DAY_H))):
        first_h = end_h + (day - 1) * DAY_H
        if first_h < day * DAY_H - MOMENT_H:
            unknown = np.array([first_h]), np.array([day * DAY_H]), np.array([after_kw])
            pieces.append(unknown)
        copied = np.maximum(begins + day * DAY_H, first_h), ends + day * DAY_H
        there = copied[1] > first_h + MOMENT_H
        pieces.append((copied[0][there], copied[1][there], power_kw[there]))
    starts, stops, powers = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return starts, stops, powers
