"""What is wrong with a requirement, if anything: (field, which value, and what would be right).

Absent values are None. Energies Wh and powers W, as on the wire.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import isfinite

from services.dispatch.domain.park.quantities import ABSURD
from services.dispatch.domain.plant import Plant, rating_of
from services.energy.site import Device, DeviceKind
from services.energy.time_grid import ceiling

LONGEST_AHEAD, LONGEST_RUN = timedelta(days=366), timedelta(days=7)
MOST_W, MOST_KG = ABSURD * 1e3, ABSURD
MOST_PARTS, LONGEST_NAME = 672, 128
STORES = frozenset({DeviceKind.BATTERY})
NOT_PLANNED = frozenset({DeviceKind.GRID_METER, DeviceKind.WEATHER, DeviceKind.METER})

Mistakes = Iterator[tuple[str, str]]


def in_magnitude(field: str, value: float | None, most: float = MOST_W) -> Mistakes:
    """Look at a number that is 0 or more."""
    if value is None:
        yield field, "is required"
    elif not isfinite(value) or value < 0.0:
        yield field, f"{value:g} is no magnitude; 0 or more"
    elif value > most:
        yield field, f"{value:g} is too much; at most {most:g}"


def in_moment(field: str, moment: datetime | None, now: datetime) -> Mistakes:
    """Look at an instant that must be yet to come."""
    if moment is None:
        yield field, "is required"
    elif moment <= now:
        yield field, f"{moment.isoformat()} is past; it is {now.isoformat()} in the park"
    elif moment > now + LONGEST_AHEAD:
        last = (now + LONGEST_AHEAD).isoformat()
        yield field, f"{moment.isoformat()} is too far ahead; {last} at the latest"


def in_window(field: str, start: datetime | None, end: datetime | None, now: datetime) -> Mistakes:
    """Look at a window that must not be over; it may have begun."""
    if start is None:
        yield f"{field}.start", "is required"
    yield from in_moment(f"{field}.end", end, now)
    if start is not None and end is not None and end <= start:
        text = f"{end.isoformat()} is not after the start {start.isoformat()}"
        yield f"{field}.end", text


def in_store(device: Device | None) -> Mistakes:
    """Look at a device that must be a store; an unknown one is no mistake of this kind."""
    if device is not None and device.kind not in STORES:
        yield "device_id", f"{device.id} is a {device.kind}; name a store"


def in_level(device: Device | None, least_wh: float | None, least_pct: float | None) -> Mistakes:
    """Look at what a store shall hold: either an energy or a share, within its capacity."""
    if least_wh is None and least_pct is None:
        yield "least_energy_wh", "is required, or least_pct"
    if least_pct is not None:
        yield from in_magnitude("least_pct", least_pct, 100.0)
    if least_wh is not None:
        rating = device.battery if device else None
        most_wh = rating.capacity_wh if rating else MOST_W
        yield from in_magnitude("least_energy_wh", least_wh, most_wh)


def in_import_limit(plant: Plant, limit_w: float | None) -> Mistakes:
    """Look at a limit that must be below the connection's own."""
    yield from in_magnitude("limit_w", limit_w, plant.import_limit_w)


def in_port(device: Device | None) -> Mistakes:
    """Look at a device that must be a charger's port."""
    if device is not None and device.kind is not DeviceKind.CHARGER:
        yield "device_id", f"{device.id} is a {device.kind}; name a charger's port"


def in_unavailable(device: Device | None, available_w: float | None) -> Mistakes:
    """Look at a device that is there in part only: planned, and below its rating."""
    if device is not None and device.kind in NOT_PLANNED:
        yield "device_id", f"nothing of {device.id} ({device.kind}) is planned; name another device"
        return
    if available_w is not None:
        yield from in_magnitude("available_power_w", available_w, _rated_w(device))


def _rated_w(device: Device | None) -> float:
    if device is None or (device.rating_w is None and device.battery is None):
        return MOST_W
    return rating_of(device)


def in_run(
    plant: Plant,
    process: str,
    power_w: tuple[float, ...],
    duration: timedelta | None,
    started: datetime | None,
    now: datetime,
) -> Mistakes:
    """Look at a batch without its window."""
    if not 1 <= len(process) <= LONGEST_NAME:
        yield "process_id", f"name the process in 1 to {LONGEST_NAME} characters"
    elif any(device.id == process for device in plant.park.devices):
        yield "process_id", f"{process!r} is a device of the park; choose another name"
    if not 1 <= len(power_w) <= MOST_PARTS:
        yield "power_w", f"{len(power_w)} values; 1 to {MOST_PARTS} equal parts of the duration"
    for i, value in enumerate(power_w[:MOST_PARTS]):
        if not isfinite(value) or abs(value) > MOST_W:
            yield f"power_w[{i}]", f"{value:g} is no power; within ±{MOST_W:g}"
    if duration is None:
        yield "duration", "is required"
    elif not timedelta(0) < duration <= LONGEST_RUN:
        yield "duration", f"{duration} is not within 0 and {LONGEST_RUN}"
    if started is not None and started > now:
        yield "started_at", f"{started.isoformat()} is to come; leave it out until it has begun"
    elif started is not None and duration is not None and started + duration <= now:
        yield "started_at", f"{started.isoformat()} + {duration} is over; nothing is left to plan"


def in_run_window(
    earliest: datetime | None,
    latest_end: datetime | None,
    duration: timedelta | None,
    now: datetime,
) -> Mistakes:
    """Look at a batch's window: runs begin on a quarter hour and end within it."""
    if earliest is None:
        yield "earliest_start", "is required"
    yield from in_moment("latest_end", latest_end, now)
    if earliest is None or latest_end is None or duration is None:
        return
    first_end = ceiling(max(earliest, now)) + duration
    if first_end > latest_end:
        yield (
            "latest_end",
            f"{latest_end.isoformat()} leaves no room: a run of {duration} that begins on a quarter"
            f" hour from earliest_start on ends at {first_end.isoformat()} at the earliest",
        )
