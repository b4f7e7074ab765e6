"""The unchanging side of the simulated park: its devices, its recordings and how it is sampled."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from services.energy.site import Battery, Carrier, Device, DeviceKind, Park
from services.simulator.domain.chargers import Ports
from services.simulator.domain.recorded import QUARTER_S, Recordings
from services.simulator.domain.sessions import Sessions
from services.simulator.domain.setpoints import rating_w


class DeviceMode(StrEnum):
    """The local/remote switch of the devices: `LOCAL` refuses set-points."""

    REMOTE = "remote"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class ScheduledPower:
    """One entry of the battery's own daily programme, half-open hours of the UTC day."""

    from_hour: int
    to_hour: int
    power_w: float


# Local noon to 16:00 charges, local 18:00 to 22:00 discharges (UTC+8); far inside the ratings.
LOCAL_SCHEDULE = (ScheduledPower(4, 8, 450_000.0), ScheduledPower(10, 14, -400_000.0))


@dataclass(frozen=True, slots=True)
class World:
    """A park as the simulator plays it; build it with `World.of`.

    `uncontrolled_w` (loads minus wind) and `pv_available_w` are the means of each quarter.
    """

    park: Park
    recordings: Recordings
    sessions: Sessions
    sample_period_s: int
    mode: DeviceMode
    electric: tuple[Device, ...]
    gas: tuple[Device, ...]
    pv: Device
    wind: Device
    weather: Device | None
    battery_device: Device
    battery: Battery
    ports: Ports
    uncontrolled_w: NDArray[np.float64]
    pv_available_w: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.sample_period_s < 1 or QUARTER_S % self.sample_period_s:
            raise ValueError(
                f"a sample period of {self.sample_period_s} s does not divide 900 s; "
                "take e.g. 5, 60 or 300"
            )

    @classmethod
    def of(
        cls,
        park: Park,
        recordings: Recordings,
        sessions: Sessions,
        *,
        sample_period_s: int = 60,
        mode: DeviceMode = DeviceMode.REMOTE,
    ) -> "World":
        """Return the park file's devices joined with what was recorded for them."""
        loads = park.devices_of(DeviceKind.LOAD)
        electric = tuple(load for load in loads if load.carrier is Carrier.ELECTRICITY)
        pv, wind = _only(park, DeviceKind.PV), _only(park, DeviceKind.WIND)
        battery_device = _only(park, DeviceKind.BATTERY)
        if battery_device.battery is None:
            raise ValueError(
                f"{battery_device.id} has no battery ratings: add them to the park file"
            )
        column, power_w = recordings.column, recordings.power_w
        loads_w = power_w[:, [column(load.id) for load in electric]].sum(axis=1)
        return cls(
            park=park,
            recordings=recordings,
            sessions=sessions,
            sample_period_s=sample_period_s,
            mode=mode,
            electric=electric,
            gas=tuple(load for load in loads if load.carrier is not Carrier.ELECTRICITY),
            pv=pv,
            wind=wind,
            weather=next(iter(park.devices_of(DeviceKind.WEATHER)), None),
            battery_device=battery_device,
            battery=battery_device.battery,
            ports=_ports(park.devices_of(DeviceKind.CHARGER)),
            uncontrolled_w=loads_w - power_w[:, column(wind.id)],
            pv_available_w=power_w[:, column(pv.id)],
        )

    def device(self, device_id: str) -> Device | None:
        """Return the device, None when the park has none of that name."""
        return next((device for device in self.park.devices if device.id == device_id), None)

    def scheduled_w(self, at_s: int) -> float:
        """Return the battery's own programme at `at_s`."""
        hour = at_s // 3600 % 24
        entries = (e for e in LOCAL_SCHEDULE if e.from_hour <= hour < e.to_hour)
        return next((entry.power_w for entry in entries), 0.0)


def _only(park: Park, kind: DeviceKind) -> Device:
    devices = park.devices_of(kind)
    if len(devices) != 1:
        names = ", ".join(device.id for device in devices) or "none"
        raise ValueError(f"the simulator plays exactly one {kind}, the park file has {names}")
    return devices[0]


def _ports(chargers: tuple[Device, ...]) -> Ports:
    if not chargers:
        raise ValueError("the simulator plays charging ports, the park file has none")
    first = chargers[0]
    fail_safe_w = first.fail_safe.active_power_limit_w
    names = tuple(device.id for device in chargers)
    return Ports(names, rating_w(first), 0.0 if fail_safe_w is None else fail_safe_w)
