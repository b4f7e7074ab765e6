"""The live picture: newest value of each point, power flows by kind of device, freshness.

Powers in W with the park's signs (conventions §2.2); a value older than its device's time to live
is shown as stale and left out of no sum silently: the sum says which of its parts are stale.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.energy.quantities import Quantity
from services.energy.site import Carrier, Device, DeviceKind, Park


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest reading of a point."""

    value: float
    event_time: datetime
    suspect: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """The summed active power of one kind of device; absent when none of them is known."""

    power_w: float | None
    stale_devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old a source's newest reading is, in park time."""

    source_id: str
    newest: datetime | None
    age_s: float | None
    ttl_s: float

    @property
    def stale(self) -> bool:
        """Whether it is older than it may be, or was never heard."""
        return self.age_s is None or self.age_s > self.ttl_s


@dataclass
class Picture:
    """Holds the newest values; `take` is the only way in."""

    park: Park
    points: dict[str, Shown] = field(default_factory=dict)

    def take(self, point_id: str, shown: Shown) -> bool:
        """Take one reading unless a newer one is shown; return whether it was taken."""
        current = self.points.get(point_id)
        if current is not None and current.event_time > shown.event_time:
            return False
        self.points[point_id] = shown
        return True

    def flow(self, kind: DeviceKind, now: datetime) -> Flow:
        """Return the summed electric power of all devices of a kind."""
        devices = [
            device for device in self.park.devices_of(kind) if device.carrier is Carrier.ELECTRICITY
        ]
        known = [shown for device in devices if (shown := self._power(device)) is not None]
        stale = tuple(device.id for device in devices if self.is_stale(device, now))
        return Flow(sum(shown.value for shown in known) if known else None, stale)

    def is_stale(self, device: Device, now: datetime) -> bool:
        """Whether the device's newest reading is older than its time to live."""
        newest = self._newest([device])
        return newest is None or now - newest > device.ttl

    def freshness(self, now: datetime) -> list[Freshness]:
        """Return the freshness of every source, by its most demanding device."""
        found = []
        for source in self.park.sources:
            devices = [device for device in self.park.devices if device.source_id == source.id]
            if devices:
                newest = self._newest(devices)
                age_s = (now - newest).total_seconds() if newest else None
                ttl_s = min(device.ttl for device in devices).total_seconds()
                found.append(Freshness(source.id, newest, age_s, ttl_s))
        return found

    def value(self, device_id: str, quantity: Quantity) -> float | None:
        """Return the newest value of a device's quantity, or None."""
        shown = self.points.get(f"{device_id}.{quantity}")
        return shown.value if shown else None

    def _power(self, device: Device) -> Shown | None:
        return self.points.get(device.point_id(Quantity.ACTIVE_POWER))

    def _newest(self, devices: Iterable[Device]) -> datetime | None:
        wanted = {device.id for device in devices}
        times = [
            shown.event_time
            for point, shown in self.points.items()
            if point.partition(".")[0] in wanted
        ]
        return max(times, default=None)
