"""Between a park's series and the outlook core: which record and task a target is.

The core sees production positive (a sun that shines has a largest value, not a smallest), Parkflow
publishes it negative (§2.2). So production is turned over on its way in, and its quantiles on
their way out: what was P90 of the production is P10 of the published power. Loads stay as they are.
"""

from functools import lru_cache
from math import inf
from zoneinfo import ZoneInfo

import numpy as np

from services.energy.site import Park
from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats
from services.forecasting.domain.targets import Shape, Target

STEP_MIN = 15
HORIZONS = 192
"""Quarter hours: 48 h."""
UNKNOWN_SIZE_W = 1_000.0
"""How large a load without any reading is thought to be."""


def task_of(target: Target, park: Park) -> Task:
    """Return what is asked of a target, in watts; UnknownCountry when nobody knows its holidays."""
    lowest, highest = _turned(target, target.lowest_w, target.highest_w)
    return Task(
        step_min=STEP_MIN,
        horizons=tuple(range(1, HORIZONS + 1)),
        lowest=lowest,
        highest=highest,
        sun=target.shape is Shape.SUN,
        zone=park.time_zone,
        holidays=park.holidays,
        size=highest if highest < inf else UNKNOWN_SIZE_W,
    )


def record_of(
    published_w: Floats,
    first_quarter: int,
    target: Target,
    task: Task,
    foreseen: Floats | None = None,
) -> Record:
    """Return the record of quarter means from `first_quarter` on, NaN unknown.

    It begins with the first quarter that is known: a young series is short, not full of gaps.
    `foreseen` is the weather of the same quarters and of the task's reach after them, `(quarters +
    reach, columns)`; ValueError when it is of others.
    """
    rows = len(published_w) + task.reach
    if foreseen is not None and len(foreseen) != rows:
        raise ValueError(f"weather of {len(foreseen)} quarters beside {rows}: give all of them")
    known = np.flatnonzero(np.isfinite(published_w))
    begin = int(known[0]) if len(known) else len(published_w)
    value = 0.0 - published_w[begin:] if _turns(target) else published_w[begin:].copy()
    days = _days(rows, first_quarter, task.zone, task.holidays)
    return Record.of(value, days[begin:], foreseen=None if foreseen is None else foreseen[begin:])


def published_w(quantiles: Floats, target: Target) -> Floats:
    """Return the core's quantiles `(levels, horizons)`, levels ascending, as they are published."""
    return 0.0 - quantiles[::-1] if _turns(target) else quantiles


def _turns(target: Target) -> bool:
    return target.shape in (Shape.SUN, Shape.WIND)


def _turned(target: Target, lowest_w: float, highest_w: float) -> tuple[float, float]:
    return (0.0 - highest_w, 0.0 - lowest_w) if _turns(target) else (lowest_w, highest_w)


@lru_cache(maxsize=4)
def _days(rows: int, first_quarter: int, zone: ZoneInfo, country: str | None) -> Days:
    """Return the calendar, the same for every target of a park at one moment."""
    minute = STEP_MIN * np.arange(first_quarter, first_quarter + rows, dtype=np.int64)
    return Days.of(minute, zone, country)
