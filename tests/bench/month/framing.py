"""The park problem of one planning moment: what was known then, and nothing later."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from services.dispatch.domain.park.demand import Load, Session
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import DemandCharge, Production
from services.dispatch.domain.park.problem import ParkProblem
from services.forecasting.domain.series import Floats
from tests.bench.month.fleet import STEPS_AHEAD, Fleet
from tests.bench.month.hindsight import series
from tests.bench.month.outlooks import Outlooks
from tests.bench.month.parts import Contract, battery, grid
from tests.bench.month.truth import DAY, QUARTER_H, Span, Truth

Grain = tuple[int, ...]
"""How many quarters each step of a plan is made of."""
FINE: Grain = (1,) * (DAY // 2) + (4,) * 36
"""Half a day of quarters, then hours: two days."""
COARSE: Grain = (1,) * 4 + (4,) * 11 + (8,) * 6 + (12,) * 4
"""An hour of quarters, then ever longer steps: a day and a half, for plans on many scenarios."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is expected of the next quarters, `(STEPS_AHEAD,)` kW and money per kWh."""

    base_kw: Floats
    pv_kw: Floats
    price: Floats
    sessions: tuple[Session, ...]
    later_kw: Floats


Knows = Callable[[int, dict[int, float]], Known]
"""What is known at a quarter, with what each vehicle there still wants."""


def foreseen(outlooks: Outlooks, fleet: Fleet, truth: Truth) -> Knows:
    """Return what real forecasts know: medians, published prices, vehicles that are plugged in.

    As in the live planner, the running quarter is what the meters show as it begins. How far off
    the forecast is of that is forgotten as its errors were in the past (as nowcasts hold on to the
    present).
    """

    def known(quarter: int, left_kwh: dict[int, float]) -> Known:
        issue, row = quarter - outlooks.span.first, quarter - truth.first
        now_kw = truth.load_kw[row], truth.wind_kw[row], truth.pv_kw[row]
        load, wind, pv = outlooks.held_on(issue, now_kw)
        return Known(
            load - wind,
            pv,
            outlooks.price.quantiles[issue, 1].astype(np.float64),
            fleet.announced(quarter, left_kwh),
            fleet.usually_kw(quarter),
        )

    return known


def hindsight(truth: Truth, fleet: Fleet) -> Knows:
    """Return what a perfect forecast of two days knows."""

    def known(quarter: int, left_kwh: dict[int, float]) -> Known:
        rows = truth.rows(Span(quarter, quarter + STEPS_AHEAD))
        sessions = fleet.true(quarter, quarter + STEPS_AHEAD, left_kwh)
        parts = (truth.base_kw[rows], truth.pv_kw[rows], truth.price[rows])
        return Known(*parts, sessions, np.zeros(STEPS_AHEAD))

    return known


def grained(values: Floats, grain: Grain) -> Floats:
    """Return quarters as a plan's steps, (..., steps): the mean of each."""
    starts = np.concatenate([[0], np.cumsum(grain)[:-1]])
    sums = np.add.reduceat(values[..., : sum(grain)], starts, axis=-1)
    return np.asarray(sums / np.array(grain), np.float64)


def problem_of(
    known: Known,
    level_kwh: float,
    peak_kw: float,
    period_ends_h: float,
    contract: Contract,
    grain: Grain = FINE,
) -> ParkProblem:
    """Return the problem; `peak_kw` is what the plan takes for remembered of the billing period."""
    charge = DemandCharge(
        price_per_kw=contract.peak_price, peak_so_far_kw=peak_kw, period_ends_h=period_ends_h
    )

    def coarse(values: Floats) -> tuple[float, ...]:
        return series(grained(values, grain))

    return ParkProblem(
        horizon=Horizon(steps_h=tuple(QUARTER_H * count for count in grain)),
        currency="GBP",
        grids=(grid(contract, coarse(known.price), charge),),
        loads=(Load(id="base", power_kw=coarse(known.base_kw + known.later_kw)),),
        productions=(Production(id="pv", available_kw=coarse(known.pv_kw)),),
        sessions=known.sessions,
        stores=(replace(battery(), start_kwh=level_kwh),),
    )
