"""Which points of a park go on between two readings, so that a gap of theirs can be estimated."""

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


def courses_of(park: Park) -> dict[str, Course]:
    """Return the course of each point that has one; registers and announcements have none."""
    wind = {device.id for device in park.devices_of(DeviceKind.WIND)}
    return {
        point.id: Course(
            point.minimum,
            point.maximum,
            Likeness.NOTHING if point.device_id in wind else _LIKENESS[point.quantity],
            _registers_of(park, point),
        )
        for point in park.points
        if point.quantity in _LIKENESS
    }


def _registers_of(park: Park, point: Point) -> tuple[tuple[str, int], ...]:
    """Return the registers that count the flow of a power, with their signs."""
    if point.quantity not in _FLOWS:
        return ()
    return tuple(
        (other.id, FLOWS_IN[other.quantity])
        for other in park.points
        if other.device_id == point.device_id and other.quantity in FLOWS_IN
    )
