"""How much higher than planned a connection's import may turn out, from joint paths (§10).

Errors of a forecast last: what a battery gives up for a step that came higher than expected it does
not have for the next. So what is kept free in a step is a quantile of the mean error of the hours
up to then, not only of its own: the plan then holds the energy, and not only the power.
"""

import numpy as np

from services.dispatch.domain.park.horizon import Floats


def headroom_kw(paths_kw: Floats, planned_kw: Floats, share: float) -> Floats:
    """Return by how much a share of the paths at most passes what is planned for, (steps,) kW.

    `paths_kw` (paths, steps) and `planned_kw` (steps,) are what the park takes unsteered.
    """
    over_kw = np.quantile(paths_kw - planned_kw, share, axis=0)
    return np.asarray(np.clip(over_kw, 0.0, None), np.float64)
