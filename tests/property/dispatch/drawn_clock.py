"""Random parks by the local clock: starts within an hour, and what was charged before them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from services.dispatch.domain.park.problem import ParkProblem

STARTS = (None, "2026-06-15T10:07:30+08:00", "2026-06-15T23:40:00+05:30")


def by_the_clock(problem: ParkProblem, seed: int) -> ParkProblem:
    """Return the park with a start, which its meters follow, and with what came before it."""
    rng = np.random.default_rng([seed, 2])
    begins, start = STARTS[int(rng.integers(len(STARTS)))], problem.horizon.start
    if start is None and begins is not None:
        start = datetime.fromisoformat(begins)
    if start is None:
        return problem
    grids = tuple(
        replace(
            grid,
            excess_so_far_kw=0.0 if grid.contracted_kw is None else float(rng.choice([0.0, 10.0])),
            demand_charge=grid.demand_charge and replace(grid.demand_charge, elapsed_h=None),
        )
        for grid in problem.grids
    )
    horizon = replace(problem.horizon, start=start)
    before: dict[str, Any] = {"offered_so_far_kwh": 90.0, "taken_so_far_kwh": 50.0}
    before["offered_later_kwh"] = 40.0
    contracts = tuple(
        replace(one, **before) if rng.random() < 0.5 else one for one in problem.contracts
    )
    return replace(problem, horizon=horizon, grids=grids, contracts=contracts)
