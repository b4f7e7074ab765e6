"""How much higher than planned a connection's import may turn out, from joint paths (§10)."""

import numpy as np

from services.dispatch.domain.park.horizon import Floats


def headroom_kw(paths_kw: Floats, planned_kw: Floats, share: float) -> Floats:
    """Return what a share of the paths does not pass of import beyond what is planned for, kW.

    `paths_kw` (paths, steps) and `planned_kw` (steps,) are what the park takes unsteered; what it
    would feed in counts as nothing, and where less comes than planned nothing is kept free.
    """
    imports_kw, planned = np.clip(paths_kw, 0.0, None), np.clip(planned_kw, 0.0, None)
    over_kw = np.quantile(imports_kw, share, axis=0) - planned
    return np.asarray(np.clip(over_kw, 0.0, None), np.float64)
