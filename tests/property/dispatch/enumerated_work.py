"""Tiny parks with batches, queues and interruptions, and their cheapest plans."""

import itertools
from collections.abc import Iterator, Sequence

from services.dispatch.domain.park.demand import Interruption, Load, Process, WorkQueue
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.problem import ParkProblem
from tests.property.dispatch.whole_numbers import (
    Enumerated,
    Pattern,
    Rng,
    a_grid,
    cents,
    floats,
    imported,
    lengths,
    whole,
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
