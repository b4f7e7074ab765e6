"""Which quantities each kind of device reports, and the range a believable reading lies in (§3)."""

from collections.abc import Iterable, Mapping

from services.energy.quantities import REGISTERS, Quantity
from services.energy.site import Carrier, Connection, Device, DeviceKind, Point

Range = tuple[float, float]
LARGEST_REGISTER_WH = 1e15
LARGEST_REQUEST_WH = 500_000.0  # more than any vehicle's battery
LAST_DEPARTURE_EPOCH_S = 2.0**32 - 1  # as wide as the field protocol
ABOVE_LIMIT = 1.5  # the grid may go over its limit, and that must be seen
ABOVE_RATING = 1.2
STANDBY_SHARE = 0.02  # what an idle inverter or charger may draw or leak

_IDLE_KINDS = (DeviceKind.GRID_METER, DeviceKind.WEATHER)


def points_of(device: Device, connection: Connection, devices: Iterable[Device]) -> list[Point]:
    """Return the points of one device; `devices` are all of the park's (they bound the grid's)."""
    return [
        Point(device.point_id(quantity), device.id, quantity, low, high)
        for quantity, (low, high) in _ranges_of(device, connection, devices).items()
    ]


def _ranges_of(
    device: Device, connection: Connection, devices: Iterable[Device]
) -> Mapping[Quantity, Range]:
    rating_w = device.rating_w or 0.0
    match device.kind:
        case DeviceKind.GRID_METER:
            power = {Quantity.ACTIVE_POWER: grid_range_w(connection, devices)}
            return power | _registers(Quantity.IMPORT_ENERGY, Quantity.EXPORT_ENERGY)
        case DeviceKind.LOAD if device.carrier is Carrier.NATURAL_GAS:
            power = {Quantity.THERMAL_POWER: (0.0, 1.5 * rating_w)}
            return power | _registers(Quantity.CONSUMPTION_ENERGY)
        case DeviceKind.LOAD:
            power = {Quantity.ACTIVE_POWER: (0.0, 1.5 * rating_w)}
            return power | _registers(Quantity.CONSUMPTION_ENERGY)
        case DeviceKind.PV:
            power = {
                Quantity.ACTIVE_POWER: _production(rating_w),
                Quantity.AVAILABLE_POWER: (0.0, ABOVE_RATING * rating_w),
            }
            return power | _registers(Quantity.GENERATION_ENERGY)
        case DeviceKind.WIND:
            power = {Quantity.ACTIVE_POWER: _production(rating_w)}
            return power | _registers(Quantity.GENERATION_ENERGY)
        case DeviceKind.WEATHER:
            return {Quantity.IRRADIANCE: (-20.0, 1600.0), Quantity.TEMPERATURE: (-60.0, 70.0)}
        case DeviceKind.BATTERY:
            swing_w = ABOVE_RATING * rating_w
            power = {Quantity.ACTIVE_POWER: (-swing_w, swing_w)}
            registers = _registers(Quantity.CHARGE_ENERGY, Quantity.DISCHARGE_ENERGY)
            return power | registers | {Quantity.STATE_OF_CHARGE: (0.0, 100.0)}
        case DeviceKind.CHARGER:
            power = {Quantity.ACTIVE_POWER: (-STANDBY_SHARE * rating_w, ABOVE_RATING * rating_w)}
            vehicle = {
                Quantity.CONNECTED: (0.0, 1.0),
                Quantity.REQUESTED_ENERGY: (0.0, LARGEST_REQUEST_WH),
                Quantity.DEPARTURE: (0.0, LAST_DEPARTURE_EPOCH_S),
            }
            return power | _registers(Quantity.CONSUMPTION_ENERGY) | vehicle
        case DeviceKind.METER:
            return _registers(device.counts) if device.counts else {}


def grid_range_w(connection: Connection, devices: Iterable[Device]) -> Range:
    """Return what the grid meter may read: beyond its limits, as far as the devices can push."""
    electric = [
        d for d in devices if d.kind not in _IDLE_KINDS and d.carrier is Carrier.ELECTRICITY
    ]
    give_w = sum(d.rating_w or 0.0 for d in electric if d.kind in _GIVING)
    take_w = sum(d.rating_w or 0.0 for d in electric if d.kind in _TAKING)
    return (
        -max(ABOVE_LIMIT * connection.export_limit_w, ABOVE_RATING * give_w),
        max(ABOVE_LIMIT * connection.import_limit_w, ABOVE_RATING * take_w),
    )


_GIVING = (DeviceKind.PV, DeviceKind.WIND, DeviceKind.BATTERY)
_TAKING = (DeviceKind.LOAD, DeviceKind.BATTERY, DeviceKind.CHARGER)


def _production(rating_w: float) -> Range:
    return (-ABOVE_RATING * rating_w, STANDBY_SHARE * rating_w)


def _registers(*quantities: Quantity) -> dict[Quantity, Range]:
    if wrong := [quantity for quantity in quantities if quantity not in REGISTERS]:
        raise ValueError(f"{wrong} are no registers; add them to REGISTERS or give them a range")
    return dict.fromkeys(quantities, (0.0, LARGEST_REGISTER_WH))
