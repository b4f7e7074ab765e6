"""What the control cycle makes of its snapshot: fresh signals, stand-ins for stale ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.dispatch.domain.charging import UNKNOWN_STAY_S, Vehicle
from services.dispatch.domain.plant import Plant, battery_of, rating_of
from services.dispatch.domain.signals import fresh
from services.dispatch.domain.snapshot import Lease, Snapshot
from services.energy.quantities import Quantity
from services.energy.site import Device

FOLLOWS_W = 5_000.0
PORT_FOLLOWS_W = 500.0
FOLLOWS_SHARE = 0.05
SAMPLES_TO_FOLLOW = 2
GUARD_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class SeenBattery:
    """A battery now: the powers it can hold, and what it does if it does not follow."""

    device: Device
    lower_w: float
    upper_w: float
    stuck_w: float | None


@dataclass(frozen=True, slots=True)
class SeenProduction:
    """Curtailable production now, magnitudes. `available_w` None: stale, gives what it gives."""

    device: Device
    available_w: float | None
    stuck_w: float | None


@dataclass(frozen=True, slots=True)
class Seen:
    """The park at this moment. `base_w` is what is not steered; both None: stale meter."""

    grid_w: float | None
    base_w: float | None
    batteries: tuple[SeenBattery, ...]
    productions: tuple[SeenProduction, ...]
    vehicles: tuple[Vehicle, ...]
    idle_ports: tuple[str, ...]
    stale_ports: tuple[str, ...]
    stand_ins: tuple[str, ...]


def seen(plant: Plant, snapshot: Snapshot) -> Seen:
    """Return the park as far as it is known at `snapshot.taken_at`."""
    stand_ins: list[str] = []
    now = snapshot.taken_at
    grid_w = fresh(
        snapshot.readings, plant.meter.point_id(Quantity.ACTIVE_POWER), now, plant.meter.ttl
    )
    if grid_w is None:
        stand_ins.append("grid meter is stale: counts as import at the limit")
    batteries = tuple(_battery(plant, snapshot, d, stand_ins) for d in plant.batteries)
    productions = tuple(_production(plant, snapshot, d, stand_ins) for d in plant.productions)
    vehicles, idle, stale = _ports(plant, snapshot, stand_ins)
    unsteered = {*stale, *(p.device.id for p in productions if p.available_w is None)}
    base_w = None if grid_w is None else grid_w - _steered_w(plant, snapshot, unsteered)
    return Seen(grid_w, base_w, batteries, productions, vehicles, idle, stale, tuple(stand_ins))


def _steered_w(plant: Plant, snapshot: Snapshot, unsteered: set[str]) -> float:
    """Return what the steered devices drew when the grid meter was read.

    What a stale port or inverter does stays in the unsteered rest; a stale battery is as leased.
    """
    total = 0.0
    for device in plant.steered:
        if device.id in unsteered:
            continue
        signal = snapshot.aligned.get(device.point_id(Quantity.ACTIVE_POWER))
        if signal is not None and snapshot.taken_at - signal.event_time <= device.ttl:
            total += signal.value
        elif device.battery is not None and device.id in snapshot.leases:
            total += snapshot.leases[device.id].value_w
    return total


def _battery(plant: Plant, snapshot: Snapshot, device: Device, stand_ins: list[str]) -> SeenBattery:
    now, rating = snapshot.taken_at, battery_of(device)
    level = fresh(snapshot.readings, device.point_id(Quantity.STATE_OF_CHARGE), now, device.ttl)
    stuck_w = _stuck_w(plant, snapshot, device)
    if level is None:
        stand_ins.append(f"{device.id} state of charge is stale: it holds")
        return SeenBattery(device, 0.0, 0.0, stuck_w)
    if stuck_w is not None:
        stand_ins.append(
            f"{device.id} does not follow: counts with {stuck_w / 1e3:.0f} kW measured"
        )
    hours = (GUARD_SAMPLES * plant.sample_period).total_seconds() / 3600.0
    room_wh = max(0.0, rating.state_of_charge_max_pct - level) / 100.0 * rating.capacity_wh
    reserve_wh = max(0.0, level - rating.state_of_charge_min_pct) / 100.0 * rating.capacity_wh
    most_w = min(rating.power_w, room_wh / rating.charge_efficiency / hours)
    least_w = min(rating.power_w, reserve_wh * rating.discharge_efficiency / hours)
    return SeenBattery(device, -least_w, most_w, stuck_w)


def _stuck_w(plant: Plant, snapshot: Snapshot, device: Device) -> float | None:
    """Return the measured power of a device that had time to follow its lease and does not."""
    lease = snapshot.leases.get(device.id)
    signal = snapshot.readings.get(device.point_id(Quantity.ACTIVE_POWER))
    if (
        lease is None
        or signal is None
        or not _settled(plant, snapshot, device, lease, signal.event_time)
    ):
        return None
    tolerance = max(FOLLOWS_SHARE * abs(lease.value_w), FOLLOWS_W)
    if device in plant.batteries:
        return signal.value if abs(signal.value - lease.value_w) > tolerance else None
    return signal.value if abs(signal.value) > lease.value_w + tolerance else None


def _settled(
    plant: Plant, snapshot: Snapshot, device: Device, lease: Lease, measured_at: datetime
) -> bool:
    """Whether a reading is late enough to show the lease, and the lease still runs."""
    if snapshot.taken_at >= lease.expires_at or snapshot.taken_at - measured_at > device.ttl:
        return False
    return measured_at >= lease.issued_at + settling_time(device, plant.sample_period)


def settling_time(device: Device, sample_period: timedelta) -> timedelta:
    """Return how long a device may take to show a new set-point: a whole ramp and some samples."""
    ramp_s = 0.0
    if device.battery is not None and device.battery.ramp_w_per_s > 0:
        ramp_s = 2 * device.battery.power_w / device.battery.ramp_w_per_s
    return timedelta(seconds=ramp_s) + SAMPLES_TO_FOLLOW * sample_period


def _production(
    plant: Plant, snapshot: Snapshot, device: Device, stand_ins: list[str]
) -> SeenProduction:
    now = snapshot.taken_at
    available = fresh(snapshot.readings, device.point_id(Quantity.AVAILABLE_POWER), now, device.ttl)
    if available is None:
        stand_ins.append(f"{device.id} is stale: limited to its fail-safe")
        return SeenProduction(device, None, None)
    stuck = _stuck_w(plant, snapshot, device)
    if stuck is not None:
        stand_ins.append(f"{device.id} does not follow: counts with {-stuck / 1e3:.0f} kW measured")
    return SeenProduction(device, max(0.0, available), None if stuck is None else abs(stuck))


def _ports(
    plant: Plant, snapshot: Snapshot, stand_ins: list[str]
) -> tuple[tuple[Vehicle, ...], tuple[str, ...], tuple[str, ...]]:
    vehicles, idle, stale = [], [], []
    now = snapshot.taken_at
    for device in plant.ports:
        connected = fresh(snapshot.readings, device.point_id(Quantity.CONNECTED), now, device.ttl)
        wanted = fresh(
            snapshot.readings, device.point_id(Quantity.REQUESTED_ENERGY), now, device.ttl
        )
        if (needs := snapshot.needs.get(device.id)) is not None:
            wanted = needs.wanted_wh
        if connected is None or wanted is None:
            stale.append(device.id)
        elif connected >= 0.5 and wanted > 0:
            vehicles.append(_vehicle(plant, snapshot, device, wanted))
        elif connected >= 0.5:
            idle.append(device.id)
    if stale:
        stand_ins.append(
            f"{len(stale)} charging ports are stale: no new set-points, their fail-safe takes over"
        )
    return tuple(vehicles), tuple(idle), tuple(stale)


def _vehicle(plant: Plant, snapshot: Snapshot, device: Device, wanted_wh: float) -> Vehicle:
    now, rating = snapshot.taken_at, rating_of(device)
    departure = fresh(snapshot.readings, device.point_id(Quantity.DEPARTURE), now, device.ttl)
    if (needs := snapshot.needs.get(device.id)) is not None:
        departure = needs.departs.timestamp()
    stays_s = departure - now.timestamp() if departure else UNKNOWN_STAY_S
    lease = snapshot.leases.get(device.id)
    signal = snapshot.readings.get(device.point_id(Quantity.ACTIVE_POWER))
    most_w, drawn_w = rating, signal.value if signal else 0.0
    if lease is not None and signal is not None and lease.value_w > PORT_FOLLOWS_W:
        settled = _settled(plant, snapshot, device, lease, signal.event_time)
        if settled and signal.value < lease.value_w - PORT_FOLLOWS_W:
            most_w = max(signal.value, PORT_FOLLOWS_W)
    charging = lease is not None and lease.value_w > rating / 2
    return Vehicle(device.id, wanted_wh, stays_s, most_w, drawn_w, charging)
