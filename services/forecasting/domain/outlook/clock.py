"""Which clock stamps without a zone were written by, as far as the past itself tells.

They are either UTC or what the people there read off the wall. A plant's noon and a load's weekends
and summer time tell which; where they do not, it is UTC.
"""

from zoneinfo import ZoneInfo

import numpy as np

from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.task import MINUTES_A_DAY, Task
from services.forecasting.domain.series import Floats, Ints

CLEARLY = 0.98
NOON_MIN, NOON_CLEARLY_MIN = 750.0, 60.0
FEWEST_DAYS = 14
_KINDS = 4


def clock_of(value: Floats, minute: Ints, task: Task) -> ZoneInfo | None:
    """Return the zone to read UTC stamps in, None when stamps are local time already."""
    known = np.isfinite(value)
    if known.sum() < FEWEST_DAYS * task.day or not value[known].any():
        return task.zone
    value, minute = value[known], minute[known]
    as_utc = Days.of(minute, task.zone, task.holidays)
    as_local = Days.of(minute, None, task.holidays)
    if task.sun:
        nearer = _off_noon(value, as_local) < _off_noon(value, as_utc) - NOON_CLEARLY_MIN
    else:
        nearer = _left_over(value, as_local) < CLEARLY * _left_over(value, as_utc)
    return None if nearer else task.zone


def _off_noon(value: Floats, days: Days) -> float:
    """Return how many minutes the middle of production is off noon."""
    angle = 2 * np.pi * (days.minute_of_day - NOON_MIN) / MINUTES_A_DAY
    middle = np.angle((np.maximum(value, 0.0) * np.exp(1j * angle)).sum())
    return float(abs(middle) * MINUTES_A_DAY / (2 * np.pi))


def _left_over(value: Floats, days: Days) -> float:
    """Return the variance left by the mean of each local hour and kind of day."""
    low, high = np.quantile(value, (0.01, 0.99))
    value = np.clip(value, low, high)
    group = days.minute_of_day // 60 * _KINDS + days.kind
    count = np.maximum(np.bincount(group), 1)
    mean = np.bincount(group, value) / count
    return float(((value - mean[group]) ** 2).mean())
