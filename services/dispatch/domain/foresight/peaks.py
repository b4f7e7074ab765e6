"""The peak to expect of what is left of a billing period (§4.2), learned from former days.

A plan sees two days of it. With only the remembered peak it would fight for each kW from the first
day on, and shave what a later day passes anyway.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.dispatch.domain.park.horizon import Floats

WITHIN_KW = 1.0
LOOK_BACK_DAYS = 56


@dataclass(frozen=True, slots=True)
class Shaver:
    """All stores that can shave a peak, as one: kW at the connection (or (steps,)), kWh inside."""

    room_kwh: float
    charge_kw: float | Floats
    discharge_kw: float | Floats
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0


def lowest_peaks_kw(net_kw: Floats, hours: float, shaver: Shaver) -> Floats:
    """Return the lowest peak that could have been held in each period, (periods,) kW, none below 0.

    `net_kw` (periods, steps) is what each took without the store, which began full; `hours` is
    every step's length.
    """
    low = np.zeros(len(net_kw))
    high = np.maximum(net_kw.max(axis=1, initial=0.0), 0.0)
    while (high - low).max(initial=0.0) > WITHIN_KW:
        middle = (low + high) / 2.0
        holds = _holds(net_kw, middle, hours, shaver)
        low, high = np.where(holds, low, middle), np.where(holds, middle, high)
    return np.asarray(high, np.float64)


def _holds(net_kw: Floats, peak_kw: Floats, hours: float, shaver: Shaver) -> NDArray[np.bool_]:
    """Return whether each period's peak can be held when the store charges whenever it may."""
    over_kw = net_kw - peak_kw[:, None]
    most_kw = over_kw.max(axis=1, initial=0.0)
    out = np.clip(over_kw, 0.0, None) / shaver.discharge_efficiency
    into = np.clip(-over_kw, 0.0, shaver.charge_kw) * shaver.charge_efficiency
    level, lowest = np.full(len(net_kw), shaver.room_kwh), np.zeros(len(net_kw))
    for moved_kwh in ((into - out) * hours).T:
        level = np.minimum(level + moved_kwh, shaver.room_kwh)
        lowest = np.minimum(lowest, level)
    return np.asarray((lowest >= 0.0) & (most_kw <= shaver.discharge_kw), np.bool_)


def expected_peak_kw(
    past_kw: Floats, steps_a_day: int, days_left: int, shaver: Shaver, share: float = 0.5
) -> float:
    """Return the peak that as many days as are left of the period needed before; 0 of no past.

    `past_kw` is what the park took without steering, up to now; the periods compared begin on each
    of the last LOOK_BACK_DAYS days that lie far enough back. `share` is the quantile taken.
    """
    days = past_kw[len(past_kw) % steps_a_day :].reshape(-1, steps_a_day)[-LOOK_BACK_DAYS:]
    length = min(max(days_left, 1), len(days))
    if length == 0:
        return 0.0
    periods = np.array([days[i : i + length].ravel() for i in range(len(days) - length + 1)])
    known = periods[np.isfinite(periods).all(axis=1)]
    if not len(known):
        return 0.0
    return float(np.quantile(lowest_peaks_kw(known, 24.0 / steps_a_day, shaver), share))
