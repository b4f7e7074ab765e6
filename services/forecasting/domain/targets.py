"""What is forecast: one target per load, PV, wind turbine and charging fleet, with its physics."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from services.energy.quantities import Quantity
from services.energy.site import Carrier, Device, DeviceKind, Park, Turbine
from services.forecasting.domain.charging.fleets import Fleet, fleets_of

CURVE_POWER = "curve_power"
"""The column of a turbine's record that its power curve makes of the foreseen wind, W, positive."""


class Shape(StrEnum):
    """What drives a series; decides which models take part."""

    DEMAND = "demand"
    SUN = "sun"
    WIND = "wind"
    MARKET = "market"


@dataclass(frozen=True, slots=True)
class Target:
    """One series to forecast.

    `point_id` is what is published, `source_point_id` what is measured; a source value times
    `sign` is in the published sign (§2.2). The published power stays in `lowest_w..highest_w`.
    `turbine` is how wind becomes power, where the park file tells.
    """

    point_id: str
    source_point_id: str
    sign: float
    shape: Shape
    lowest_w: float
    highest_w: float
    turbine: Turbine | None = None


def targets_of(park: Park) -> tuple[Target, ...]:
    """Return the park's targets in the order of the park file, then its charging fleets."""
    devices = park.devices_of(DeviceKind.LOAD, DeviceKind.PV, DeviceKind.WIND)
    return (
        *(_target(park, device) for device in devices),
        *(_charging(fleet) for fleet in fleets_of(park)),
    )


def _charging(fleet: Fleet) -> Target:
    """Return the target of a fleet: its demand is kept as if its point had been measured."""
    highest_w = sum(fleet.rating_w.values())
    return Target(fleet.point_id, fleet.point_id, 1.0, Shape.DEMAND, 0.0, highest_w)


def _target(park: Park, device: Device) -> Target:
    rating_w = inf if device.rating_w is None else device.rating_w
    if device.kind is DeviceKind.LOAD:
        electric = device.carrier is Carrier.ELECTRICITY
        point = device.point_id(Quantity.ACTIVE_POWER if electric else Quantity.THERMAL_POWER)
        return Target(point, point, 1.0, Shape.DEMAND, 0.0, inf)  # a meter may pass its plate
    active = device.point_id(Quantity.ACTIVE_POWER)
    if device.kind is DeviceKind.WIND:
        return Target(active, active, 1.0, Shape.WIND, -rating_w, 0.0, device.turbine)
    available = device.point_id(Quantity.AVAILABLE_POWER)
    if park.point(available) is None:
        return Target(active, active, 1.0, Shape.SUN, -rating_w, 0.0)
    return Target(active, available, -1.0, Shape.SUN, -rating_w, 0.0)
