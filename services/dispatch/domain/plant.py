"""The park as the control cycle sees it: what can be steered, within which bounds. Powers in W."""

from dataclasses import dataclass
from datetime import timedelta

from services.energy.quantities import Quantity
from services.energy.site import Battery, Device, DeviceKind, Park

NO_FEED_IN_MODE = "source_grid_load_storage"
PORT_DEADBAND_W = 1_000.0
DEADBAND_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Plant:
    """What never changes from cycle to cycle."""

    park: Park
    meter: Device
    batteries: tuple[Device, ...]
    productions: tuple[Device, ...]
    ports: tuple[Device, ...]
    import_limit_w: float
    export_limit_w: float
    margin_w: float
    lease: timedelta
    sample_period: timedelta

    @classmethod
    def of(cls, park: Park, sample_period: timedelta) -> "Plant":
        """Return what of `park` is controlled; without feed-in the export limit is 0."""
        mode = park.connection.supply_mode
        no_feed_in = mode.kind == NO_FEED_IN_MODE
        sun_and_wind = park.devices_of(DeviceKind.PV, DeviceKind.WIND)
        return cls(
            park=park,
            meter=park.device(park.connection.meter_id),
            batteries=tuple(d for d in park.devices_of(DeviceKind.BATTERY) if d.battery),
            productions=tuple(d for d in sun_and_wind if d.curtailable),
            ports=park.devices_of(DeviceKind.CHARGER),
            import_limit_w=park.connection.import_limit_w,
            export_limit_w=0.0 if no_feed_in else park.connection.export_limit_w,
            margin_w=park.dispatch.limit_margin_w,
            lease=park.dispatch.setpoint_lease,
            sample_period=sample_period,
        )

    @property
    def steered(self) -> tuple[Device, ...]:
        """Every device that takes set-points."""
        return (*self.batteries, *self.productions, *self.ports)

    @property
    def import_cap_w(self) -> float:
        """What the control cycle keeps import below."""
        return self.import_limit_w - min(self.margin_w, self.import_limit_w / 2)

    @property
    def export_cap_w(self) -> float:
        """What the control cycle keeps export below."""
        return self.export_limit_w - min(self.margin_w, self.export_limit_w / 2)


def battery_of(device: Device) -> Battery:
    """Return the ratings of a battery device."""
    if device.battery is None:
        raise ValueError(f"{device.id} has no battery ratings: add them to the park file")
    return device.battery


def rating_of(device: Device) -> float:
    """Return the largest power of a steered device, W."""
    rating = device.battery.power_w if device.battery else device.rating_w
    if rating is None:
        raise ValueError(f"{device.id} has no rating: add it to the park file")
    return rating


def bounds_of(device: Device) -> tuple[float, float]:
    """Return the lowest and highest set-point the device can take, W."""
    rating = rating_of(device)
    return (-rating, rating) if device.kind is DeviceKind.BATTERY else (0.0, rating)


def fail_safe_of(device: Device) -> float:
    """Return what the device falls back to without a lease, W; what it does not say is rest."""
    safe = device.fail_safe
    if safe.active_power_w is not None:
        return safe.active_power_w
    return safe.active_power_limit_w if safe.active_power_limit_w is not None else 0.0


def deadband_of(device: Device) -> float:
    """Return the smallest change worth a new set-point, W."""
    if device.kind is DeviceKind.CHARGER:
        return PORT_DEADBAND_W
    return DEADBAND_SHARE * rating_of(device)


def point(device: Device, quantity: Quantity) -> str:
    """Return the id of a device's point."""
    return device.point_id(quantity)
