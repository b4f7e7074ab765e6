"""What a plan keeps free for what is not foreseen, from the joint paths of its issue."""

from dataclasses import replace

import numpy as np

from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.scenarios import Scenario, Uncertainty
from services.dispatch.domain.park.storage import Target
from services.dispatch.domain.uncertainty.hedging import hedged
from services.dispatch.domain.uncertainty.reserve import needed_kwh
from services.dispatch.domain.uncertainty.tightening import headroom_kw
from services.forecasting.domain.series import Floats
from tests.bench.month.framing import COARSE, FINE, Grain, grained
from tests.bench.month.hindsight import series
from tests.bench.month.outlooks import Outlooks
from tests.bench.month.parts import shaver
from tests.bench.month.rolling import Guards

PATHS = 20


def unsteered(problem: ParkProblem) -> Floats:
    """Return what is planned to be taken without steering, (steps,) kW."""
    array = problem.horizon.array
    return np.asarray(
        array(problem.loads[0].power_kw) - array(problem.productions[0].available_kw), np.float64
    )


def paths_kw(
    outlooks: Outlooks,
    problem: ParkProblem,
    quarter: int,
    grain: Grain = FINE,
    count: int = PATHS,
) -> tuple[Floats, Floats]:
    """Return what may come of loads less wind, and of PV, each (paths, steps) kW.

    These are the paths' distances from the medians, around what is planned for; what is measured
    now is certain, and certainty is forgotten as errors were.
    """
    issue = quarter - outlooks.span.first
    drawn, medians = outlooks.paths(issue, count), outlooks.medians(issue)
    unsure = outlooks.unsure(issue)
    load, wind, pv = (
        (paths - middle) * share
        for paths, middle, share in zip(drawn, medians, unsure, strict=True)
    )
    array = problem.horizon.array
    base_kw = array(problem.loads[0].power_kw) + grained(load - wind, grain)
    pv_kw = array(problem.productions[0].available_kw) + grained(pv, grain)
    return base_kw, np.maximum(pv_kw, 0.0)


def with_headroom(outlooks: Outlooks, share: float, *, limit: bool, peak: bool) -> Guards:
    """Keep room below the import limit, below the peak, or both."""

    def guard(problem: ParkProblem, quarter: int) -> ParkProblem:
        base_kw, pv_kw = paths_kw(outlooks, problem, quarter)
        room = series(headroom_kw(base_kw - pv_kw, unsteered(problem), share))
        (grid,) = problem.grids
        if peak and grid.demand_charge is not None:
            grid = replace(grid, demand_charge=replace(grid.demand_charge, headroom_kw=room))
        return replace(problem, grids=(replace(grid, headroom_kw=room if limit else 0.0),))

    return guard


def with_reserve(outlooks: Outlooks, share: float) -> Guards:
    """Hold what keeps the import limit, and the peak taken for remembered, on a share of paths."""

    def guard(problem: ParkProblem, quarter: int) -> ParkProblem:
        horizon = problem.horizon
        limit = np.full(len(horizon), _held_kw(problem.grids[0]))
        base_kw, pv_kw = paths_kw(outlooks, problem, quarter)
        needs = needed_kwh(base_kw - pv_kw, limit, horizon.hours, shaver(), share)
        (store,) = problem.stores
        wanted = tuple(
            Target(at_h=float(end_h), least_kwh=store.lowest_kwh + float(kwh))
            for end_h, kwh in zip(horizon.ends_h, needs, strict=True)
            if kwh > 0.0
        )
        return replace(problem, stores=(replace(store, targets=wanted),))

    return guard


def with_hedges(outlooks: Outlooks, price: float, until_h: float = 1.0, count: int = 60) -> Guards:
    """Price what `count` paths need to keep the import limit and the peak remembered to their end.

    `price` is what a kWh beyond them counts, money per kWh, at the ends of steps up to `until_h`.
    """

    def guard(problem: ParkProblem, quarter: int) -> ParkProblem:
        limit = np.full(len(problem.horizon), _held_kw(problem.grids[0]))
        base_kw, pv_kw = paths_kw(outlooks, problem, quarter, count=count)
        return hedged(problem, base_kw - pv_kw, limit, price, until_h)

    return guard


def with_scenarios(outlooks: Outlooks, count: int, grain: Grain = COARSE) -> Guards:
    """Plan on the first `count` joint paths as well, each as likely as what is planned for."""

    def guard(problem: ParkProblem, quarter: int) -> ParkProblem:
        base_kw, pv_kw = paths_kw(outlooks, problem, quarter, grain)
        scenarios = tuple(
            Scenario(power_kw={"base": series(base)}, available_kw={"pv": series(pv)})
            for base, pv in zip(base_kw[:count], pv_kw[:count], strict=True)
        )
        return replace(problem, uncertainty=Uncertainty(scenarios=scenarios))

    return guard


def _held_kw(grid: Grid) -> float:
    if not isinstance(grid.import_limit_kw, float):
        raise TypeError("the connection's limit is one number")
    charge = grid.demand_charge
    if charge is None or charge.price_per_kw == 0.0:
        return grid.import_limit_kw
    return min(grid.import_limit_kw, max(charge.peak_so_far_kw, 1.0))
