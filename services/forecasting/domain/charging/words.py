"""What ports say of their vehicles, a row a port and quarter hour.

Rows of one port and quarter are joined by maxima and minima, so that any order and any repetition
of readings comes to the same rows. A wish that was told in a quarter and then lowered within it
stays; so does the larger of two vehicles that came to one port within one quarter hour.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.series import Floats, Ints

QUARTER_MIN = 15
PLUGGED = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Columns `(rows,)`; NaN where nothing was said. Times are minutes since the epoch.

    `wish_wh` is the most that was wanted, first at `wish_min`; `free_min` when the port first was
    without a vehicle; `left_wh` and `plugged` (0 or 1) are the last words, of `left_min` and
    `plugged_min`; `heard_min` is when anything was last heard of it, its power for one.
    """

    port: Ints
    quarter: Ints
    wish_wh: Floats
    wish_min: Floats
    free_min: Floats
    left_wh: Floats
    left_min: Floats
    plugged: Floats
    plugged_min: Floats
    heard_min: Floats

    def __len__(self) -> int:
        return len(self.port)

    def at(self, rows: NDArray[np.bool_]) -> "Words":
        """Return some of the rows."""
        return Words(*(getattr(self, one.name)[rows] for one in fields(self)))


def wishes(port: Ints, minute: Floats, wanted_wh: Floats) -> Words:
    """Return readings of what vehicles still want as words."""
    unknown = np.full(len(port), np.nan)
    quarter = (minute // QUARTER_MIN).astype(np.int64)
    said = (wanted_wh, minute, unknown, wanted_wh, minute, unknown, unknown, minute)
    return Words(port, quarter, *said)


def connections(port: Ints, minute: Floats, connected: Floats) -> Words:
    """Return readings of whether a vehicle is there as words."""
    unknown = np.full(len(port), np.nan)
    quarter = (minute // QUARTER_MIN).astype(np.int64)
    plugged = (connected >= PLUGGED).astype(np.float64)
    free_min = np.where(plugged > 0.0, np.nan, minute)
    said = (unknown, unknown, free_min, unknown, unknown, plugged, minute, minute)
    return Words(port, quarter, *said)


def signs_of_life(port: Ints, minute: Floats, value: Floats) -> Words:
    """Return readings that say nothing of a vehicle, only that the port is heard."""
    unknown = np.full(len(port), np.nan)
    quarter = (minute // QUARTER_MIN).astype(np.int64)
    said = (unknown, unknown, unknown, unknown, unknown, unknown, unknown, minute)
    return Words(port, quarter, *said)


def together(*parts: Words) -> Words:
    """Return all rows by port and quarter, those of equal ones still beside each other."""
    every = (np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Words))
    rows = Words(*every)
    order = np.lexsort((rows.quarter, rows.port))
    return Words(*(getattr(rows, f.name)[order] for f in fields(Words)))


def joined(*parts: Words) -> Words:
    """Return one row a port and quarter, in that order."""
    every = together(*parts)
    wish_wh, wish_min = _first(every, -every.wish_wh, every.wish_min)
    left_min, left_wh = _first(every, -every.left_min, -every.left_wh)
    plugged_min, plugged = _first(every, -every.plugged_min, -every.plugged)
    (free_min,) = _first(every, every.free_min)
    (heard_min,) = _first(every, -every.heard_min)
    key = np.unique(np.column_stack((every.port, every.quarter)), axis=0).reshape(-1, 2)
    last = (-left_wh, -left_min, -plugged, -plugged_min, -heard_min)
    return Words(key[:, 0], key[:, 1], -wish_wh, wish_min, free_min, *last)


def _first(every: Words, *columns: Floats) -> tuple[Floats, ...]:
    """Return of each port and quarter the least of the columns, the first before the second."""
    order = np.lexsort((*columns[::-1], every.quarter, every.port))
    port, quarter = every.port[order], every.quarter[order]
    first = np.ones(len(order), bool)
    first[1:] = (port[1:] != port[:-1]) | (quarter[1:] != quarter[:-1])
    return tuple(column[order[first]] for column in columns)
