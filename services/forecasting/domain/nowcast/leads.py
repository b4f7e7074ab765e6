"""The moments a nowcast speaks of: fifteen minutes, then sixteen quarters on the grid.

Minutes are counted since the epoch. A nowcast of minute M knows the minutes before M; its lead j
(from 1) is the minute M + j - 1, its quarters begin at the first border at or after M.
Leads of alike difficulty share a *cell*: how far ahead, and whether a border of a quarter or of an
hour lies between, where schedules change and meters step that hold their value so long.
"""

from functools import lru_cache

import numpy as np

from services.forecasting.domain.series import Floats, Ints

QUARTER_MIN = 15
MINUTES, QUARTERS = 15, 16
LEADS = MINUTES + QUARTERS
HOUR_MIN = 60
_MINUTE_BLOCKS = (1, 2, 4, 8)  # within the quarter of the last minute
_BEYOND_QUARTER, _BEYOND_HOUR = len(_MINUTE_BLOCKS), len(_MINUTE_BLOCKS) + 1
_QUARTER_BLOCKS = (0, 1, 2, 4, 8)
_NEAR_BLOCKS = 3  # of quarters that may still be in the hour of the last minute
_FIRST_QUARTER_CELL = len(_MINUTE_BLOCKS) + 2
CELLS = _FIRST_QUARTER_CELL + len(_QUARTER_BLOCKS) + _NEAR_BLOCKS
HEAD_QUARTERS = QUARTERS + 2
"""Of an issue, what nowcasts of the quarter after it look at."""
LOOSE_AFTER_MIN = 3
LOOSE = np.minimum(np.arange(1, LEADS + 1) / LOOSE_AFTER_MIN, 1.0)
"""How far each lead may leave the last reading: a nowcast does not jump away from the present."""


def first_quarter(minute: int) -> int:
    """Return the number of the first quarter that begins at or after `minute`."""
    return -(-minute // QUARTER_MIN)


def ahead_min(minute: int) -> Floats:
    """Return how far the middle of each lead lies after `minute`, `(LEADS,)`."""
    begins = first_quarter(minute) * QUARTER_MIN - minute
    quarters = begins + QUARTER_MIN * (np.arange(QUARTERS) + 0.5)
    return np.concatenate((np.arange(MINUTES) + 0.5, quarters))


def cells(minute: int) -> Ints:
    """Return the cell of each lead, `(LEADS,)`."""
    return _cells_in_hour(minute % HOUR_MIN)


@lru_cache(maxsize=HOUR_MIN)
def _cells_in_hour(minute: int) -> Ints:
    return np.concatenate((_minute_cells(minute), _quarter_cells(minute)))


def _minute_cells(minute: int) -> Ints:
    target, last = minute + np.arange(MINUTES), minute - 1
    near = np.searchsorted(_MINUTE_BLOCKS, np.arange(1, MINUTES + 1), side="right") - 1
    same_quarter = target // QUARTER_MIN == last // QUARTER_MIN
    same_hour = target // HOUR_MIN == last // HOUR_MIN
    beyond = np.where(same_hour, _BEYOND_QUARTER, _BEYOND_HOUR)
    return np.where(same_quarter, near, beyond).astype(np.int64)


def _quarter_cells(minute: int) -> Ints:
    number = np.arange(QUARTERS)
    block = np.searchsorted(_QUARTER_BLOCKS, number, side="right") - 1
    begins = (first_quarter(minute) + number) * QUARTER_MIN
    same_hour = begins // HOUR_MIN == (minute - 1) // HOUR_MIN
    later = np.where(same_hour, len(_QUARTER_BLOCKS) + block, block)
    return (_FIRST_QUARTER_CELL + later).astype(np.int64)


def over_leads(minutely: Floats, at: int) -> Floats:
    """Return minutes from position `at` on as leads: `(…, minutes)` to `(…, LEADS)`.

    `at` is the position of the nowcast's minute; position 0 begins a quarter. Unknown minutes of a
    quarter are left out of its mean; a quarter with less than two thirds of them is unknown.
    """
    border = first_quarter(at) * QUARTER_MIN
    end = border + QUARTERS * QUARTER_MIN
    quarters = minutely[..., border:end].reshape(*minutely.shape[:-1], QUARTERS, QUARTER_MIN)
    known = np.isfinite(quarters)
    count = known.sum(axis=-1)
    mean = np.where(known, quarters, 0.0).sum(axis=-1) / np.maximum(count, 1)
    mean = np.where(3 * count >= 2 * QUARTER_MIN, mean, np.nan)
    return np.concatenate((minutely[..., at : at + MINUTES], mean), axis=-1)
