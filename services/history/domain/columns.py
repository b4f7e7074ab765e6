"""Readings and rollups in columns, as the kernels take and give them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Samples:
    """Standing readings, sorted by (point, event time), each key once."""

    point_id: NDArray[np.int32]
    event_time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    verdict: NDArray[np.int16]
    doubt: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.point_id)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "Samples":
        """Return the samples at `index` (places or a mask), in its order."""
        return Samples(*(getattr(self, name)[index] for name in Samples.__slots__))

    def in_order(self) -> "Samples":
        """Return them sorted by (point, event time), each key once."""
        order = np.lexsort((self.event_time_us, self.point_id))
        ordered = self.take(order)
        return ordered.take(_first_of(ordered.point_id, ordered.event_time_us))


@dataclass(frozen=True, slots=True)
class Rollups:
    """Windows in columns `(windows,)`, sorted by (point, start); the columns of `rollup_…`.

    Without a usable reading min, max and last are NaN and `last_time_us` is NEVER_US.
    """

    point_id: NDArray[np.int32]
    start_us: NDArray[np.int64]
    believed: NDArray[np.int64]
    suspect: NDArray[np.int64]
    estimated: NDArray[np.int64]
    rejected: NDArray[np.int64]
    total: NDArray[np.float64]
    least: NDArray[np.float64]
    greatest: NDArray[np.float64]
    last_time_us: NDArray[np.int64]
    last: NDArray[np.float64]
    integral: NDArray[np.float64]
    covered_us: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.point_id)

    @property
    def readings(self) -> NDArray[np.int64]:
        """How many readings count."""
        count: NDArray[np.int64] = self.believed + self.suspect + self.estimated
        return count

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "Rollups":
        """Return the windows at `index` (places or a mask), in its order."""
        return Rollups(*(getattr(self, name)[index] for name in Rollups.__slots__))

    def columns(self) -> list[NDArray[Any]]:
        """Return the columns in the order of the relation."""
        return [getattr(self, name) for name in Rollups.__slots__]


def joined(parts: list[Rollups]) -> Rollups:
    """Return all windows of `parts` (at least one), sorted by (point, start)."""
    both = Rollups(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Rollups.__slots__)
    )
    return both.take(np.lexsort((both.start_us, both.point_id)))


def _first_of(point: NDArray[np.int32], time_us: NDArray[np.int64]) -> NDArray[np.bool_]:
    first = np.ones(len(point), dtype=bool)
    first[1:] = (point[1:] != point[:-1]) | (time_us[1:] != time_us[:-1])
    return first
