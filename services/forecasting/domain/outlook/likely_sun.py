"""The light over a plant whose own light does not tell yet where it stands.

It may stand anywhere in its time zone, on either half of the earth: clocks run up to two hours
ahead of the sun (summer time; west of a wide zone) and up to one behind it. So places stand for all
of these, and those count that agree best with what light is known; where that contradicts the
clock, the light is taken for that around noon. In doubt it is light: night is where the sun is down
at all of them.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.sun import LIT_SHARE, Place, noon_longitude
from services.forecasting.domain.outlook.task import MINUTES_A_DAY, Task
from services.forecasting.domain.series import Floats, Ints

LATITUDES = (-45.0, 0.0, 45.0)
AHEAD_OF_CLOCK_MIN = (-120, -60, 0, 60)
MIN_PER_DEGREE = 4
TOLD_DAYS = 2
AS_GOOD = 0.03  # of the known rows, more of which may contradict
ELSEWHERE = 0.5  # of the known rows contradict: the clock is not that of the plant's zone
FULL_W_M2, GIVING_MOST = 1000.0, 0.25
"""The sun that panels give their peak in, and the least of it that even tilted ones need for it."""
KEPT_DAYS = 600


def likely_light(value: Floats, days: Days, task: Task) -> Floats:
    """Return the irradiance of a clear sky where the plant may stand, W/m2 `(places, rows)`.

    `days` has the rows of `value` and those after them; the last days of `value` tell.
    """
    light = _light_by_clock(days, task.step_min)
    rows = np.flatnonzero(np.isfinite(value))
    rows = rows[rows >= len(value) - TOLD_DAYS * task.day]
    power = value[rows]
    lit = power > LIT_SHARE * power.max(initial=0.0)
    if not lit.any():
        return light
    needed_w_m2 = GIVING_MOST * FULL_W_M2 * np.maximum(power, 0.0) / task.highest
    wrong = _contradicted(light[:, rows], needed_w_m2, lit)
    if wrong.min() > ELSEWHERE:
        noon = noon_longitude(days.minute[rows[lit]], power[lit], task.step_min)
        light = _light_around(round(noon), days.minute, task.step_min)
        wrong = _contradicted(light[:, rows], needed_w_m2, lit)
    agree: NDArray[np.bool_] = wrong <= wrong.min() + AS_GOOD
    return np.asarray(light[agree], np.float64)


def night_by_clock(days: Days, step_min: int) -> NDArray[np.bool_]:
    """Return in which rows the sun is down wherever people live by this clock."""
    night: NDArray[np.bool_] = _light_by_clock(days, step_min).max(axis=0) <= 0.0
    return night


def _light_by_clock(days: Days, step_min: int) -> Floats:
    return _light_around(int(days.ahead_min[0]) // MIN_PER_DEGREE, days.minute, step_min)


def _contradicted(light: Floats, needed_w_m2: Floats, lit: NDArray[np.bool_]) -> Floats:
    """Return the share of rows that were lit with too little sun or dark with it up, by place."""
    share: Floats = ((light > needed_w_m2) != lit).mean(axis=1)
    return share


def _light_around(longitude: int, minute: Ints, step_min: int) -> Floats:
    """Return the light at places around a longitude: further west it is the same light later."""
    first = int(minute[0])
    before, after = min(AHEAD_OF_CLOCK_MIN) - step_min, max(AHEAD_OF_CLOCK_MIN) + step_min
    first_day = (first + before) // MINUTES_A_DAY
    every = range(first_day, (int(minute[-1]) + after) // MINUTES_A_DAY + 1)
    light = np.hstack([_light_of_day(longitude, day, first % step_min, step_min) for day in every])
    at = (first - first_day * MINUTES_A_DAY) // step_min
    begins = [at + ahead // step_min for ahead in AHEAD_OF_CLOCK_MIN]
    return np.concatenate([light[:, begin : begin + len(minute)] for begin in begins])


@lru_cache(maxsize=KEPT_DAYS)
def _light_of_day(longitude: int, day: int, phase_min: int, step_min: int) -> Floats:
    """Return the light of a day (UTC) `(latitudes, steps)`, the same for all plants of a clock."""
    minute = np.arange(day * MINUTES_A_DAY + phase_min, (day + 1) * MINUTES_A_DAY, step_min)
    return np.array([Place(lat, longitude).clear_w_m2(minute, step_min) for lat in LATITUDES])
