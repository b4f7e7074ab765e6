"""The thresholds of all points as columns, so that a whole frame is compared at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.energy.quantities import Quantity
from services.energy.site import DeviceKind, Park, Point
from services.validation.domain.point_rules import PointRules, default_rules, overridden

UNKNOWN = -1
POWERS = (Quantity.ACTIVE_POWER, Quantity.THERMAL_POWER)
Overrides = Mapping[str, Mapping[str, float]]
"""Changes of thresholds: point id -> name of a `PointRules` field -> number."""


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Row r of each column is point r; `of_point` holds the same numbers, one point at a time."""

    ids: tuple[str, ...]
    of_point: tuple[PointRules, ...]
    is_register: npt.NDArray[np.bool_]
    future_tolerance_us: int
    oldest_us: int
    minimum: npt.NDArray[np.float64]
    maximum: npt.NDArray[np.float64]
    steepest: npt.NDArray[np.float64]  # per microsecond
    _row_of: dict[str, int] = field(repr=False)

    @classmethod
    def of(
        cls,
        points: Iterable[Point],
        kinds: Mapping[str, DeviceKind] | None = None,
        overrides: Overrides | None = None,
        *,
        future_tolerance_us: int = 300_000_000,
        oldest_us: int = 40 * 86_400_000_000,
    ) -> "Rules":
        """Return the rules of these points; `kinds` is by device id.

        ValueError names overrides of points that do not exist and of rules that do not exist.
        """
        points = tuple(points)
        each = _each(points, kinds or {}, overrides or {})
        return cls(
            ids=tuple(point.id for point in points),
            of_point=each,
            is_register=np.array([point.quantity.is_register for point in points], np.bool_),
            future_tolerance_us=future_tolerance_us,
            oldest_us=oldest_us,
            minimum=np.array([rules.minimum for rules in each], np.float64),
            maximum=np.array([rules.maximum for rules in each], np.float64),
            steepest=np.array([rules.steepest_per_s for rules in each], np.float64) / 1e6,
            _row_of={point.id: row for row, point in enumerate(points)},
        )

    def __len__(self) -> int:
        return len(self.ids)

    def rows_of(self, point_ids: Iterable[str]) -> npt.NDArray[np.int64]:
        """Return the row of each id, UNKNOWN where the park file has no such point."""
        return np.array([self._row_of.get(name, UNKNOWN) for name in point_ids], np.int64)


def rules_of(park: Park, overrides: Overrides | None = None) -> Rules:
    """Return the rules of a park: defaults by quantity and kind of device, changed per point."""
    return Rules.of(
        park.points,
        {device.id: device.kind for device in park.devices},
        overrides,
        future_tolerance_us=int(park.telemetry.future_tolerance.total_seconds() * 1e6),
        oldest_us=int(park.telemetry.oldest.total_seconds() * 1e6),
    )


def _each(
    points: tuple[Point, ...], kinds: Mapping[str, DeviceKind], overrides: Overrides
) -> tuple[PointRules, ...]:
    if unknown := sorted(set(overrides) - {point.id for point in points}):
        raise ValueError(f"rules for {', '.join(unknown)}: the park has no such point")
    largest_w = _largest_powers_w(points)
    return tuple(
        overridden(
            default_rules(
                point, kinds.get(point.device_id), largest_w.get(point.device_id, np.inf)
            ),
            overrides.get(point.id, {}),
        )
        for point in points
    )


def _largest_powers_w(points: tuple[Point, ...]) -> dict[str, float]:
    """Return by device the most power it may show; a device without power is left out."""
    largest_w: dict[str, float] = {}
    for point in points:
        if point.quantity in POWERS:
            power_w = max(abs(point.minimum), abs(point.maximum))
            largest_w[point.device_id] = max(power_w, largest_w.get(point.device_id, 0.0))
    return largest_w
