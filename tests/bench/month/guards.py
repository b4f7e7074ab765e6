"""What a plan keeps free for what is not foreseen, from the joint paths of its issue."""

from dataclasses import replace

import numpy as np

from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.storage import Target
from services.dispatch.domain.uncertainty.reserve import needed_kwh
from services.dispatch.domain.uncertainty.tightening import headroom_kw
from services.forecasting.domain.series import Floats
from tests.bench.month.framing import HORIZON, coarse
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


def paths_kw(outlooks: Outlooks, problem: ParkProblem, quarter: int) -> Floats:
    """Return what may be taken without steering, (paths, steps) kW: errors around what is planned."""
    issue = quarter - outlooks.span.first
    medians = outlooks.medians(issue)
    drawn = outlooks.paths(issue, PATHS)
    load, wind, pv = (paths - middle for paths, middle in zip(drawn, medians, strict=True))
    off = load - wind - pv
    return unsteered(problem) + np.array([coarse(path) for path in off])


def with_headroom(outlooks: Outlooks, share: float, *, limit: bool, peak: bool) -> Guards:
    """Keep room below the import limit, below the peak, or both."""

    def guard(problem: ParkProblem, quarter: int) -> ParkProblem:
        paths = paths_kw(outlooks, problem, quarter)
        room = series(headroom_kw(paths, unsteered(problem), share))
        (grid,) = problem.grids
        if peak and grid.demand_charge is not None:
            grid = replace(grid, demand_charge=replace(grid.demand_charge, headroom_kw=room))
        return replace(problem, grids=(replace(grid, headroom_kw=room if limit else 0.0),))

    return guard


def with_reserve(outlooks: Outlooks, share: float) -> Guards:
    """Hold what keeps the import limit, and the peak taken for remembered, on a share of paths."""

    def guard(problem: ParkProblem, quarter: int) -> ParkProblem:
        limit = np.full(len(HORIZON), _held_kw(problem.grids[0]))
        paths = paths_kw(outlooks, problem, quarter)
        needs = needed_kwh(paths, limit, HORIZON.hours, shaver(), share)
        (store,) = problem.stores
        wanted = tuple(
            Target(at_h=float(end_h), least_kwh=store.lowest_kwh + float(kwh))
            for end_h, kwh in zip(HORIZON.ends_h, needs, strict=True)
            if kwh > 0.0
        )
        return replace(problem, stores=(replace(store, targets=wanted),))

    return guard


def _held_kw(grid: Grid) -> float:
    if not isinstance(grid.import_limit_kw, float):
        raise TypeError("the connection's limit is one number")
    charge = grid.demand_charge
    if charge is None or charge.price_per_kw == 0.0:
        return grid.import_limit_kw
    return min(grid.import_limit_kw, max(charge.peak_so_far_kw, 1.0))
