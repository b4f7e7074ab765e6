"""Enough in stores for the critical loads of the next hours (§8.3)."""

import bisect
import itertools

from services.dispatch.domain.judge.case import Case
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.rules import Reserve

RESERVE = "reserve"
DAY_H = 24.0


def judge(case: Case, reserve: Reserve) -> None:
    """Count what stores lack at the end of each step."""
    sums_kwh = _sums_kwh(case)
    for k in case.steps:
        wanted_kwh = _wanted_kwh(case, sums_kwh, case.ends_h[k], reserve)
        lacking_kwh = wanted_kwh - _held_kwh(case, reserve, k)
        case.breaks(Limit.RESERVE, RESERVE, k, lacking_kwh * case.h[k])


def _held_kwh(case: Case, reserve: Reserve, k: int) -> float:
    """Return what the named stores can give; without names, those at electric nodes."""
    held = 0.0
    for store in case.problem.stores:
        if store.id in reserve.stores or (not reserve.stores and case.is_electric(store.node)):
            level = case.course(store.id, "level_kwh")[k]
            held += (level - store.lowest_kwh) * store.discharge_efficiency
    return held


def _sums_kwh(case: Case) -> list[float]:
    """Return the critical energy from the beginning up to that of each step, and to the end."""
    loads = [one for one in case.problem.loads if one.critical and case.is_electric(one.node)]
    critical = [case.values(load.power_kw) for load in loads]
    kwh = [sum(max(0.0, kw[k]) for kw in critical) * case.h[k] for k in case.steps]
    return [0.0, *itertools.accumulate(kwh)]


def _up_to_kwh(case: Case, sums_kwh: list[float], at_h: float) -> float:
    """Return the critical energy from the beginning up to a time; none is known outside."""
    if at_h <= 0.0:
        return 0.0
    if at_h >= case.ends_h[-1]:
        return sums_kwh[-1]
    k = bisect.bisect_right(case.ends_h, at_h)
    share = (at_h - case.begins_h[k]) / case.h[k]
    return sums_kwh[k] + share * (sums_kwh[k + 1] - sums_kwh[k])


def _wanted_kwh(case: Case, sums_kwh: list[float], from_h: float, reserve: Reserve) -> float:
    """Return the critical energy of the reserve's hours from a time on, repeated by the day."""
    end_h, to_h = case.ends_h[-1], from_h + reserve.hours
    wanted = _up_to_kwh(case, sums_kwh, min(end_h, to_h)) - _up_to_kwh(case, sums_kwh, from_h)
    day, beyond_h = 0, end_h
    while beyond_h < to_h:
        day += 1
        until_h = min(to_h, end_h + day * DAY_H)
        wanted += _up_to_kwh(case, sums_kwh, until_h - day * DAY_H)
        wanted -= _up_to_kwh(case, sums_kwh, beyond_h - day * DAY_H)
        unknown_h = max(0.0, min(until_h, day * DAY_H) - beyond_h)
        wanted += unknown_h * (reserve.critical_after_kw or 0.0)
        beyond_h = until_h
    return wanted
