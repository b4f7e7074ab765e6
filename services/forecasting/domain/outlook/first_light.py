"""What a plant will give of which next to nothing is known: the share of a clear sky seen so far.

Panels give about the same share of the light at any hour, so an hour of readings tells the day.
Where a plant may stand at several places, each makes its own curve through the readings.
"""

import numpy as np

from services.forecasting.domain.outlook.likely_sun import FULL_W_M2
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats

LESS, MORE = 0.5, 1.5  # times what was seen: clouds come and go
UNSEEN_SHARES = np.array([0.0, 0.5, 1.0])[:, None]
"""Of the plant's size, P10, P50 and P90, while no light was seen."""
LOW_SUN_W_M2, TELLING_W_M2 = 40.0, 100.0
"""Light that is no light yet, and less than which tells little of how much more would give."""


def first_light(value: Floats, clear: Floats, task: Task) -> Floats:
    """Return quantiles `(3, rows)` of the rows of `clear` that follow those of `value`.

    `value` are the readings of the last day, NaN unknown, production positive; `clear` is the light
    of a clear sky at the likely places, W/m2 `(places, rows)`.
    """
    then, ahead = clear[:, : len(value)], clear[:, len(value) :]
    seen = np.isfinite(value) & (then > LOW_SUN_W_M2)
    told = seen.any(axis=1)
    size = UNSEEN_SHARES * task.size * ahead.max(axis=0) / FULL_W_M2
    if not told.any():
        return task.bounded(size)
    given = np.where(seen, value, 0.0)[told].sum(axis=1)
    light = np.where(seen, np.maximum(then, TELLING_W_M2), 0.0)[told].sum(axis=1)
    curves = (given / light)[:, None] * ahead[told]
    if not given.any():  # it may still have to be switched on
        return task.bounded(np.array([0.0 * size[0], 0.0 * size[1], size[2]]))
    said = [LESS * curves.min(axis=0), curves.mean(axis=0), MORE * curves.max(axis=0)]
    return task.bounded(np.array(said))
