"""One control cycle: `decide(plant, snapshot)` gives every device its value, mode and reason.

Pure: the same snapshot gives the same decision, so each set-point can be replayed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from services.dispatch.domain.arbitration import Left, Priority, Proposal, arbitrated
from services.dispatch.domain.charging import Vehicle, allocated, planned_w, unplanned_w
from services.dispatch.domain.guard import Group, Guarded, guarded
from services.dispatch.domain.plant import Plant, bounds_of, fail_safe_of, rating_of
from services.dispatch.domain.seen import Seen, seen
from services.dispatch.domain.snapshot import Guide, Order, Snapshot, Trims
from services.energy.site import Device


class Mode(IntEnum):
    """What the cycle stands on; the values are those of the wire."""

    FRESH_PLAN = 1
    LAST_PLAN = 2
    RULES = 3
    FAIL_SAFE = 4


@dataclass(frozen=True, slots=True)
class Command:
    """What a device is to do now; whether it is told again is decided by its lease."""

    device_id: str
    value_w: float
    won_by: Priority
    reason: str
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one cycle. `predicted_grid_w` is what the commands should lead to."""

    snapshot_id: str
    mode: Mode
    commands: tuple[Command, ...]
    trims: Trims
    grid_w: float | None
    base_w: float | None
    predicted_grid_w: float | None
    stand_ins: tuple[str, ...]
    narration: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What plan or rules want: batteries and production limits by device, the fleet's power."""

    battery_w: dict[str, float]
    limit_w: dict[str, float]
    fleet_w: float
    priority: Priority
    reason: str


def decide(plant: Plant, snapshot: Snapshot) -> Decision:
    """Return what every device is to do at `snapshot.taken_at`."""
    view = seen(plant, snapshot)
    if view.base_w is None:
        return _fail_safe(plant, snapshot, view)
    mode = _mode(snapshot)
    wishes = _wishes(plant, snapshot, view, view.base_w)
    orders = {order.device_id: order for order in snapshot.orders}
    guard = _guard(plant, snapshot, view, view.base_w, wishes, orders)
    commands = (
        *_batteries(snapshot, view, wishes, orders, guard),
        *_productions(snapshot, view, wishes, orders, guard),
        *_fleet(plant, snapshot, view, wishes, orders, guard),
    )
    predicted_w = view.base_w + guard.battery_w + guard.fleet_w + guard.production_w
    return Decision(
        snapshot.id,
        mode,
        commands,
        guard.trims,
        view.grid_w,
        view.base_w,
        predicted_w,
        view.stand_ins,
        tuple(_narrated(plant, guard, predicted_w)),
    )


def _mode(snapshot: Snapshot) -> Mode:
    if snapshot.guide is None:
        return Mode.RULES
    return Mode.FRESH_PLAN if snapshot.taken_at < snapshot.guide.valid_until else Mode.LAST_PLAN


def _fail_safe(plant: Plant, snapshot: Snapshot, view: Seen) -> Decision:
    """Without the grid meter every device does what the park file calls safe."""
    vehicles = {v.port_id for v in view.vehicles} | set(view.idle_ports)
    reason = "grid meter is stale: fail-safe of the park file"
    commands = tuple(
        Command(device.id, fail_safe_of(device), Priority.SAFETY, reason)
        for device in plant.steered
        if device not in plant.ports or device.id in vehicles
    )
    narration = ("grid power unknown: every device at its fail-safe",)
    return Decision(
        snapshot.id, Mode.FAIL_SAFE, commands, Trims(), None, None, None, view.stand_ins, narration
    )


def _wishes(plant: Plant, snapshot: Snapshot, view: Seen, base_w: float) -> _Wishes:
    limits = {p.device.id: rating_of(p.device) for p in view.productions}
    if (guide := snapshot.guide) is not None:
        return _planned(plant, view, guide, limits)
    produced_w = sum(p.available_w or 0.0 for p in view.productions)
    surplus = produced_w - base_w > 0
    fleet_w = sum(v.most_w if surplus else unplanned_w(v, _gentle_w(plant)) for v in view.vehicles)
    left_w = produced_w - base_w - fleet_w
    battery_w = {}
    for battery in view.batteries:
        battery_w[battery.device.id] = min(max(left_w, battery.lower_w), battery.upper_w)
        left_w -= battery_w[battery.device.id]
    return _Wishes(battery_w, limits, fleet_w, Priority.DEFAULT, "no plan: self-consumption rules")


def _planned(plant: Plant, view: Seen, guide: Guide, limits: dict[str, float]) -> _Wishes:
    fleet_w = planned_w(view.vehicles, guide.session_w, _gentle_w(plant))
    battery_w = {b.device.id: guide.battery_w.get(b.device.id, 0.0) for b in view.batteries}
    limit_w = {name: guide.production_limit_w.get(name, rating) for name, rating in limits.items()}
    return _Wishes(battery_w, limit_w, fleet_w, Priority.PLAN, f"plan {guide.plan_id[:8]}")


def _gentle_w(plant: Plant) -> float:
    return fail_safe_of(plant.ports[0]) if plant.ports else 0.0


def _guard(
    plant: Plant,
    snapshot: Snapshot,
    view: Seen,
    base_w: float,
    wishes: _Wishes,
    orders: dict[str, Order],
) -> Guarded:
    stuck_w = sum(b.stuck_w for b in view.batteries if b.stuck_w is not None)
    stuck_w -= sum(p.stuck_w for p in view.productions if p.stuck_w is not None)
    batteries = [b for b in view.batteries if b.stuck_w is None]
    suns = [p for p in view.productions if p.available_w is not None and p.stuck_w is None]
    ordered = [
        min(orders[v.port_id].value_w, v.most_w) for v in view.vehicles if v.port_id in orders
    ]
    free = [v for v in view.vehicles if v.port_id not in orders]
    fleet_w = min(wishes.fleet_w, sum(v.most_w for v in free)) + sum(ordered)
    return guarded(
        base_w + stuck_w,
        Group(
            "battery",
            sum(_battery_wish(b.device, wishes, orders) for b in batteries),
            sum(b.lower_w for b in batteries),
            sum(b.upper_w for b in batteries),
            any(b.device.id in orders for b in batteries),
        ),
        Group("fleet", fleet_w, 0.0, sum(v.most_w for v in free) + sum(ordered), bool(ordered)),
        Group(
            "production",
            -sum(min(_limit_wish(p.device, wishes, orders), p.available_w or 0.0) for p in suns),
            -sum(p.available_w or 0.0 for p in suns),
            0.0,
            any(p.device.id in orders for p in suns),
        ),
        import_cap_w=plant.import_cap_w,
        export_cap_w=plant.export_cap_w,
        before=snapshot.trims,
    )


def _battery_wish(device: Device, wishes: _Wishes, orders: dict[str, Order]) -> float:
    return orders[device.id].value_w if device.id in orders else wishes.battery_w[device.id]


def _limit_wish(device: Device, wishes: _Wishes, orders: dict[str, Order]) -> float:
    return orders[device.id].value_w if device.id in orders else wishes.limit_w[device.id]


def _proposals(
    device: Device, wish_w: float, wishes: _Wishes, orders: dict[str, Order]
) -> Iterator[Proposal]:
    yield Proposal(wishes.priority, wishes.reason, preference_w=wish_w)
    if (order := orders.get(device.id)) is not None:
        reason = f"{order.user}: {order.reason}"
        yield Proposal(
            Priority.OPERATOR, reason, preference_w=order.value_w, expires_at=order.expires_at
        )


def _batteries(
    snapshot: Snapshot, view: Seen, wishes: _Wishes, orders: dict[str, Order], guard: Guarded
) -> Iterator[Command]:
    left_w, trim_w = guard.battery_w, guard.battery_move_w
    for battery in view.batteries:
        device = battery.device
        proposals = list(_proposals(device, wishes.battery_w[device.id], wishes, orders))
        if battery.stuck_w is None:
            share_w = min(max(left_w, battery.lower_w), battery.upper_w)
            left_w -= share_w
            if trim_w:
                proposals.append(_bound(trim_w, share_w))
        proposals.append(
            Proposal(
                Priority.SAFETY,
                "state of charge",
                lower_w=battery.lower_w,
                upper_w=max(battery.lower_w, battery.upper_w),
            )
        )
        yield _command(device, proposals, snapshot)


def _bound(trim_w: float, share_w: float) -> Proposal:
    """Return the guard's word: at most (import) or at least (export) this."""
    if trim_w < 0:
        return Proposal(Priority.SAFETY, "import limit", upper_w=share_w)
    return Proposal(Priority.SAFETY, "export limit", lower_w=share_w)


def _productions(
    snapshot: Snapshot, view: Seen, wishes: _Wishes, orders: dict[str, Order], guard: Guarded
) -> Iterator[Command]:
    allowed_w, trim_w = -guard.production_w, guard.production_move_w
    for production in view.productions:
        device = production.device
        proposals = list(_proposals(device, wishes.limit_w[device.id], wishes, orders))
        if production.available_w is None:
            safe_w = min(fail_safe_of(device), wishes.limit_w[device.id])
            proposals.append(Proposal(Priority.SAFETY, "stale: fail-safe", upper_w=safe_w))
        elif production.stuck_w is None and trim_w > 0:
            share_w = min(production.available_w, allowed_w)
            allowed_w -= share_w
            proposals.append(Proposal(Priority.SAFETY, "export limit", upper_w=max(0.0, share_w)))
        elif trim_w < 0:
            full_w = rating_of(device)
            proposals.append(Proposal(Priority.SAFETY, "import limit", lower_w=full_w))
        yield _command(device, proposals, snapshot)


def _command(device: Device, proposals: list[Proposal], snapshot: Snapshot) -> Command:
    lower_w, upper_w = bounds_of(device)
    verdict = arbitrated(proposals, lower_w, upper_w, snapshot.taken_at)
    return Command(
        device.id, round(verdict.value_w, 1), verdict.won_by, verdict.reason, verdict.left
    )


def _fleet(
    plant: Plant,
    snapshot: Snapshot,
    view: Seen,
    wishes: _Wishes,
    orders: dict[str, Order],
    guard: Guarded,
) -> Iterator[Command]:
    held = sum(
        min(orders[v.port_id].value_w, v.most_w) for v in view.vehicles if v.port_id in orders
    )
    free = [v for v in view.vehicles if v.port_id not in orders]
    limits = allocated(free, guard.fleet_w - held)
    short_w = max(0.0, held - guard.fleet_w)
    word = _word(guard.fleet_move_w, wishes)
    for vehicle in view.vehicles:
        device = plant.park.device(vehicle.port_id)
        if (order := orders.get(vehicle.port_id)) is None:
            wish_w = limits[vehicle.port_id]
            limit_w = _opened(wish_w, vehicle, device)
            yield Command(device.id, round(limit_w, 1), *word)
            continue
        cut_w = min(short_w, order.value_w)
        short_w -= cut_w
        proposals = list(_proposals(device, order.value_w, wishes, orders))
        if cut_w > 0:
            rest_w = order.value_w - cut_w
            proposals.append(Proposal(Priority.SAFETY, "import limit", upper_w=rest_w))
        yield _command(device, proposals, snapshot)
    for port in view.idle_ports:
        device = plant.park.device(port)
        proposals = list(_proposals(device, fail_safe_of(device), wishes, orders))
        proposals[0] = Proposal(
            Priority.DEFAULT, "vehicle wants nothing", preference_w=fail_safe_of(device)
        )
        yield _command(device, proposals, snapshot)


def _opened(wish_w: float, vehicle: Vehicle, device: Device) -> float:
    """Return the port's limit: a vehicle given all it can take gets its port fully open."""
    return rating_of(device) if wish_w >= vehicle.most_w > 0 else wish_w


def _word(trim_w: float, wishes: _Wishes) -> tuple[Priority, str]:
    if trim_w < 0:
        return Priority.SAFETY, "import limit: vehicles with time to spare wait"
    if trim_w > 0:
        return Priority.SAFETY, "export limit: vehicles take the surplus"
    return wishes.priority, f"{wishes.reason}, least time to spare first"


def _narrated(plant: Plant, guard: Guarded, predicted_w: float) -> Iterator[str]:
    for name, trim_w in (
        ("battery", guard.battery_move_w),
        ("vehicles", guard.fleet_move_w),
        ("production", guard.production_move_w),
    ):
        if trim_w:
            limit = "import" if trim_w < 0 else "export"
            yield f"{name} moved by {trim_w / 1e3:.0f} kW for the {limit} limit"
    if guard.unkept_import_w > 0 or guard.unkept_export_w > 0:
        over_w = guard.unkept_import_w + guard.unkept_export_w
        yield (
            f"{over_w / 1e3:.0f} kW beyond the margin cannot be steered away; "
            f"{predicted_w / 1e3:.0f} kW expected"
        )
