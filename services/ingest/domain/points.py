"""The park's points as columns, so that a whole batch is compared at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.energy.quantities import Quantity
from services.energy.site import Point

UNKNOWN = -1
POWERS = (Quantity.ACTIVE_POWER, Quantity.THERMAL_POWER)
MICROSECONDS_PER_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True, eq=False)
class PointTable:
    """Row r of each column is point r; bounds are inclusive, in the unit of the quantity."""

    ids: tuple[str, ...]
    minimum: npt.NDArray[np.float64]
    maximum: npt.NDArray[np.float64]
    is_register: npt.NDArray[np.bool_]
    steepest: npt.NDArray[np.float64]  # Wh per microsecond that a register may rise
    _row_of: dict[str, int] = field(repr=False)

    @classmethod
    def of(cls, points: Iterable[Point]) -> "PointTable":
        """Return the table of the park's points."""
        points = tuple(points)
        largest_w = _largest_powers_w(points)
        return cls(
            tuple(point.id for point in points),
            np.array([point.minimum for point in points], np.float64),
            np.array([point.maximum for point in points], np.float64),
            np.array([point.quantity.is_register for point in points], np.bool_),
            np.array([largest_w.get(p.device_id, np.inf) for p in points]) / MICROSECONDS_PER_HOUR,
            {point.id: row for row, point in enumerate(points)},
        )

    def __len__(self) -> int:
        return len(self.ids)

    def rows_of(self, point_ids: Iterable[str]) -> npt.NDArray[np.int64]:
        """Return the row of each id, UNKNOWN where the park file has no such point."""
        return np.array([self._row_of.get(name, UNKNOWN) for name in point_ids], np.int64)


def _largest_powers_w(points: tuple[Point, ...]) -> dict[str, float]:
    """Return by device the most power it may show; a device without power is left out."""
    largest_w: dict[str, float] = {}
    for point in points:
        if point.quantity in POWERS:
            power_w = max(abs(point.minimum), abs(point.maximum))
            largest_w[point.device_id] = max(power_w, largest_w.get(point.device_id, 0.0))
    return largest_w
