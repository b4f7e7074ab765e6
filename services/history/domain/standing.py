"""Rows in columns, and which of several rows of one key stands (conventions §3.3).

A row that may be used outranks a rejected one; among equals the later arrival stands, then the
larger frame number. This is a maximum over a total order, so order and repetition do not matter.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REJECTED = 3


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings in columns of equal length `(rows,)`; times in µs since the epoch, UTC."""

    point_id: NDArray[np.int32]
    event_time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    verdict: NDArray[np.int16]
    doubt: NDArray[np.int16]
    source_id: NDArray[np.int32]
    arrival_time_us: NDArray[np.int64]
    frame_number: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.point_id)

    def take(self, index: NDArray[np.intp]) -> "Rows":
        """Return the rows at `index`, in its order."""
        return Rows(*(getattr(self, name)[index] for name in Rows.__slots__))


def concatenate(parts: list[Rows]) -> Rows:
    """Return all rows of `parts` (at least one), in order."""
    return Rows(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__slots__)
    )


def standing(rows: Rows) -> Rows:
    """Return one row per (point, event time), sorted by that key: the one that stands."""
    usable = rows.verdict != REJECTED
    order = np.lexsort(
        (rows.frame_number, rows.arrival_time_us, usable, rows.event_time_us, rows.point_id)
    )
    point, time = rows.point_id[order], rows.event_time_us[order]
    last_of_key = np.ones(len(order), dtype=bool)
    last_of_key[:-1] = (point[1:] != point[:-1]) | (time[1:] != time[:-1])
    return rows.take(order[last_of_key])
