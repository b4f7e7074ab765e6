"""A target's quarter means as outlooks know them, and outlooks as they are published.

Published power is positive into the park's components (§2.2), so production is negative; outlooks
know production as positive. Training and serving both go through here: a model serves the very task
that it learnt.
"""

from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from services.forecasting.domain.outlook.cleaning import cleaned
from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats, Series
from services.forecasting.domain.targets import Shape, Target

STEP_MIN = 15
ISSUED_QUARTERS = 192
HORIZONS = tuple(range(1, ISSUED_QUARTERS + 1))


def turn_of(target: Target) -> float:
    """Return what turns published power into what outlooks know, and back: 1 or -1."""
    return 1.0 if target.shape is Shape.DEMAND else -1.0


def task_of(target: Target, zone: ZoneInfo) -> Task:
    """Return what is asked of a target: 48 h of quarters within its rating, by the park's clock."""
    bounds = sorted(turn_of(target) * bound for bound in (target.lowest_w, target.highest_w))
    return Task(
        step_min=STEP_MIN,
        horizons=HORIZONS,
        lowest=bounds[0] + 0.0,
        highest=bounds[1] + 0.0,
        sun=target.shape is Shape.SUN,
        zone=zone,
    )


def record_of(series: Series, target: Target, task: Task) -> Record:
    """Return a series in the published sign as a record without what cannot be true."""
    rows = len(series.power_w) + task.reach
    days = _days(series.first_quarter, rows, task.zone, task.holidays)
    return cleaned(Record.of(turn_of(target) * series.power_w, days), task)


def published(quantiles: Floats, target: Target) -> Floats:
    """Return an outlook's quantiles `(levels, horizons)` as powers in W, lowest first."""
    powers_w: Floats = np.sort(turn_of(target) * quantiles, axis=0).round(1) + 0.0
    return powers_w  # never minus zero


@lru_cache(maxsize=8)
def _days(first_quarter: int, rows: int, zone: ZoneInfo, holidays: str | None) -> Days:
    """Return the calendar of consecutive quarters; all targets of a park share it."""
    minute = STEP_MIN * (first_quarter + np.arange(rows, dtype=np.int64))
    return Days.of(minute, zone, holidays)
