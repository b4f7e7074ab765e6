"""The thresholds of all points as columns, so that a whole frame is compared at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.energy.names import PerNames, rows_among
from services.energy.quantities import Quantity
from services.energy.site import DeviceKind, Park, Point
from services.validation.domain.counting import QUARTER_S
from services.validation.domain.defaults import default_rules
from services.validation.domain.point_rules import PointRules, overridden

POWERS = (Quantity.ACTIVE_POWER, Quantity.THERMAL_POWER)
Numbers = npt.NDArray[np.float64]
Overrides = Mapping[str, Mapping[str, float]]
"""Changes of thresholds: point id -> name of a `PointRules` field -> number."""


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Row r of each column is point r; `of_point` holds the same numbers, one point at a time.

    A step within `-down` and `up + slope * microseconds` disputes nothing (`quiet`); the other
    columns are those of `PointRules`, durations in microseconds.
    """

    ids: tuple[str, ...]
    of_point: tuple[PointRules, ...]
    is_register: npt.NDArray[np.bool_]
    future_tolerance_us: int
    oldest_us: int
    minimum: Numbers
    maximum: Numbers
    down: Numbers
    up: Numbers
    slope: Numbers
    stuck_after_us: Numbers
    stuck_at_zero: npt.NDArray[np.bool_]
    late_after_us: Numbers
    step_at_once: Numbers
    step_per_s: Numbers
    spike_above: Numbers
    dropout_above: Numbers
    unit_slip_above: Numbers
    sign_slip_above: Numbers
    period_us: Numbers
    _rows_of: PerNames[npt.NDArray[np.int64]] = field(repr=False)

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
        counts = np.array([point.quantity.is_register for point in points], np.bool_)
        quiet = np.array([_quiet_step(rules) for rules in each], np.float64)
        steepest = _column(each, "steepest_per_s")
        return cls(
            ids=tuple(point.id for point in points),
            of_point=each,
            is_register=counts,
            future_tolerance_us=future_tolerance_us,
            oldest_us=oldest_us,
            minimum=_column(each, "minimum"),
            maximum=_column(each, "maximum"),
            down=np.where(counts, 0.0, quiet),
            up=np.where(counts, steepest * QUARTER_S, quiet),
            slope=np.where(counts, steepest / 1e6, 0.0),
            stuck_after_us=_column(each, "stuck_after_s") * 1e6,
            stuck_at_zero=np.array([rules.stuck_at_zero for rules in each], np.bool_),
            late_after_us=_column(each, "late_after_s") * 1e6,
            step_at_once=_column(each, "step_at_once"),
            step_per_s=_column(each, "step_per_s"),
            spike_above=_column(each, "spike_above"),
            dropout_above=_column(each, "dropout_above"),
            unit_slip_above=_column(each, "unit_slip_above"),
            sign_slip_above=_column(each, "sign_slip_above"),
            period_us=_column(each, "period_s") * 1e6,
            _rows_of=rows_among([point.id for point in points]),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def rows_of(self, point_ids: tuple[str, ...]) -> npt.NDArray[np.int64]:
        """Return the row of each id, UNKNOWN where the park file has no such point."""
        return self._rows_of(point_ids)


def rules_of(park: Park, overrides: Overrides | None = None) -> Rules:
    """Return the rules of a park: defaults by quantity and kind of device, changed per point.

    Without `overrides` those of the park file are meant.
    """
    return Rules.of(
        park.points,
        {device.id: device.kind for device in park.devices},
        park.validation.readings if overrides is None else overrides,
        future_tolerance_us=int(park.telemetry.future_tolerance.total_seconds() * 1e6),
        oldest_us=int(park.telemetry.oldest.total_seconds() * 1e6),
    )


def _quiet_step(rules: PointRules) -> float:
    """Return the largest step of an analogue value that no rule can have to do with."""
    slips = 0.9 * min(rules.unit_slip_above, rules.sign_slip_above, rules.dropout_above)
    return min(rules.spike_above, rules.step_at_once, slips)


def _column(each: tuple[PointRules, ...], name: str) -> Numbers:
    return np.array([getattr(rules, name) for rules in each], np.float64)


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
