"""How things stand at an origin: the newest value, how bright it is, whether work goes on."""

import numpy as np

from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats, Ints

FRESH_HOURS = 2.0
CLOSURE_HOURS = (4.0, 24.0, 96.0)


def last_value(view: View, origin: Ints) -> Floats:
    """Return the newest value of the last hours before each origin, NaN without one."""
    at = view.newest[origin]
    fresh = (at >= 0) & (origin - at <= view.task.hours(FRESH_HOURS))
    found = np.full(len(origin), np.nan)
    found[fresh] = view.value[at[fresh]]
    return found


def brightness(view: View, origin: Ints, hours: float) -> Floats:
    """Return production over what a clear sky would have given in the last hours; NaN at night."""
    steps = view.task.hours(hours)
    made, possible = (column.mean(origin, steps) for column in view.brightness)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = made / possible
    return np.where(possible > 0.03, np.clip(ratio, 0.0, 1.5), np.nan)


def closure(view: View, origin: Ints) -> Floats:
    """Return how much workdays were lately like days of rest: from -1 (worked) to 1 (closed).

    Judged by the newest hours that tell; NaN where none do.
    """
    found = np.full(len(origin), np.nan)
    for hours in CLOSURE_HOURS:
        steps = view.task.hours(hours)
        work, rest = view.unlike_work.mean(origin, steps), view.unlike_rest.mean(origin, steps)
        with np.errstate(invalid="ignore", divide="ignore"):
            now = (work - rest) / (work + rest)
        found = np.where(np.isfinite(found), found, now)
    return found
