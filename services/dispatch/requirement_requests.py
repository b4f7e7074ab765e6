"""What is wrong with a requirement that somebody sets: every field, with its value and the cure."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.wishes import asked
from services.dispatch.domain.wishes.days import local_day
from services.energy.site import Device
from services.energy.time_grid import Interval
from services.runtime.refusals import FieldMistake
from services.runtime.requests import moment_of, who_mistakes

KINDS = (
    "storage_target",
    "carbon_cap",
    "import_limit",
    "process_run",
    "charging_needs",
    "unavailability",
)
LONGEST_NAME, LONGEST_REASON = 128, 1000
# What is required is held in memory, and told in the caveats of each plan.
LARGEST_BYTES = 16 * 1024


def mistakes_in(
    plant: Plant, request: pb.SetRequirementRequest, now: datetime
) -> list[FieldMistake]:
    """Return all that is wrong with a request, but for a device that the park does not have."""
    if (size := request.ByteSize()) > LARGEST_BYTES:
        return [FieldMistake("what", f"the request has {size} bytes; at most {LARGEST_BYTES}")]
    mistakes = list(who_mistakes(request, "idempotency_key", LONGEST_NAME, LONGEST_REASON))
    if (kind := request.WhichOneof("what")) is None:
        return [FieldMistake("what", f"is empty; set one of {', '.join(KINDS)}"), *mistakes]
    what = getattr(request, kind)
    if hasattr(what, "device_id") and not what.device_id:
        mistakes.append(FieldMistake(f"{kind}.device_id", "is empty; name a device of the park"))
    found = IN_KIND[kind](plant, what, now)
    return [*(FieldMistake(f"{kind}.{field}", text) for field, text in found), *mistakes]


def device_of(plant: Plant, request: pb.SetRequirementRequest) -> str:
    """Return the device that a requirement is about; empty where it is about none."""
    what = getattr(request, request.WhichOneof("what"))
    return str(getattr(what, "device_id", ""))


def known(plant: Plant, device_id: str) -> Device | None:
    """Return a device of the park; None where it has none of that id."""
    return next((device for device in plant.park.devices if device.id == device_id), None)


def number_of(message: Any, field: str) -> float | None:
    """Return a number that may be absent."""
    return float(getattr(message, field)) if message.HasField(field) else None


def _in_target(plant: Plant, what: Any, now: datetime) -> asked.Mistakes:
    device = known(plant, what.device_id)
    yield from asked.in_store(device)
    yield from asked.in_moment("at_time", moment_of(what, "at_time"), now)
    least_wh, least_pct = number_of(what, "least_energy_wh"), number_of(what, "least_pct")
    yield from asked.in_level(device, least_wh, least_pct)


def _in_carbon_cap(plant: Plant, what: Any, now: datetime) -> asked.Mistakes:
    yield from asked.in_magnitude("limit_kg", number_of(what, "limit_kg"), asked.MOST_KG)
    if what.WhichOneof("span") == "local_day":
        yield from _in_day(plant, what.local_day, now)
    elif what.WhichOneof("span") == "window":
        yield from _in_window(what, now)
    else:
        yield "window", "is required, or local_day"


def _in_day(plant: Plant, text: str, now: datetime) -> asked.Mistakes:
    try:
        day = day_of(plant, text)
    except (ValueError, OverflowError):
        yield "local_day", f"{text!r} is no day; write it as 2026-10-25"
        return
    yield from asked.in_moment("local_day", day.end, now)


def day_of(plant: Plant, text: str) -> Interval:
    """Return a day of the park's clock; ValueError where the text is none."""
    return local_day(date.fromisoformat(text), plant.park.time_zone)


def _in_window(what: Any, now: datetime) -> asked.Mistakes:
    start, end = moment_of(what.window, "start"), moment_of(what.window, "end")
    yield from asked.in_window("window", start, end, now)


def _in_import_limit(plant: Plant, what: Any, now: datetime) -> asked.Mistakes:
    yield from _in_window(what, now)
    yield from asked.in_import_limit(plant, number_of(what, "limit_w"))


def _in_run(plant: Plant, what: Any, now: datetime) -> asked.Mistakes:
    duration = what.duration.ToTimedelta() if what.HasField("duration") else None
    started = moment_of(what, "started_at")
    power_w = tuple(what.power_w)
    if len(what.node_id) > LONGEST_NAME:
        yield "node_id", f"has more than {LONGEST_NAME} characters"
    yield from asked.in_run(plant, what.process_id, power_w, duration, started, now)
    window = moment_of(what, "earliest_start"), moment_of(what, "latest_end")
    yield from asked.in_run_window(*window, None if started else duration, now)


def _in_needs(plant: Plant, what: Any, now: datetime) -> asked.Mistakes:
    yield from asked.in_port(known(plant, what.device_id))
    yield from asked.in_moment("departure_time", moment_of(what, "departure_time"), now)
    yield from asked.in_magnitude("energy_wh", number_of(what, "energy_wh"))


def _in_unavailability(plant: Plant, what: Any, now: datetime) -> asked.Mistakes:
    yield from _in_window(what, now)
    available_w = number_of(what, "available_power_w")
    yield from asked.in_unavailable(known(plant, what.device_id), available_w)


IN_KIND = {
    "storage_target": _in_target,
    "carbon_cap": _in_carbon_cap,
    "import_limit": _in_import_limit,
    "process_run": _in_run,
    "charging_needs": _in_needs,
    "unavailability": _in_unavailability,
}


def cancel_mistakes(request: pb.CancelRequirementRequest) -> Iterator[FieldMistake]:
    """Yield what is wrong with the request to end a requirement."""
    if not request.requirement_id:
        yield FieldMistake("requirement_id", "is empty; name the requirement to end")
    if not request.user.strip() or len(request.user) > LONGEST_NAME:
        yield FieldMistake("user", f"say who, in 1 to {LONGEST_NAME} characters")
