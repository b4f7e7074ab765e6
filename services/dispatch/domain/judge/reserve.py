"""Enough in stores for the critical loads of the next hours (§8.3)."""

import bisect
import itertools

from services.dispatch.domain.judge.case import Case
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.rules import Reserve
from services.dispatch.domain.park.storage import PowerAt, Store

RESERVE = "reserve"
DAY_H = 24.0
NOISE_KWH = 1e-6
"""What sums of energies may be off: by less no store is short of power."""


def judge(case: Case, reserve: Reserve) -> None:
    """Count what stores lack at the end of each step."""
    stores, critical_kw = _stores(case, reserve), _critical_kw(case)
    needed = _Beyond(case, reserve, [], critical_kw)
    each = [_Beyond(case, reserve, [store], critical_kw) for store in stores]
    together = _Beyond(case, reserve, stores, critical_kw)
    for k in case.steps:
        wanted_kwh = lacking_kwh = needed.kwh(k)
        for store, short in zip(stores, each, strict=True):
            lacking_kwh -= _counted_kwh(case, reserve, store, k, wanted_kwh, short.kwh(k))
        case.breaks(Limit.RESERVE, RESERVE, k, max(lacking_kwh, together.kwh(k)) * case.h[k])


def _stores(case: Case, reserve: Reserve) -> list[Store]:
    """Return the named stores; without names, those at electric nodes."""
    return [
        store
        for store in case.problem.stores
        if store.id in reserve.stores or (not reserve.stores and case.is_electric(store.node))
    ]


def _counted_kwh(
    case: Case, reserve: Reserve, store: Store, k: int, wanted_kwh: float, short_kwh: float
) -> float:
    """Return what a store gives in these hours: no more than its power brings, where that is short
    of what is wanted.
    """
    above_kwh = case.course(store.id, "level_kwh")[k] - store.lowest_kwh
    kept = float((1.0 - store.loss_share_per_h) ** reserve.hours)
    held_kwh = above_kwh * kept * store.discharge_efficiency
    return min(held_kwh, wanted_kwh - short_kwh) if short_kwh > NOISE_KWH else held_kwh


def _most_kw(store: Store) -> float:
    """Return the largest power that a store can give at any level of its window (`power_at`)."""
    inside = [one.level_kwh for one in store.power_at]
    inside = [kwh for kwh in inside if store.lowest_kwh < kwh < store.highest_kwh]
    return max(_gives_kw(store, kwh) for kwh in (store.lowest_kwh, *inside, store.highest_kwh))


def _gives_kw(store: Store, level_kwh: float) -> float:
    lines = itertools.pairwise(store.power_at)
    powers_kw = [_on_line_kw(one, other, level_kwh) for one, other in lines]
    return max(0.0, min([store.discharge_kw, *powers_kw]))


def _on_line_kw(one: PowerAt, other: PowerAt, level_kwh: float) -> float:
    along = (level_kwh - one.level_kwh) / (other.level_kwh - one.level_kwh)
    return one.discharge_kw + along * (other.discharge_kw - one.discharge_kw)


def _critical_kw(case: Case) -> list[float]:
    """Return what critical electric loads take, (steps,)."""
    loads = [one for one in case.problem.loads if one.critical and case.is_electric(one.node)]
    critical = [case.values(load.power_kw) for load in loads]
    return [sum(max(0.0, kw[k]) for kw in critical) for k in case.steps]


class _Beyond:
    """What critical loads take beyond the power of some stores, in the reserve's hours.

    Loads are repeated by the day; stores are after the horizon as available as in its last step.
    """

    def __init__(
        self, case: Case, reserve: Reserve, stores: list[Store], critical_kw: list[float]
    ) -> None:
        there = [(_most_kw(store), case.values(store.availability)) for store in stores]
        power_kw = [sum(kw * share[k] for kw, share in there) for k in case.steps]
        self._case, self._hours = case, reserve.hours
        self._unknown_kw = max(0.0, (reserve.critical_after_kw or 0.0) - power_kw[-1])
        self._within_kwh = self._sums_kwh(critical_kw, power_kw)
        self._later_kwh = self._sums_kwh(critical_kw, [power_kw[-1]] * len(power_kw))

    def kwh(self, k: int) -> float:
        """Return the energy from the end of a step on."""
        end_h, from_h = self._case.ends_h[-1], self._case.ends_h[k]
        to_h, within = from_h + self._hours, self._within_kwh
        beyond = self._up_to_kwh(within, min(end_h, to_h)) - self._up_to_kwh(within, from_h)
        day, beyond_h = 0, end_h
        while beyond_h < to_h:
            day += 1
            until_h = min(to_h, end_h + day * DAY_H)
            beyond += self._up_to_kwh(self._later_kwh, until_h - day * DAY_H)
            beyond -= self._up_to_kwh(self._later_kwh, beyond_h - day * DAY_H)
            unknown_h = max(0.0, min(until_h, day * DAY_H) - beyond_h)
            beyond += unknown_h * self._unknown_kw
            beyond_h = until_h
        return beyond

    def _sums_kwh(self, critical_kw: list[float], power_kw: list[float]) -> list[float]:
        """Return the energy from the beginning up to that of each step, and to the end."""
        h = self._case.h
        kwh = [max(0.0, critical_kw[k] - power_kw[k]) * h[k] for k in self._case.steps]
        return [0.0, *itertools.accumulate(kwh)]

    def _up_to_kwh(self, sums_kwh: list[float], at_h: float) -> float:
        """Return the energy from the beginning up to a time; none is known outside."""
        if at_h <= 0.0:
            return 0.0
        if at_h >= self._case.ends_h[-1]:
            return sums_kwh[-1]
        k = bisect.bisect_right(self._case.ends_h, at_h)
        share = (at_h - self._case.begins_h[k]) / self._case.h[k]
        return sums_kwh[k] + share * (sums_kwh[k + 1] - sums_kwh[k])
