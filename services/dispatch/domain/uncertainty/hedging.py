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
TENTHS, TINY = 10.0, 1e-6
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
    others; `limit_kw` is (steps,). `price_per_kwh` is what a kWh above the limit costs. Hedges
    stand at the ends of steps up to `until_h`; a path's price is spread over those at which it
    needs anything, for what is missing at one of them is mostly missing at the next as well.
    """
    horizon = problem.horizon
    ends_h = [float(end) for end in horizon.ends_h if end <= until_h + MOMENT_H]
    stores = [one for one in problem.stores if _answers(one, horizon, len(ends_h))]
    if not stores or not ends_h:
        return problem
    needs = needs_kwh(taken_kw, limit_kw, horizon.hours, _as_one(stores, horizon))
    needs = needs[:, : len(ends_h)]
    prices = price_per_kwh / len(needs) / np.maximum((needs > 0.0).sum(axis=1), 1)
    held = {
        store.id: _hedges_of(store, own_kwh, ends_h, prices)
        for store, own_kwh in zip(stores, _shared(needs, stores), strict=True)
    }
    return replace(
        problem,
        stores=tuple(
            replace(one, hedges=(*one.hedges, *held.get(one.id, ()))) for one in problem.stores
        ),
    )


def hedges(
    needs_kwh: Floats, lowest_kwh: float, at_h: float, price_per_kwh: Floats
) -> tuple[Hedge, ...]:
    """Return what each path needs at a time as hedges, alike needs as one.

    `needs_kwh` (paths,) is above `lowest_kwh`; `price_per_kwh` (paths,) is what a kWh costs that is
    missing, times how likely the path is.
    """
    wanted, which = np.unique(np.floor(needs_kwh * TENTHS + TINY), return_inverse=True)
    prices = np.bincount(which.ravel(), weights=price_per_kwh)
    return tuple(
        Hedge(at_h=at_h, least_kwh=lowest_kwh + tenths / TENTHS, price_per_kwh=price)
        for tenths, price in zip(wanted.tolist(), prices.tolist(), strict=True)
        if tenths > 0.0
    )


def _hedges_of(
    store: Store, needs_kwh: Floats, ends_h: Sequence[float], prices: Floats
) -> list[Hedge]:
    """Return a store's hedges; a kWh in it is as much less worth as is lost on the way out."""
    return [
        hedge
        for step, end_h in enumerate(ends_h)
        for hedge in hedges(
            needs_kwh[:, step], store.lowest_kwh, end_h, prices * store.discharge_efficiency
        )
    ]


def _answers(store: Store, horizon: Horizon, steps: int) -> bool:
    """Return whether a store can give electricity in each of the first steps."""
    is_there = bool((horizon.array(store.availability)[:steps] > 0.0).all())
    return store.node == "electricity" and _room_kwh(store) > 0.0 and is_there


def _room_kwh(store: Store) -> float:
    return store.highest_kwh - store.lowest_kwh


def _as_one(stores: Sequence[Store], horizon: Horizon) -> Shaver:
    """Return what stores can do together; powers are (steps,), as far as they are there."""
    rooms = [_room_kwh(one) for one in stores]
    there = np.array([horizon.array(one.availability) for one in stores])
    into = np.average([one.charge_efficiency for one in stores], weights=rooms)
    out = np.average([one.discharge_efficiency for one in stores], weights=rooms)
    return Shaver(
        room_kwh=sum(rooms),
        charge_kw=np.array([one.charge_kw for one in stores]) @ there,
        discharge_kw=np.array([one.discharge_kw for one in stores]) @ there,
        charge_efficiency=float(into),
        discharge_efficiency=float(out),
    )


def _shared(needs_kwh: Floats, stores: Sequence[Store]) -> list[Floats]:
    """Return each store's part of needs: who holds more now gives more, the rest is by room.

    So nothing is moved from one store to another only to be held there.
    """
    rooms = np.array([_room_kwh(one) for one in stores])
    now = np.clip([one.start_kwh - one.lowest_kwh for one in stores], 0.0, rooms)
    free = rooms - now
    there, lacking = np.minimum(needs_kwh, now.sum()), np.maximum(needs_kwh - now.sum(), 0.0)
    parts = zip(_share(now), _share(free), rooms, strict=True)
    return [np.minimum(of_now * there + of_free * lacking, room) for of_now, of_free, room in parts]


def _share(kwh: Floats) -> Floats:
    total = float(kwh.sum())
    return kwh / total if total > 0.0 else np.zeros_like(kwh)
