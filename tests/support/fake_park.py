"""A demo park's day that can be computed for any moment: recorded loads, sun and wind, a simple
battery and eight vehicles. Signs as in conventions §2.2."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from math import sin
from typing import Any

from services.energy.quantities import Quantity
from services.energy.site import Carrier, Device, DeviceKind
from services.simulator.domain.recorded import Recordings
from services.simulator.recordings import load_recordings
from tests.support.builders import REPOSITORY, a_park

CHARGING = (3, 7, 8, 15, 21, 33, 34, 46)
WAITING = (5, 18, 29, 40)
BATTERY_W = 1_100_000.0
CAPACITY_WH = 3_000_000.0
ZONE_SHIFT = timedelta(hours=8)


@lru_cache(maxsize=1)
def recordings() -> Recordings:
    """Return the recorded series of the demo park."""
    return load_recordings(REPOSITORY / "parks" / "demo-data")


def recorded_w(name: str, at: datetime) -> float:
    """Return a recorded power as a magnitude, straight between quarters."""
    data = recordings()
    place = (at.timestamp() - data.start_s) / 900
    quarter, share = int(place), place % 1
    column = data.column(name)
    now, later = data.power_w[quarter, column], data.power_w[quarter + 1, column]
    return float(now + (later - now) * share) * (1 + 0.006 * sin(at.timestamp() / 97))


def local_hour(at: datetime) -> float:
    """Return the hour of the local day, 0..24."""
    local = at + ZONE_SHIFT
    return local.hour + local.minute / 60 + local.second / 3600


def battery_w(at: datetime) -> float:
    """Return the battery's power: charging around noon, discharging in the evening."""
    hour = local_hour(at)
    if 9.5 <= hour < 12.5:
        return BATTERY_W * min(1.0, (hour - 9.5) * 4, (12.5 - hour) * 4)
    if 17 <= hour < 20.5:
        return -BATTERY_W * 0.75 * min(1.0, (hour - 17) * 4, (20.5 - hour) * 4)
    return 0.0


def state_of_charge_pct(at: datetime) -> float:
    """Return the state of charge that follows from the battery's power since midnight."""
    step = timedelta(minutes=5)
    moment = at - timedelta(hours=local_hour(at))
    stored_wh = 0.22 * CAPACITY_WH
    while moment < at:
        stored_wh += battery_w(moment) / 12
        moment += step
    return 100 * max(0.1, min(0.95, stored_wh / CAPACITY_WH))


def charger_w(port: int, at: datetime) -> float:
    """Return the power of a charging point."""
    hour = local_hour(at)
    return 6_600.0 + 300 * sin(port) if port in CHARGING and 6 <= hour < 18 else 0.0


def power_w(device: Device, at: datetime) -> float:
    """Return the electric power of a device."""
    match device.kind:
        case DeviceKind.BATTERY:
            return battery_w(at)
        case DeviceKind.CHARGER:
            return charger_w(int(device.id[-2:]), at)
        case DeviceKind.PV | DeviceKind.WIND:
            return -recorded_w(device.id, at)
        case DeviceKind.GRID_METER:
            others = (d for d in a_park().devices if d.kind is not DeviceKind.GRID_METER)
            return sum(power_w(d, at) for d in others if _is_on_the_busbar(d))
        case _:
            return recorded_w(device.id, at)


def _is_on_the_busbar(device: Device) -> bool:
    return device.carrier is Carrier.ELECTRICITY and device.kind is not DeviceKind.WEATHER


def values(device: Device, at: datetime) -> Iterator[tuple[str, float]]:
    """Yield (point, value) of a device at a moment."""
    found: dict[Quantity, Any] = {}
    if device.kind is DeviceKind.WEATHER:
        data, place = recordings(), round((at.timestamp() - recordings().start_s) / 900)
        found[Quantity.IRRADIANCE] = float(data.irradiance_w_m2[place])
        found[Quantity.TEMPERATURE] = float(data.temperature_c[place])
    elif device.carrier is Carrier.NATURAL_GAS:
        found[Quantity.THERMAL_POWER] = recorded_w(device.id, at)
    else:
        found[Quantity.ACTIVE_POWER] = power_w(device, at)
    if device.kind is DeviceKind.PV:
        found[Quantity.AVAILABLE_POWER] = recorded_w(device.id, at)
    if device.kind is DeviceKind.BATTERY:
        found[Quantity.STATE_OF_CHARGE] = state_of_charge_pct(at)
    if device.kind is DeviceKind.CHARGER:
        port = int(device.id[-2:])
        found[Quantity.CONNECTED] = float(port in CHARGING or port in WAITING)
        found[Quantity.REQUESTED_ENERGY] = 9_400.0 if port in CHARGING else 0.0
    for quantity, value in found.items():
        yield device.point_id(quantity), value
