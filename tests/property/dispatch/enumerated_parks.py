"""Tiny parks of whole numbers, each with the cost of its best plan: every plan is tried.

Steps are of 1 h. Prices are below 1, so that a limit's price is that of its § times 1. All
optima are whole numbers of kW: nothing is left between those that are tried.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from services.dispatch.domain.park.demand import Interruption, Load, Process, Session, WorkQueue
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Carrier, Grid, Node, Production, Supply
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Store
from services.dispatch.domain.park.units import Output, Unit
from tests.property.dispatch.park_problems import BUILT

Rng = np.random.Generator
Enumerated = tuple[ParkProblem, float]
Pattern = tuple[int, ...]


def whole(rng: Rng, low: int, high: int, count: int) -> list[int]:
    return [int(value) for value in rng.integers(low, high + 1, count)]


def cents(rng: Rng, low: int, high: int, count: int) -> list[float]:
    return [value / 100 for value in whole(rng, low, high, count)]


def floats(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def imported(kw: int, price: float, limit_kw: int) -> float:
    """What an hour's import costs; beyond the limit 1000 a kWh more."""
    return kw * price + 1000.0 * max(0, kw - limit_kw)


def a_grid(prices: Sequence[float], limit_kw: int, **more: object) -> Grid:
    return Grid(
        id="grid",
        import_price=floats(prices),
        import_limit_kw=float(limit_kw),
        **more,  # type: ignore[arg-type]
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


def running(rng: Rng) -> Enumerated:
    """A boiler on gas beside heat that is bought: on or off, with least times and starts."""
    heat, dear = whole(rng, 0, 6, 4), cents(rng, 20, 60, 4)
    least, most = int(rng.integers(1, 4)), 5
    start_cost, idle_cost = cents(rng, 0, 150, 2)
    least_on, least_off = whole(rng, 0, 3, 2)
    was_on, since = bool(rng.integers(2)), int(rng.integers(1, 4))
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
    )
    problem = ParkProblem(
        horizon=Horizon(steps=4, step_h=1.0),
        nodes=(Node(id="heat", carrier=Carrier.HEAT, surplus_price=0.05),),
        supplies=(
            Supply(id="gas", node="gas", price=0.1, limit_kw=100.0),
            Supply(id="district heat", node="heat", price=floats(dear), limit_kw=100.0),
        ),
        loads=(Load(id="heating", node="heat", power_kw=floats(heat)),),
        units=(boiler,),
    )

    def cost(on: Pattern) -> float:
        starts = sum(b > a for a, b in itertools.pairwise((int(was_on), *on)))
        return start_cost * starts + sum(
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
    )
    return problem, min(map(cost, allowed))


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


def batching(rng: Rng) -> Enumerated:
    """Two batches in five hours, the second after the first; missed at 60 a kWh or a price."""
    base, prices, limit_kw = whole(rng, 0, 3, 5), cents(rng, 5, 90, 5), int(rng.integers(2, 7))
    profile, gap, ends = whole(rng, 1, 4, 2), int(rng.integers(0, 2)), int(rng.integers(2, 6))
    missed = [None, 0.5, 3.0][int(rng.integers(3))]
    first = Process(
        id="melt",
        flows_kw={"electricity": floats(profile)},
        duration_h=2.0,
        latest_end_h=float(ends),
        missed_price=missed,
    )
    second = Process(
        id="roll",
        flows_kw={"electricity": (2.0,)},
        duration_h=1.0,
        latest_end_h=5.0,
        after="melt",
        gap_h=float(gap),
    )
    problem = ParkProblem(
        horizon=Horizon(steps=5, step_h=1.0),
        grids=(a_grid(prices, limit_kw),),
        loads=(Load(id="base", power_kw=floats(base)),),
        processes=(first, second),
    )
    melting = missed if missed is not None else 60.0 * max(profile) * 2

    def cost(melt: int | None, roll: int | None) -> float:
        power = list(base)
        for at, kw in ((melt, profile), (roll, [2])):
            for i, one in enumerate(kw if at is not None else []):
                power[(at or 0) + i] += one
        bought = sum(imported(power[k], prices[k], limit_kw) for k in range(5))
        return bought + (melting if melt is None else 0.0) + (120.0 if roll is None else 0.0)

    ways: list[tuple[int | None, int | None]] = [(None, None)]
    for melt in range(ends - 1):
        ways += [(melt, roll) for roll in (None, *range(melt + 2 + gap, 5))]
    return problem, min(cost(*way) for way in ways)


def splitting(rng: Rng) -> Enumerated:
    """A mill that runs two or three of five hours, in so many pieces, or not at all."""
    base, prices, limit_kw = whole(rng, 0, 3, 5), cents(rng, 5, 90, 5), int(rng.integers(1, 6))
    hours, pieces, least = int(rng.integers(2, 4)), 2, int(rng.integers(1, 3))
    mill = Process(
        id="mill",
        flows_kw={"electricity": (3.0,)},
        duration_h=float(hours),
        latest_end_h=5.0,
        most_starts=pieces,
        least_run_h=float(least),
        missed_price=1.0,
    )
    problem = ParkProblem(
        horizon=Horizon(steps=5, step_h=1.0),
        grids=(a_grid(prices, limit_kw),),
        loads=(Load(id="base", power_kw=floats(base)),),
        processes=(mill,),
    )

    def cost(on: Pattern) -> float:
        bought = (imported(base[k] + 3 * on[k], prices[k], limit_kw) for k in range(5))
        return sum(bought) + (0.0 if any(on) else 1.0)

    allowed = (
        on
        for on in itertools.product((0, 1), repeat=5)
        if sum(on) in (0, hours)
        and len(lengths(on)) <= pieces
        and all(length >= least for length in lengths(on))
    )
    return problem, min(map(cost, allowed))


def lengths(on: Pattern) -> list[int]:
    """Return how long each run of ones is."""
    return [len(list(group)) for value, group in itertools.groupby(on) if value]


def queueing(rng: Rng) -> Enumerated:
    """Jobs of four hours that may wait an hour or two, at 2 kW at least while there are some."""
    came, prices = whole(rng, 0, 4, 4), cents(rng, 5, 90, 4)
    patience, least, most = int(rng.integers(1, 4)), int(rng.integers(0, 3)), 5
    late_price = [None, 0.2][int(rng.integers(2))]
    queue = WorkQueue(
        id="jobs",
        arriving_kwh=floats(came),
        patience_h=float(patience),
        power_kw=float(most),
        least_kw=float(least),
        late_price_per_kwh=late_price,
    )
    problem = ParkProblem(
        horizon=Horizon(steps=4, step_h=1.0), grids=(a_grid(prices, 100),), queues=(queue,)
    )
    sums = [0, *itertools.accumulate(came)]
    price = 40.0 if late_price is None else late_price

    def cost(done: Pattern) -> float:
        late = (max(0, sums[max(0, k + 2 - patience)] - sum(done[: k + 1])) for k in range(4))
        return sum(done[k] * prices[k] for k in range(4)) + price * sum(late)

    return problem, min(map(cost, _worked(sums, least, most)))


def _worked(sums: Sequence[int], least: int, most: int) -> Iterator[Pattern]:
    for done in itertools.product(range(most + 1), repeat=4):
        waiting = [sums[k + 1] - sum(done[:k]) for k in range(4)]
        if all(min(least, waiting[k]) <= done[k] <= waiting[k] for k in range(4)):
            yield done


def interrupting(rng: Rng) -> Enumerated:
    """A pump that may be off for some of five hours, when power is dear or lacking."""
    pump, prices, limit_kw = whole(rng, 1, 4, 5), cents(rng, 5, 90, 5), int(rng.integers(2, 5))
    least, more, starts = whole(rng, 1, 2, 3)
    price, per_start = cents(rng, 0, 40, 2)
    rule = Interruption(
        price_per_kwh=price,
        price_per_start=per_start,
        least_h=float(least),
        most_h=float(least + more - 1),
        most_starts=starts,
    )
    problem = ParkProblem(
        horizon=Horizon(steps=5, step_h=1.0),
        grids=(a_grid(prices, limit_kw),),
        loads=(Load(id="pump", power_kw=floats(pump), interruption=rule),),
    )

    def cost(off: Pattern) -> float:
        lost = sum(pump[k] for k in range(5) if off[k])
        on = sum(imported(pump[k], prices[k], limit_kw) for k in range(5) if not off[k])
        return on + price * lost + per_start * len(lengths(off))

    allowed = (
        off
        for off in itertools.product((0, 1), repeat=5)
        if len(lengths(off)) <= starts
        and all(length <= least + more - 1 for length in lengths(off))
        and all(length >= least for length in lengths(off[: 5 - _last(off)]))
    )
    return problem, min(map(cost, allowed))


def _last(on: Pattern) -> int:
    """Return how long the run is that the horizon cuts."""
    return next((k for k, value in enumerate(reversed(on)) if not value), len(on))


KINDS: dict[str, tuple[Callable[[Rng], Enumerated], str]] = {
    "storing": (storing, "stores"),
    "running": (running, "units"),
    "batching": (batching, "processes"),
    "splitting": (splitting, "processes"),
    "queueing": (queueing, "queues"),
    "interrupting": (interrupting, "interruptions"),
}
TRIED = [name for name, (_, group) in KINDS.items() if group in BUILT]


def an_enumerated_park(kind: str, seed: int) -> Enumerated:
    """Return a tiny park and what its best plan costs."""
    return KINDS[kind][0](np.random.default_rng(seed))
