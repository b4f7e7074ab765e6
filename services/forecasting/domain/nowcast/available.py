"""Nowcasts of devices of which a part cannot run: the whole device is nowcast, the part told.

So nothing holds on to a device that is about to stop, and an outage is no new level.
"""

from dataclasses import replace

import numpy as np

from services.forecasting.domain.nowcast.base import held
from services.forecasting.domain.nowcast.leads import QUARTER_MIN, over_leads
from services.forecasting.domain.nowcast.learning import Trust
from services.forecasting.domain.nowcast.nowcast import Based, Nowcast, nowcast
from services.forecasting.domain.series import Floats

RUNS = 0.01
"""Below it what was issued is too near to zero to tell of the whole."""


def whole_outlooks(quantiles: Floats, share: Floats) -> Floats:
    """Return outlooks `(points, 3, quarters)` of the whole devices from what was issued of them.

    A quarter in which nothing runs tells nothing of the whole: the nearest one that does stands in,
    what was issued where none does.
    """
    runs = share >= RUNS
    whole: Floats = quantiles / np.where(runs, share, 1.0)[:, None]
    every = np.arange(share.shape[1])
    for point in np.flatnonzero(runs.any(axis=1) & ~runs.all(axis=1)):
        running = np.flatnonzero(runs[point])
        nearest = np.abs(every[:, None] - running).argmin(axis=1)
        whole[point] = whole[point][:, running[nearest]]
    return whole


def nowcast_of_parts(
    minute: int, based: Based, share: Floats, newest: Floats, ran: Floats, trust: Trust
) -> Nowcast:
    """Return the nowcast of what can run, `share` `(points, quarters)` of the outlooks.

    `newest` are minutes of the whole devices before `minute`, `ran` how much of each could run in
    them, `(points, recent)`; `last` is told as it was measured.
    """
    whole = replace(based, quantiles=whole_outlooks(based.quantiles, share))
    made = nowcast(minute, whole, newest, trust)
    part = over_leads(held(share), minute - based.first_quarter * QUARTER_MIN)
    at = ran.shape[1] - 1 - np.maximum(made.age_min, 0)
    last = made.last * ran[np.arange(len(ran)), at]
    return replace(made, quantiles=made.quantiles * part[:, None] + 0.0, last=last)
