"""Which points of a park go on between two readings, so that a gap of theirs can be estimated."""

from math import isinf

from services.energy.quantities import FLOWS_IN, Quantity
from services.energy.site import DeviceKind, Park, Point
from services.history.domain.gaps import Course, Likeness

_FLOWS = frozenset({Quantity.ACTIVE_POWER, Quantity.THERMAL_POWER})
_LIKENESS = {
    Quantity.ACTIVE_POWER: Likeness.SHAPE,
    Quantity.THERMAL_POWER: Likeness.SHAPE,
    Quantity.AVAILABLE_POWER: Likeness.SHAPE,
    Quantity.IRRADIANCE: Likeness.SHAPE,
    Quantity.TEMPERATURE: Likeness.UPS_AND_DOWNS,
    Quantity.STATE_OF_CHARGE: Likeness.UPS_AND_DOWNS,
}
_LIKENESS_OF = {
    DeviceKind.WIND: Likeness.NOTHING,
    DeviceKind.GRID_METER: Likeness.UPS_AND_DOWNS,
    DeviceKind.BATTERY: Likeness.UPS_AND_DOWNS,
}


def courses_of(park: Park) -> dict[str, Course]:
    """Return the course of each point that has one.

    Registers and announcements have none, nor has a point that tells changes only (`period: off`):
    of it silence is no gap.
    """
    kinds = {device.id: device.kind for device in park.devices}
    return {
        point.id: Course(
            point.minimum,
            point.maximum,
            _LIKENESS_OF.get(kinds[point.device_id], _LIKENESS[point.quantity]),
            _registers_of(park, point),
        )
        for point in park.points
        if point.quantity in _LIKENESS and not _tells_changes_only(park, point)
    }


def _tells_changes_only(park: Park, point: Point) -> bool:
    return isinf(park.validation.readings.get(point.id, {}).get("period_s", 0.0))


def _registers_of(park: Park, point: Point) -> tuple[tuple[str, int], ...]:
    """Return the registers that count the flow of a power, with their signs."""
    if point.quantity not in _FLOWS:
        return ()
    return tuple(
        (other.id, FLOWS_IN[other.quantity])
        for other in park.points
        if other.device_id == point.device_id and other.quantity in FLOWS_IN
    )
