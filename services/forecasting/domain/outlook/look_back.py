"""Values of earlier days at the same local time, and what is usual by them.

`at least `back` days ago` is known from every origin less than `back` days before the row, so these
arrays depend on the row only and serve all origins at once. NaN where nothing is known.
"""

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.holiday_kinds import HOLIDAY, SUNDAY
from services.forecasting.domain.series import Floats, Ints

LONGEST_DAYS = 28
WEEK = 7


def days_earlier(value: Floats, days: Days, day: int, back: int) -> Floats:
    """Return for each row of `days` the value `back` days earlier by the local clock."""
    if len(days) and days.ahead_min.min() == days.ahead_min.max():
        return _rows_earlier(value, len(days), back * day)
    row = np.arange(len(days))
    earlier = row - back * day
    inside = np.maximum(earlier, 0)
    moved_min = days.ahead_min - days.ahead_min[inside]
    at = earlier + moved_min * day // 1440
    usable = (earlier >= 0) & (at >= 0) & (at < len(value)) & (at < row)
    found = np.full(len(days), np.nan)
    found[usable] = value[at[usable]]
    return found


def _rows_earlier(value: Floats, rows: int, back: int) -> Floats:
    """Return for each of `rows` the value `back` rows earlier: no clock was changed."""
    found = np.full(rows, np.nan)
    known = max(0, min(rows - back, len(value)))
    found[back : back + known] = value[:known]
    return found


def all_days_earlier(value: Floats, days: Days, day: int, longest: int, since: int = 0) -> Floats:
    """Return the values 1, 2, … `longest` days earlier of the rows from `since` on."""
    backs = range(1, longest + 1)
    return np.array([days_earlier(value, days, day, back)[since:] for back in backs])


def kinds_earlier(days: Days, day: int, longest: int, since: int = 0) -> tuple[Ints, Ints]:
    """Return the kind of day of each row from `since` on, and those 1, 2, … days earlier.

    Holidays count as Sundays; -1 before the first row.
    """
    kind = np.where(days.kind == HOLIDAY, SUNDAY, days.kind)
    rows = np.arange(since, len(kind)) - day * np.arange(1, longest + 1)[:, None]
    return kind[since:], np.where(rows >= 0, kind[np.maximum(rows, 0)], -1)


def newest_mean(earlier: Floats, use: NDArray[np.bool_], count: int) -> Floats:
    """Return the mean of the newest `count` usable known values of each row."""
    usable = use & np.isfinite(earlier)
    usable &= np.cumsum(usable, axis=0, dtype=np.int8) <= count  # of a few dozen days
    number = usable.sum(axis=0)
    total = np.where(usable, earlier, 0.0).sum(axis=0)
    return _quotient(total, number)


def newest_value(earlier: Floats) -> Floats:
    """Return the newest known value of each row."""
    return newest_mean(earlier, np.ones(earlier.shape, bool), 1)


def top_mean(earlier: Floats, count: int) -> Floats:
    """Return the mean of the largest `count` known values of each row."""
    filled = np.where(np.isfinite(earlier), earlier, -np.inf)
    rows = min(count, len(filled))
    top = np.partition(filled, len(filled) - rows, axis=0)[-rows:]
    known = np.isfinite(top)
    number = known.sum(axis=0)
    total = np.where(known, top, 0.0).sum(axis=0)
    return _quotient(total, number)


def _quotient(total: Floats, number: Ints) -> Floats:
    found: Floats = np.full(len(total), np.nan)
    np.divide(total, number, out=found, where=number > 0)
    return found
