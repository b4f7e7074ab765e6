"""Every set-point on its way, one per device; each event may end some of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.dispatch.domain.outcomes import (
    Delivery,
    Ended,
    Open,
    State,
    delivered,
    measured,
    superseded,
    ticked,
    tolerance_of,
)
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.seen import settling_time
from services.energy.site import DeviceKind

GRACE_SAMPLES = 2


def opened(
    plant: Plant,
    setpoint_id: str,
    device_id: str,
    value_w: float,
    issued_at: datetime,
    expires_at: datetime,
) -> Open:
    """Return a set-point that has just been issued."""
    device = plant.park.device(device_id)
    return Open(
        setpoint_id=setpoint_id,
        device_id=device_id,
        value_w=value_w,
        is_limit=device.kind is not DeviceKind.BATTERY,
        tolerance_w=tolerance_of(value_w, port=device.kind is DeviceKind.CHARGER),
        settling=settling_time(device, timedelta(0)),
        issued_at=issued_at,
        expires_at=expires_at,
    )


@dataclass
class Tracker:
    """Holds the open set-points by id. Repeated events change nothing."""

    grace: timedelta
    open: dict[str, Open] = field(default_factory=dict)
    by_device: dict[str, str] = field(default_factory=dict)

    def issue(self, setpoint: Open, now: datetime) -> list[Ended]:
        """Take a new set-point; the former one of its device ends."""
        if setpoint.setpoint_id in self.open:
            return []
        former = self.open.pop(self.by_device.get(setpoint.device_id, ""), None)
        self.open[setpoint.setpoint_id] = setpoint
        self.by_device[setpoint.device_id] = setpoint.setpoint_id
        return [superseded(former, now)] if former else []

    def deliver(self, setpoint_id: str, result: Delivery, reason: str, at: datetime) -> list[Ended]:
        """Take the adapter's word about one of them."""
        state = self.open.get(setpoint_id)
        return [] if state is None else self._settled([delivered(state, result, reason, at)])

    def accept(self, setpoint_id: str, at: datetime) -> None:
        """Restore that a set-point had been accepted."""
        self.deliver(setpoint_id, Delivery.ACCEPTED, "", at)

    def measure(self, device_id: str, power_w: float, at: datetime, now: datetime) -> list[Ended]:
        """Take a reading of a device's power."""
        state = self.open.get(self.by_device.get(device_id, ""))
        return [] if state is None else self._settled([measured(state, power_w, at, now)])

    def tick(self, now: datetime) -> list[Ended]:
        """End what has outlived its lease."""
        return self._settled([ticked(state, now, self.grace) for state in self.open.values()])

    def _settled(self, states: Iterable[State]) -> list[Ended]:
        ended = []
        for state in list(states):
            if isinstance(state, Open):
                self.open[state.setpoint_id] = state
                continue
            self.open.pop(state.setpoint_id, None)
            if self.by_device.get(state.device_id) == state.setpoint_id:
                del self.by_device[state.device_id]
            ended.append(state)
        return ended
