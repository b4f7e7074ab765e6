"""A tiny park with a boiler, and its cheapest plan."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Carrier, Node, Supply
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.units import Output, Unit
from tests.property.dispatch.whole_numbers import (
    Enumerated,
    Pattern,
    Rng,
    cents,
    floats,
    whole,
)


def running(rng: Rng) -> Enumerated:
    """A boiler on gas beside heat that is bought: on or off, with least times and starts.

    Midnight is in the middle.
    """
    heat, dear = whole(rng, 0, 6, 4), cents(rng, 20, 60, 4)
    least, most = int(rng.integers(1, 4)), 5
    start_cost, idle_cost = cents(rng, 0, 150, 2)
    least_on, least_off = whole(rng, 0, 3, 2)
    was_on, since = bool(rng.integers(2)), int(rng.integers(1, 4))
    per_day, today = whole(rng, 0, 2, 2)
    boiler = Unit(
        id="boiler",
        input_node="gas",
        outputs=(Output(node="heat", ratio=1.0),),
        least_kw=float(least),
        most_kw=float(most),
        start_cost=start_cost,
        running_cost_per_h=idle_cost,
        least_on_h=float(least_on),
        least_off_h=float(least_off),
        on_at_start=was_on,
        state_since_h=float(since),
        most_starts_per_day=per_day,
        starts_today=today,
    )
    problem = ParkProblem(
        horizon=Horizon(start=datetime(2026, 6, 15, 22, tzinfo=UTC), steps=4, step_h=1.0),
        nodes=(Node(id="heat", carrier=Carrier.HEAT, surplus_price=0.05),),
        supplies=(
            Supply(id="gas", node="gas", price=0.1, limit_kw=100.0),
            Supply(id="district heat", node="heat", price=floats(dear), limit_kw=100.0),
        ),
        loads=(Load(id="heating", node="heat", power_kw=floats(heat)),),
        units=(boiler,),
    )

    def cost(on: Pattern) -> float:
        return start_cost * _starts(was_on, on) + sum(
            min(_fired(kw, heat[k], dear[k]) for kw in range(least, most + 1)) + idle_cost
            if on[k]
            else dear[k] * heat[k]
            for k in range(4)
        )

    history = [int(was_on)] * since
    allowed = (
        on
        for on in itertools.product((0, 1), repeat=4)
        if _lasting([1 - was_on, *history, *on], 1, least_on, since)
        and _lasting([1 - was_on, *history, *on], 0, least_off, since)
        and _starts(was_on, on[:2]) <= max(0, per_day - today)
        and _starts(bool(on[1]), on[2:]) <= per_day
    )
    return problem, min(map(cost, allowed))


def _starts(was_on: bool, on: Pattern) -> int:
    return sum(b > a for a, b in itertools.pairwise((int(was_on), *on)))


def _fired(kw: int, heat: int, dear: float) -> float:
    return 0.1 * kw + dear * max(0, heat - kw) + 0.05 * max(0, kw - heat)


def _lasting(states: Sequence[int], state: int, least: int, since: int) -> bool:
    """Whether all runs of a state that end in the horizon, which begins after `since`, last."""
    runs = [(value, len(list(group))) for value, group in itertools.groupby(states)]
    ends = list(itertools.accumulate(length for _, length in runs))
    return all(
        length >= least or end == len(states) or end <= since
        for (value, length), end in zip(runs, ends, strict=True)
        if value == state and end > 1
    )
