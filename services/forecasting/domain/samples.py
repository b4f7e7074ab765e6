"""Readings of the forecast points in columns, and which of several of one key stands (§3.3)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MINUTE_US, QUARTER_US = 60_000_000, 900_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Usable readings in columns `(rows,)`; times in µs since the epoch, UTC."""

    point_number: NDArray[np.int64]
    event_time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    verdict: NDArray[np.int64]
    arrival_time_us: NDArray[np.int64]
    frame_number: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.value)

    def take(self, index: NDArray[np.intp]) -> "Samples":
        """Return the rows at `index`."""
        return Samples(*(getattr(self, name)[index] for name in Samples.__slots__))


def concatenate(parts: list[Samples]) -> Samples:
    """Return all rows of `parts` (at least one), in order."""
    columns = ([getattr(part, name) for part in parts] for name in Samples.__slots__)
    return Samples(*map(np.concatenate, columns))


def standing(samples: Samples) -> Samples:
    """Return one row per (point, event time), sorted by it: the one that arrived last.

    A maximum over a total order, so order and repetition of frames do not matter.
    """
    order = np.lexsort(
        (
            samples.frame_number,
            samples.arrival_time_us,
            samples.event_time_us,
            samples.point_number,
        )
    )
    point, time = samples.point_number[order], samples.event_time_us[order]
    last = np.ones(len(order), dtype=bool)
    last[:-1] = (point[1:] != point[:-1]) | (time[1:] != time[:-1])
    return samples.take(order[last])


def touched_quarters(samples: Samples) -> NDArray[np.int64]:
    """Return the distinct (point, quarter) pairs, `(pairs, 2)`."""
    pairs = np.column_stack((samples.point_number, samples.event_time_us // QUARTER_US))
    return np.unique(pairs, axis=0)
