"""An operator's order: what is wrong with it, if anything."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import isfinite

from services.dispatch.domain.plant import Plant, bounds_of
from services.energy.site import DeviceKind

LONGEST = timedelta(hours=24)
TARGET, LIMIT = "active_power_w", "active_power_limit_w"


def quantity_of(kind: DeviceKind) -> str:
    """Return what a device of this kind is told: a target or a limit."""
    return TARGET if kind is DeviceKind.BATTERY else LIMIT


def mistakes_in(
    plant: Plant,
    *,
    device_id: str,
    quantity: str,
    value_w: float,
    expires_at: datetime | None,
    user: str,
    reason: str,
    now: datetime,
) -> Iterator[tuple[str, str]]:
    """Yield (field, sentence) for everything wrong with an order."""
    device = next((d for d in plant.steered if d.id == device_id), None)
    if device is None:
        yield "device_id", f"{device_id!r} cannot be steered"
    elif quantity != quantity_of(device.kind):
        yield "quantity", f"{device_id} takes {quantity_of(device.kind)}"
    elif not isfinite(value_w) or not bounds_of(device)[0] <= value_w <= bounds_of(device)[1]:
        low, high = bounds_of(device)
        yield "value_w", f"{value_w:g} W is beyond {device_id}'s rating; {low:g} to {high:g} W"
    if expires_at is None:
        yield "expires_at", "is required; an override always ends"
    elif expires_at <= now:
        yield "expires_at", f"{expires_at.isoformat()} is past; it is {now.isoformat()} in the park"
    elif expires_at > now + LONGEST:
        yield "expires_at", f"at most 24 h ahead, until {(now + LONGEST).isoformat()}"
    if not user.strip():
        yield "user", "is required: who gives this order"
    if not reason.strip():
        yield "reason", "is required: why this order is given"
