"""Energy that stores keep for critical loads in the hours to come (§8.3)."""

import numpy as np

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.supply_mode import electric
from services.dispatch.domain.park.horizon import MOMENT_H, Floats
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Reserve
from services.dispatch.domain.park.storage import Store

WHO = "reserve"
DAY_H = 24.0


def add(build: Builder) -> None:
    """Add what the stores must hold at the end of each step, and at a price what is missing."""
    if (reserve := build.problem.reserve) is None:
        return
    stores = stores_of(build.problem, reserve)
    least = needed_kwh(build.problem, reserve) + sum(
        store.lowest_kwh * store.discharge_efficiency for store in stores
    )
    missing = build.columns(WHO, INFINITE, build.hours * build.price[Limit.RESERVE], seldom=True)
    rows = build.rows(WHO, least, INFINITE, shared=True)
    build.put(rows, missing, 1.0)
    for store in stores:
        build.put(rows, build.column(f"{store.id}.level"), store.discharge_efficiency)


def book(books: Books, schedule: Schedule) -> None:
    """Book what is missing at the end of each step."""
    if (reserve := books.problem.reserve) is None:
        return
    held = np.zeros(len(books.hours))
    for store in stores_of(books.problem, reserve):
        level = schedule.devices[store.id]["level_kwh"]
        held += (level - store.lowest_kwh) * store.discharge_efficiency
    books.breach_each(Limit.RESERVE, WHO, needed_kwh(books.problem, reserve) - held, "kWh h")


def stores_of(problem: ParkProblem, reserve: Reserve) -> list[Store]:
    """Return the stores that are named; those of electric nodes where none is."""
    nodes = electric(problem)
    if reserve.stores:
        return [store for store in problem.stores if store.id in reserve.stores]
    return [store for store in problem.stores if store.node in nodes]


def needed_kwh(problem: ParkProblem, reserve: Reserve) -> Floats:
    """Return what critical electric loads take in the next hours from each step's end on."""
    ends_h = problem.horizon.ends_h
    after_kw = reserve.critical_after_kw or 0.0
    times_h, taken_kwh = _taken(problem, float(ends_h[-1]) + reserve.hours, after_kw)
    later = np.interp(ends_h + reserve.hours, times_h, taken_kwh)
    return np.asarray(later - np.interp(ends_h, times_h, taken_kwh), np.float64)


def critical_kw(problem: ParkProblem) -> Floats:
    """Return what critical electric loads take, (steps,)."""
    total, nodes = np.zeros(len(problem.horizon)), electric(problem)
    for load in problem.loads:
        if load.critical and load.node in nodes:
            total += np.maximum(0.0, problem.horizon.array(load.power_kw))
    return total


def is_cut(problem: ParkProblem) -> bool:
    """Whether nobody knows what critical loads take after the horizon, though a reserve asks."""
    reserve, end_h = problem.reserve, float(problem.horizon.ends_h[-1])
    if reserve is None or reserve.critical_after_kw is not None:
        return False
    return end_h < DAY_H - MOMENT_H and bool(critical_kw(problem).any())


def _taken(problem: ParkProblem, until_h: float, after_kw: float) -> tuple[Floats, Floats]:
    """Return times and what critical loads took up to each, kWh: a line between any two.

    Beyond the horizon each moment takes what it took 24 h before, and `after_kw` where that is
    before the horizon.
    """
    begins, ends, power_kw = _days_repeated(problem, until_h, after_kw)
    energy_kwh = np.cumsum((ends - begins) * power_kw)
    times_h = np.column_stack((begins, ends)).ravel()
    before_and_after = np.column_stack((energy_kwh - (ends - begins) * power_kw, energy_kwh))
    return times_h, before_and_after.ravel()


def _days_repeated(
    problem: ParkProblem, until_h: float, after_kw: float
) -> tuple[Floats, Floats, Floats]:
    """Return pieces of the horizon and of the days after it: begins, ends and powers."""
    begins, ends, power_kw = problem.horizon.begins_h, problem.horizon.ends_h, critical_kw(problem)
    end_h = float(ends[-1])
    pieces = [(begins, ends, power_kw)]
    for day in range(1, 1 + int(np.ceil((until_h - end_h) / DAY_H))):
        first_h = end_h + (day - 1) * DAY_H
        if first_h < day * DAY_H - MOMENT_H:
            unknown = np.array([first_h]), np.array([day * DAY_H]), np.array([after_kw])
            pieces.append(unknown)
        copied = np.maximum(begins + day * DAY_H, first_h), ends + day * DAY_H
        there = copied[1] > first_h + MOMENT_H
        pieces.append((copied[0][there], copied[1][there], power_kw[there]))
    starts, stops, powers = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return starts, stops, powers
