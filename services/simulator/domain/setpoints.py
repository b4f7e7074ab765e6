"""Set-points as leases: what a device was told, until when, and whether it takes it."""

from dataclasses import dataclass

from services.energy.quantities import Quantity
from services.energy.site import Device, DeviceKind

ACTIVE_POWER_LIMIT = "active_power_limit_w"
QUANTITY_OF_KIND = {
    DeviceKind.BATTERY: Quantity.ACTIVE_POWER.value,
    DeviceKind.PV: ACTIVE_POWER_LIMIT,
    DeviceKind.CHARGER: ACTIVE_POWER_LIMIT,
}


@dataclass(frozen=True, slots=True)
class SetPoint:
    """A command for one device, in force from `at_s` until `expires_at_s` (§8)."""

    setpoint_id: str
    device_id: str
    quantity: str
    value_w: float
    expires_at_s: int
    at_s: int


@dataclass(frozen=True, slots=True)
class Lease:
    """A value that holds until its expiry."""

    value_w: float
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The device took the set-point and reads back `read_back_w`."""

    read_back_w: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The device did not take the set-point; `reason` is for people."""

    reason: str


def held(lease: Lease | None, at_s: int, *, uncontrolled_w: float, fail_safe_w: float) -> float:
    """Return what the device obeys: its lease, else its fail-safe; before any lease, neither."""
    if lease is None:
        return uncontrolled_w
    return lease.value_w if at_s < lease.expires_at_s else fail_safe_w


def judged(setpoint: SetPoint, device: Device | None, *, local: bool) -> Accepted | Refused:
    """Return what the device answers to a set-point at `setpoint.at_s`."""
    if device is None or (expected := QUANTITY_OF_KIND.get(device.kind)) is None:
        return Refused(f"{setpoint.device_id} cannot be steered")
    if local:
        return Refused("local mode")
    if setpoint.quantity != expected:
        return Refused(f"unknown quantity {setpoint.quantity!r}: {device.id} takes {expected}")
    if setpoint.expires_at_s <= setpoint.at_s:
        return Refused("expired")
    lowest_w = -rating_w(device) if device.kind is DeviceKind.BATTERY else 0.0
    if not lowest_w <= setpoint.value_w <= rating_w(device):
        rating = f"{lowest_w:.0f}..{rating_w(device):.0f} W"
        return Refused(f"{setpoint.value_w:.0f} W is beyond the rating {rating}")
    return Accepted(setpoint.value_w)


def rating_w(device: Device) -> float:
    """Return the largest power of a steerable device."""
    if device.battery is not None:
        return device.battery.power_w
    if device.rating_w is None:
        raise ValueError(f"device {device.id} has no rating: add it to the park file")
    return device.rating_w
