"""A tiny park with a battery and a vehicle, and its cheapest plan."""

import itertools
from collections.abc import Sequence

from services.dispatch.domain.park.demand import Load, Session
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Store
from tests.property.dispatch.whole_numbers import (
    Enumerated,
    Pattern,
    Rng,
    a_grid,
    cents,
    floats,
    imported,
    whole,
)


def storing(rng: Rng) -> Enumerated:
    """A battery, sun, a load and a vehicle for three hours; what is sold earns 0.03."""
    load, sun = whole(rng, 0, 4, 3), whole(rng, 0, 4, 3)
    prices, limit_kw = cents(rng, 5, 90, 3), int(rng.integers(2, 9))
    start, wanted = int(rng.integers(0, 4)), int(rng.integers(0, 5))
    problem = ParkProblem(
        horizon=Horizon(steps=3, step_h=1.0),
        grids=(a_grid(prices, limit_kw, export_price=0.03, export_limit_kw=2.0),),
        productions=(Production(id="pv", available_kw=floats(sun)),),
        loads=(Load(id="base", power_kw=floats(load)),),
        stores=(
            Store(
                id="battery",
                highest_kwh=3.0,
                start_kwh=float(start),
                charge_kw=2.0,
                discharge_kw=2.0,
                wear_per_kwh=0.01,
                end_value_per_kwh=0.1,
            ),
        ),
        sessions=(Session(id="van", leaves_h=2.0, power_kw=2.0, wanted_kwh=float(wanted)),),
    )
    costs = (
        _stored(move, van, start)
        + sum(map(_met, _needs(load, move, van), sun, prices, [limit_kw] * 3))
        + 40.0 * (wanted - sum(van))
        for move in itertools.product(range(-2, 3), repeat=3)
        if all(0 <= start + sum(move[: k + 1]) <= 3 for k in range(3))
        for van in itertools.product(range(3), repeat=2)
        if sum(van) <= wanted
    )
    return problem, min(costs)


def _needs(load: Sequence[int], move: Pattern, van: Pattern) -> list[int]:
    return [load[k] + move[k] + (*van, 0)[k] for k in range(3)]


def _stored(move: Pattern, van: Pattern, start: int) -> float:
    """Wear of what is discharged, less the worth of what is left."""
    return 0.01 * sum(max(0, -kw) for kw in move) - 0.1 * (start + sum(move))


def _met(need: int, sun: int, price: float, limit_kw: int) -> float:
    """Sun first, then the grid; of too much, 2 kW are sold and 1000 a kWh keep the rest from it.

    The sun can be turned down for nothing, what the battery gives cannot.
    """
    if need >= sun:
        return imported(need - sun, price, limit_kw)
    sold = min(2, sun - need)
    must = max(0, -need - 2)
    return -0.03 * (sold + must) + 1000.0 * must
