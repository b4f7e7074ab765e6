"""Which vehicle charges first: the one with the least laxity (spare time before it must charge)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

URGENT_S = 3600.0
STAY_ON_S = 900.0
UNKNOWN_STAY_S = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A connected vehicle that wants energy. `most_w` is what it takes at most.

    `stays_s` is the time to its announced departure; 0 or less: overdue. `charging` says that its
    port is open now, which earns it a small advantage so that ports do not alternate.
    """

    port_id: str
    wanted_wh: float
    stays_s: float
    most_w: float
    drawn_w: float
    charging: bool = False

    @property
    def laxity_s(self) -> float:
        """Time to spare before it has to charge without a break to get all it wants."""
        if self.most_w <= 0:
            return self.stays_s
        return self.stays_s - self.wanted_wh / self.most_w * 3600.0

    @property
    def urgent(self) -> bool:
        """Whether waiting longer risks that it leaves without its energy."""
        return self.laxity_s < URGENT_S


def allocated(vehicles: Iterable[Vehicle], fleet_w: float) -> dict[str, float]:
    """Return the limit of each port so that together they draw `fleet_w`, least laxity first."""
    left, limits = fleet_w, {}
    order = sorted(
        vehicles, key=lambda v: (v.laxity_s - (STAY_ON_S if v.charging else 0.0), v.port_id)
    )
    for vehicle in order:
        limits[vehicle.port_id] = max(0.0, min(vehicle.most_w, left))
        left -= limits[vehicle.port_id]
    return limits


def planned_w(
    vehicles: Iterable[Vehicle], session_w: Mapping[str, float], gentle_w: float
) -> float:
    """Return the fleet's power by the plan; later vehicles charge gently until the next."""
    total = 0.0
    for vehicle in vehicles:
        if vehicle.port_id in session_w:
            total += min(session_w[vehicle.port_id], vehicle.most_w)
        else:
            total += unplanned_w(vehicle, gentle_w)
    return total


def unplanned_w(vehicle: Vehicle, gentle_w: float) -> float:
    """Return what a vehicle charges with when no plan knows it."""
    return vehicle.most_w if vehicle.urgent else min(gentle_w, vehicle.most_w)
