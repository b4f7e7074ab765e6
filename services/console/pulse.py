"""Once a second: park time, summed flows, battery, chargers, freshness."""

from datetime import datetime

from services.console.domain.picture import Flow, Picture
from services.console.messages import Json, iso
from services.energy.quantities import Quantity
from services.energy.site import DeviceKind

FLOWS = {
    "grid": DeviceKind.GRID_METER,
    "pv": DeviceKind.PV,
    "wind": DeviceKind.WIND,
    "battery": DeviceKind.BATTERY,
    "chargers": DeviceKind.CHARGER,
    "loads": DeviceKind.LOAD,
}


def pulse_json(picture: Picture, now: datetime) -> Json:
    """Return the once-a-second event."""
    return {
        "park_time": iso(now),
        "flows": {name: _flow(picture.flow(kind, now)) for name, kind in FLOWS.items()},
        "battery_soc_pct": _first(picture, DeviceKind.BATTERY, Quantity.STATE_OF_CHARGE),
        "pv_available_w": _first(picture, DeviceKind.PV, Quantity.AVAILABLE_POWER),
        "chargers_connected": sum(
            1
            for device in picture.park.devices_of(DeviceKind.CHARGER)
            if (picture.value(device.id, Quantity.CONNECTED) or 0) > 0
        ),
        "chargers_total": len(picture.park.devices_of(DeviceKind.CHARGER)),
        "sources": [
            {
                "id": source.source_id,
                "age_s": source.age_s,
                "ttl_s": source.ttl_s,
                "stale": source.stale,
            }
            for source in picture.freshness(now)
        ],
    }


def _flow(flow: Flow) -> Json:
    return {"power_w": flow.power_w, "stale": list(flow.stale_devices)}


def _first(picture: Picture, kind: DeviceKind, quantity: Quantity) -> float | None:
    devices = picture.park.devices_of(kind)
    return picture.value(devices[0].id, quantity) if devices else None
