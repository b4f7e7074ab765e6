"""A tiny park whose supply mode asks for shares of available generation, and its cheapest plan."""

import itertools
from collections.abc import Iterator, Sequence

from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Production
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Balance, SupplyMode
from services.dispatch.domain.park.storage import Store
from tests.property.dispatch.whole_numbers import Enumerated, Rng, a_grid, cents, floats, whole

SOLD, WEAR, LEFT = 0.03, 0.12, 0.1
HALF, QUARTER = 0.5, 0.25


def sharing(rng: Rng) -> Enumerated:
    """Sun, a load and a battery for three hours, of which one or two may be in a new year.

    A quarter of what could be generated may go out, and half of it should be used.
    """
    load, sun, prices = whole(rng, 0, 3, 3), _in_fours(rng), cents(rng, 5, 90, 3)
    so_far = Balance(generated_kwh=4.0, curtailed_kwh=4.0, fed_in_kwh=float(rng.integers(0, 5)))
    ends_h = int(rng.integers(1, 4))
    mode = SupplyMode(
        feed_in_share=QUARTER, self_use_share=HALF, so_far=so_far, year_ends_h=float(ends_h)
    )
    problem = ParkProblem(
        horizon=Horizon(steps=3, step_h=1.0),
        grids=(a_grid(prices, 20, export_price=SOLD, export_limit_kw=20.0),),
        productions=(Production(id="pv", available_kw=floats(sun)),),
        loads=(Load(id="base", power_kw=floats(load)),),
        stores=(
            Store(
                id="battery",
                highest_kwh=3.0,
                start_kwh=1.0,
                charge_kw=2.0,
                discharge_kw=2.0,
                wear_per_kwh=WEAR,
                end_value_per_kwh=LEFT,
            ),
        ),
        mode=mode,
    )
    costs = (
        WEAR * sum(max(0, -kw) for kw in move)
        - LEFT * (1 + sum(move))
        + sum(map(_met, needs, made, prices))
        + 20.0 * sum(_missed(mode, sun, made, needs, ends_h))
        for move in itertools.product(range(-2, 3), repeat=3)
        if all(0 <= 1 + sum(move[: k + 1]) <= 3 for k in range(3))
        for needs in [[load[k] + move[k] for k in range(3)]]
        for made in itertools.product(*(range(kw + 1) for kw in sun))
    )
    return problem, min(costs)


def _in_fours(rng: Rng) -> list[int]:
    """Return what could be generated: a quarter of any year's is a whole number."""
    return [4 * value for value in whole(rng, 0, 1, 3)]


def _met(need: int, made: int, price: float) -> float:
    return price * max(0, need - made) - SOLD * max(0, made - need)


def _missed(
    mode: SupplyMode, sun: Sequence[int], made: Sequence[int], needs: Sequence[int], ends_h: int
) -> Iterator[float]:
    """Yield by how many kWh each share is missed before the year ends, and after it."""
    year = mode.so_far
    for steps, former in ((slice(0, ends_h), year), (slice(ends_h, 3), Balance())):
        could = former.generated_kwh + former.curtailed_kwh + sum(sun[steps])
        fed = former.fed_in_kwh + sum(map(_fed_in, made[steps], needs[steps]))
        used = former.generated_kwh + sum(made[steps]) - fed
        yield max(0.0, fed - QUARTER * could)
        yield max(0.0, HALF * could - used)


def _fed_in(made: int, need: int) -> int:
    return max(0, made - need)
