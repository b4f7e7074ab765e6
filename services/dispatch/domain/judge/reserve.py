"""Enough in stores for the critical loads of the next hours (§8.3)."""

from services.dispatch.domain.judge.case import Case
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.rules import Reserve

RESERVE = "reserve"
DAY_H = 24.0


def judge(case: Case, reserve: Reserve) -> None:
    """Count what stores lack at the end of each step."""
    for k in case.steps:
        lacking_kwh = _wanted_kwh(case, case.ends_h[k], reserve.hours) - _held_kwh(case, reserve, k)
        case.breaks(Limit.RESERVE, RESERVE, k, lacking_kwh * case.h[k])


def _held_kwh(case: Case, reserve: Reserve, k: int) -> float:
    """Return what the named stores can give; without names, all of electricity."""
    held = 0.0
    for store in case.problem.stores:
        named = store.id in reserve.stores or not reserve.stores
        if named and case.is_electric(store.node):
            level = float(case.schedule.devices[store.id]["level_kwh"][k])
            held += (level - store.lowest_kwh) * store.discharge_efficiency
    return held


def _wanted_kwh(case: Case, from_h: float, lasts_h: float) -> float:
    """Return the critical energy of `[from_h, from_h + lasts_h)`, repeated by the day."""
    end_h = case.ends_h[-1]
    inside = _critical_kwh(case, from_h, min(end_h, from_h + lasts_h))
    day, beyond_h, to_h = 0, max(from_h, end_h), from_h + lasts_h
    while beyond_h < to_h:
        day += 1
        until_h = min(to_h, end_h + day * DAY_H)
        inside += _critical_kwh(case, beyond_h - day * DAY_H, until_h - day * DAY_H)
        beyond_h = until_h
    return inside


def _critical_kwh(case: Case, from_h: float, to_h: float) -> float:
    wanted = 0.0
    for load in case.problem.loads:
        if load.critical and case.is_electric(load.node):
            power_kw = case.values(load.power_kw)
            wanted += sum(
                max(0.0, power_kw[k]) * case.overlap_h(k, from_h, to_h) for k in case.steps
            )
    return wanted
