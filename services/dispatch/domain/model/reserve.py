"""Energy that stores keep for critical loads in the hours to come (§8.3)."""

import numpy as np

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import INFINITE, Builder
from services.dispatch.domain.model.critical import DAY_H, Ahead, critical_kw
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.model.program import Index
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.stores import reach
from services.dispatch.domain.model.supply_mode import electric
from services.dispatch.domain.park.horizon import MOMENT_H, Floats
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Reserve
from services.dispatch.domain.park.storage import Store

WHO = "reserve"
NOISE_KWH = 1e-6
"""What sums of energies may be off: by less no store is short of power."""


def add(build: Builder) -> None:
    """Add what the stores must hold at the end of each step, and at a price what is missing.

    What is beyond their power is missing in any case.
    """
    if (reserve := build.problem.reserve) is None:
        return
    ahead, stores = Ahead(build.problem, reserve), stores_of(build.problem, reserve)
    caps_kwh, least = _caps_kwh(ahead, stores), ahead.needed_kwh
    for store, cap_kwh in zip(stores, caps_kwh, strict=True):
        least = least + np.where(np.isinf(cap_kwh), store.lowest_kwh * ahead.given(store), 0.0)
    price = build.hours * build.price[Limit.RESERVE]
    beyond_kwh = ahead.short_kwh(*stores)
    missing = build.columns(WHO, INFINITE, price, lower=beyond_kwh, seldom=True)
    rows = build.rows(WHO, least, INFINITE, shared=True)
    build.put(rows, missing, 1.0)
    for store, cap_kwh in zip(stores, caps_kwh, strict=True):
        _count(build, rows, store, ahead.given(store), cap_kwh)


def _count(build: Builder, rows: Index, store: Store, given: float, cap_kwh: Floats) -> None:
    """Count what a store's level gives; a column keeps to the cap in the steps that have one."""
    level, capped = build.column(f"{store.id}.level"), np.isfinite(cap_kwh)
    build.put(rows[~capped], level[~capped], given)
    if not capped.any():
        return
    lowest, count = reach(store, build.hours)[0][capped], int(capped.sum())
    below = (lowest - store.lowest_kwh) * given
    counted = build.columns(f"{store.id}.counted", cap_kwh[capped], lower=below, count=count)
    held = build.rows(f"{store.id}.{WHO}", store.lowest_kwh * given, INFINITE, count)
    build.put(held, level[capped], given)
    build.put(held, counted, -1.0)
    build.put(rows[capped], counted, 1.0)


def book(books: Books, schedule: Schedule) -> None:
    """Book what is missing at the end of each step."""
    if (reserve := books.problem.reserve) is None:
        return
    ahead, stores = Ahead(books.problem, reserve), stores_of(books.problem, reserve)
    counted = np.zeros(len(books.hours))
    for store, cap_kwh in zip(stores, _caps_kwh(ahead, stores), strict=True):
        level = schedule.devices[store.id]["level_kwh"]
        held = (level - store.lowest_kwh) * ahead.given(store)
        counted += np.minimum(held, cap_kwh)
    missing = np.maximum(ahead.needed_kwh - counted, ahead.short_kwh(*stores))
    books.breach_each(Limit.RESERVE, WHO, missing, "kWh h")


def _caps_kwh(ahead: Ahead, stores: list[Store]) -> list[Floats]:
    """Return what each store's power brings to critical loads, (steps,) kWh; infinite where its
    power suffices for them, or for all that it holds, and where no other store helps: then what
    is beyond its power is missing anyway.
    """
    if len(stores) == 1:
        return [np.full(len(ahead.needed_kwh), INFINITE)]
    return [_cap_kwh(ahead, store) for store in stores]


def _cap_kwh(ahead: Ahead, store: Store) -> Floats:
    short_kwh, highest = ahead.short_kwh(store), reach(store, ahead.problem.horizon.hours)[1]
    cap_kwh = np.maximum(0.0, ahead.needed_kwh - short_kwh)
    binds = (short_kwh > NOISE_KWH) & (cap_kwh < (highest - store.lowest_kwh) * ahead.given(store))
    return np.where(binds, cap_kwh, INFINITE)


def stores_of(problem: ParkProblem, reserve: Reserve) -> list[Store]:
    """Return the stores that are named; those of electric nodes where none is."""
    nodes = electric(problem)
    if reserve.stores:
        return [store for store in problem.stores if store.id in reserve.stores]
    return [store for store in problem.stores if store.node in nodes]


def needed_kwh(problem: ParkProblem, reserve: Reserve) -> Floats:
    """Return what critical electric loads take in the next hours from each step's end on."""
    return Ahead(problem, reserve).needed_kwh


def is_cut(problem: ParkProblem) -> bool:
    """Whether nobody knows what critical loads take after the horizon, though a reserve asks."""
    reserve, end_h = problem.reserve, float(problem.horizon.ends_h[-1])
    if reserve is None or reserve.critical_after_kw is not None:
        return False
    return end_h < DAY_H - MOMENT_H and bool(critical_kw(problem).any())
