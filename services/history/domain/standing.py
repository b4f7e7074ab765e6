"""Rows in columns, and which of several rows of one key stands (conventions §3.3).

A row that may be used outranks a rejected one; among equals the later arrival stands, then the
larger frame number. This is a maximum over a total order, so order and repetition do not matter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from services.energy.time_grid import from_microseconds

REJECTED = 3
IN_FUTURE, TOO_OLD = 2, 3
"""Doubts of `telemetry.v1.Doubt` that are about the stamp."""


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


def misstamped(rows: Rows) -> NDArray[np.bool_]:
    """Return which rows were refused for their stamp: their event time places them nowhere."""
    about_stamp = (rows.doubt == IN_FUTURE) | (rows.doubt == TOO_OLD)
    mask: NDArray[np.bool_] = (rows.verdict == REJECTED) & about_stamp
    return mask


def as_tuples(rows: Rows) -> Iterator[tuple[int, datetime, float, int, int, int, datetime, int]]:
    """Return rows one by one, instants as UTC; for the few that are not written in bulk."""
    for place in range(len(rows)):
        yield (
            int(rows.point_id[place]),
            from_microseconds(int(rows.event_time_us[place])),
            float(rows.value[place]),
            int(rows.verdict[place]),
            int(rows.doubt[place]),
            int(rows.source_id[place]),
            from_microseconds(int(rows.arrival_time_us[place])),
            int(rows.frame_number[place]),
        )
