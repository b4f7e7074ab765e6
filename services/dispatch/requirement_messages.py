"""Between requirements on the wire and the planner's wishes. Nothing is decided here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from services.dispatch.domain.plant import Plant, rating_of
from services.dispatch.domain.signals import Signal, fresh
from services.dispatch.domain.wishes.wish import (
    CarbonLimit,
    ChargingNeeds,
    ImportLimit,
    ProcessRun,
    StorageTarget,
    Unavailability,
    Wish,
)
from services.dispatch.messages import moment_of
from services.dispatch.requirement_requests import day_of, known, number_of
from services.energy.quantities import Quantity
from services.energy.time_grid import Interval

Readings = Mapping[str, Signal]
K = 1e3


def span_of(plant: Plant, order: pb.SetRequirementRequest, set_at: datetime) -> Interval:
    """Return the time that a sound requirement is about; it is in force until its end."""
    match order.WhichOneof("what"):
        case "storage_target":
            return Interval(set_at, moment_of(order.storage_target.at_time))
        case "carbon_cap":
            return _cap_window(plant, order.carbon_cap)
        case "process_run":
            return _run_window(order.process_run)
        case "charging_needs":
            return Interval(set_at, moment_of(order.charging_needs.departure_time))
        case kind:
            return _window(getattr(order, str(kind)).window)


def _window(message: Any) -> Interval:
    return Interval(moment_of(message.start), moment_of(message.end))


def _cap_window(plant: Plant, cap: Any) -> Interval:
    return _window(cap.window) if cap.HasField("window") else day_of(plant, cap.local_day)


def _run_window(run: Any) -> Interval:
    """Return when a run may be; one that has started is, until its end."""
    if not run.HasField("started_at"):
        return Interval(moment_of(run.earliest_start), moment_of(run.latest_end))
    started = moment_of(run.started_at)
    return Interval(started, started + run.duration.ToTimedelta())


def subject_of(order: pb.SetRequirementRequest) -> tuple[str, str] | None:
    """Return what there can be only one requirement of at a time; None: of any number."""
    if order.HasField("process_run"):
        return "process_run", order.process_run.process_id
    if order.HasField("charging_needs"):
        return "charging_needs", order.charging_needs.device_id
    return None


def register_of(plant: Plant, order: pb.SetRequirementRequest, readings: Readings) -> float | None:
    """Return what the port's register reads when charging needs are set, Wh; None: unknown."""
    if not order.HasField("charging_needs"):
        return None
    return _register_wh(plant, order.charging_needs.device_id, readings)


def _register_wh(plant: Plant, port: str, readings: Readings) -> float | None:
    device = known(plant, port)
    if device is None:
        return None
    signal = readings.get(device.point_id(Quantity.CONSUMPTION_ENERGY))
    return signal.value if signal else None


def wish_from(plant: Plant, kept: pb.Requirement, readings: Readings, now: datetime) -> Wish:
    """Return a requirement as the planner takes it."""
    order, name = kept.order, kept.requirement_id
    match order.WhichOneof("what"):
        case "storage_target":
            return _target(plant, name, order.storage_target)
        case "carbon_cap":
            cap = order.carbon_cap
            window = _cap_window(plant, cap)
            return CarbonLimit(wish_id=name, window=window, limit_kg=cap.limit_kg)
        case "import_limit":
            limit = order.import_limit
            return ImportLimit(
                wish_id=name, window=_window(limit.window), limit_kw=limit.limit_w / K
            )
        case "process_run":
            return _run(name, order.process_run)
        case "charging_needs":
            return _needs(plant, kept, readings, now)
        case "unavailability":
            gone = order.unavailability
            left_kw = gone.available_power_w / K  # absent: nothing
            window = _window(gone.window)
            return Unavailability(
                wish_id=name, device=gone.device_id, window=window, available_kw=left_kw
            )
        case kind:
            raise ValueError(f"requirement {name} is a {kind}, which this version does not know")


def _target(plant: Plant, name: str, target: Any) -> StorageTarget:
    """Return a target; a share is of the capacity that the park file has, or of what fits in."""
    device, at = known(plant, target.device_id), moment_of(target.at_time)
    share, least_wh = target.least_pct / 100.0, number_of(target, "least_energy_wh")
    if least_wh is None and device is not None and device.battery is not None:
        least_wh = share * device.battery.capacity_wh
    least_kwh = None if least_wh is None else least_wh / K
    return StorageTarget(
        wish_id=name, store=target.device_id, at=at, least_kwh=least_kwh, least_share=share
    )


def _run(name: str, run: Any) -> ProcessRun:
    return ProcessRun(
        wish_id=name,
        process=run.process_id,
        profile_kw=tuple(value / K for value in run.power_w),
        duration=run.duration.ToTimedelta(),
        earliest=moment_of(run.earliest_start),
        latest_end=moment_of(run.latest_end),
        node=run.node_id or "electricity",
        started=moment_of(run.started_at) if run.HasField("started_at") else None,
    )


def _needs(plant: Plant, kept: pb.Requirement, readings: Readings, now: datetime) -> ChargingNeeds:
    """Return what a vehicle still needs: without what its port has counted since."""
    needs, got_wh = kept.order.charging_needs, 0.0
    register_wh = _register_wh(plant, needs.device_id, readings)
    if kept.HasField("register_wh") and register_wh is not None:
        got_wh = max(0.0, register_wh - kept.register_wh)
    return ChargingNeeds(
        wish_id=kept.requirement_id,
        port=needs.device_id,
        departs=moment_of(needs.departure_time),
        wanted_kwh=max(0.0, needs.energy_wh - got_wh) / K,
        power_kw=_power_kw(plant, needs.device_id, readings, now),
    )


def _power_kw(plant: Plant, port: str, readings: Readings, now: datetime) -> float | None:
    """Return what a port can where a vehicle is connected; None where nobody knows of one."""
    device = known(plant, port)
    if device is None:
        return None
    connected = fresh(readings, device.point_id(Quantity.CONNECTED), now, device.ttl)
    return rating_of(device) / K if connected and connected >= 0.5 else None
