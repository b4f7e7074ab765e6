"""What stores are asked to hold so that an import limit can be kept, as far as that pays (§10).

The newsvendor's problem inside a plan: each joint path's need is a hedge, as dear as a kWh above
the limit times how likely the path is (docs/decisions/0043).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from services.dispatch.domain.foresight.peaks import Shaver
from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Hedge, Store
from services.dispatch.domain.uncertainty.reserve import needs_kwh

UNTIL_H = 1.0
"""Later plans set their own hedges, with later news."""
DECIMALS = 1
"""Needs are alike within a tenth of a kWh."""


def hedged(
    problem: ParkProblem,
    taken_kw: Floats,
    limit_kw: Floats,
    price_per_kwh: float,
    until_h: float = UNTIL_H,
) -> ParkProblem:
    """Return the problem with what paths need to keep a limit as hedges of its electric stores.

    `taken_kw` (paths, steps) is what the park takes without its stores, each path as likely as the
    others; `limit_kw` is (steps,). `price_per_kwh` is what a kWh above the limit costs; it is
    spread over the ends of steps up to `until_h`, for what is missing at one of them is missing at
    the next as well. Stores share a need by their room.
    """
    horizon = problem.horizon
    ends_h = [float(end) for end in horizon.ends_h if end <= until_h + MOMENT_H]
    stores = {one.id: one for one in problem.stores if _answers(one, horizon, len(ends_h))}
    if not stores or not ends_h:
        return problem
    needs = needs_kwh(taken_kw, limit_kw, horizon.hours, _as_one(list(stores.values())))
    room_kwh = sum(_room_kwh(one) for one in stores.values())

    def of(store: Store) -> Store:
        if store.id not in stores:
            return store
        own, price = needs * (_room_kwh(store) / room_kwh), price_per_kwh / len(ends_h)
        found = [
            hedge
            for step, end_h in enumerate(ends_h)
            for hedge in hedges(own[:, step], store.lowest_kwh, end_h, price)
        ]
        return replace(store, hedges=(*store.hedges, *found))

    return replace(problem, stores=tuple(of(store) for store in problem.stores))


def hedges(
    needs_kwh: Floats, lowest_kwh: float, at_h: float, price_per_kwh: float
) -> tuple[Hedge, ...]:
    """Return what each path needs at a time as hedges, each as dear as it is likely.

    `needs_kwh` (paths,) is above `lowest_kwh`; `price_per_kwh` is what a kWh costs that is missing.
    """
    wanted, paths = np.unique(np.round(needs_kwh, DECIMALS), return_counts=True)
    prices = price_per_kwh * paths / len(needs_kwh)
    return tuple(
        Hedge(at_h=at_h, least_kwh=lowest_kwh + kwh, price_per_kwh=price)
        for kwh, price in zip(wanted.tolist(), prices.tolist(), strict=True)
        if kwh > 0.0
    )


def _answers(store: Store, horizon: Horizon, steps: int) -> bool:
    """Return whether a store can give electricity in each of the first steps."""
    is_there = bool((horizon.array(store.availability)[:steps] > 0.0).all())
    return store.node == "electricity" and _room_kwh(store) > 0.0 and is_there


def _room_kwh(store: Store) -> float:
    return store.highest_kwh - store.lowest_kwh


def _as_one(stores: Sequence[Store]) -> Shaver:
    rooms = [_room_kwh(one) for one in stores]
    return Shaver(
        room_kwh=sum(rooms),
        charge_kw=sum(one.charge_kw for one in stores),
        discharge_kw=sum(one.discharge_kw for one in stores),
        charge_efficiency=float(np.average([s.charge_efficiency for s in stores], weights=rooms)),
        discharge_efficiency=float(
            np.average([s.discharge_efficiency for s in stores], weights=rooms)
        ),
    )
