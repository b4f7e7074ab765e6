"""What a store must hold so that it can keep a limit on what may come, from joint paths.

Each path is looked at from its end backwards: what the store gives to hold the limit it must have
had before, less what it gets while less is taken than the limit (two-stage: the plan decides the
level, the control cycle what is given on the path that comes).
"""

import numpy as np

from services.dispatch.domain.foresight.peaks import Shaver
from services.dispatch.domain.park.horizon import Floats


def needed_kwh(
    paths_kw: Floats, limit_kw: Floats, hours: Floats, shaver: Shaver, share: float
) -> Floats:
    """Return what a store must hold above its lowest level at the end of each step, (steps,) kWh.

    On a `share` of the paths it then keeps the limit up to the end.
    """
    needs = needs_kwh(paths_kw, limit_kw, hours, shaver)
    return np.asarray(np.quantile(needs, share, axis=0), np.float64)


def needs_kwh(paths_kw: Floats, limit_kw: Floats, hours: Floats, shaver: Shaver) -> Floats:
    """Return what a store must hold above its lowest level at each step's end, (paths, steps) kWh.

    `paths_kw` (paths, steps) is what the park takes without it; it then keeps `limit_kw` (steps,)
    on that path up to the end. Never more than the store has room for.
    """
    over_kw = np.asarray(paths_kw, np.float64) - limit_kw
    out = np.clip(over_kw, 0.0, shaver.discharge_kw) / shaver.discharge_efficiency
    into = np.clip(-over_kw, 0.0, shaver.charge_kw) * shaver.charge_efficiency
    moved_kwh = (out - into) * hours
    need, needs = np.zeros(len(over_kw)), np.zeros_like(over_kw)
    for step in range(over_kw.shape[1] - 1, 0, -1):
        need = np.clip(need + moved_kwh[:, step], 0.0, shaver.room_kwh)
        needs[:, step - 1] = need
    return needs
