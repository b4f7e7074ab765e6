"""Everything one control cycle rests on, frozen: the same snapshot gives the same decision.

Its id is a hash of its content, so that each set-point can be replayed from what it names.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime

from services.dispatch.domain.arbitration import Priority
from services.dispatch.domain.signals import Signal


@dataclass(frozen=True, slots=True)
class Guide:
    """What the plan in force says for this moment, W. A production not in it is not curtailed."""

    plan_id: str
    valid_until: datetime
    battery_w: Mapping[str, float]
    production_limit_w: Mapping[str, float]
    session_w: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Order:
    """An operator's override in force."""

    order_id: str
    device_id: str
    value_w: float
    user: str
    reason: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Needs:
    """What somebody said of the vehicle at a port (§15): it counts before its charger's word."""

    wanted_wh: float
    departs: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """A set-point in force: what a device has been told and until when."""

    setpoint_id: str
    device_id: str
    value_w: float
    issued_at: datetime
    expires_at: datetime
    won_by: Priority = Priority.DEFAULT


@dataclass(frozen=True, slots=True)
class Trims:
    """Bounds the guard of the limits has set, W; released slowly. None: free."""

    battery_ceiling_w: float | None = None
    battery_floor_w: float | None = None
    fleet_ceiling_w: float | None = None
    fleet_floor_w: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Inputs of one cycle. `aligned`: what all points showed when the grid meter was last read."""

    taken_at: datetime
    readings: Mapping[str, Signal]
    aligned: Mapping[str, Signal]
    guide: Guide | None
    orders: tuple[Order, ...]
    leases: Mapping[str, Lease]
    trims: Trims
    id: str = ""
    needs: Mapping[str, Needs] = field(default_factory=dict)


def frozen(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with its id."""
    digest = hashlib.sha256(as_json(snapshot).encode()).hexdigest()[:32]
    return replace(snapshot, id=digest)


def as_json(snapshot: Snapshot) -> str:
    """Return the whole content as canonical JSON (without the id)."""
    guide = snapshot.guide
    content = {
        "taken_at": snapshot.taken_at.isoformat(),
        "readings": _signals(snapshot.readings),
        "aligned": _signals(snapshot.aligned),
        "guide": guide
        and {
            "plan_id": guide.plan_id,
            "valid_until": guide.valid_until.isoformat(),
            "battery_w": dict(guide.battery_w),
            "production_limit_w": dict(guide.production_limit_w),
            "session_w": dict(guide.session_w),
        },
        "orders": [
            [o.order_id, o.device_id, o.value_w, o.user, o.reason, o.expires_at.isoformat()]
            for o in snapshot.orders
        ],
        "leases": {
            device: [
                lease.setpoint_id,
                lease.value_w,
                lease.issued_at.isoformat(),
                lease.expires_at.isoformat(),
                int(lease.won_by),
            ]
            for device, lease in snapshot.leases.items()
        },
        "trims": list(astuple(snapshot.trims)),
    }
    if snapshot.needs:
        content["needs"] = {
            port: [needs.wanted_wh, needs.departs.isoformat()]
            for port, needs in snapshot.needs.items()
        }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str) -> Snapshot:
    """Return the snapshot that `as_json` wrote, for replay."""
    content = json.loads(text)
    guide = content["guide"]
    moment = datetime.fromisoformat
    return frozen(
        Snapshot(
            taken_at=moment(content["taken_at"]),
            readings=_restored(content["readings"]),
            aligned=_restored(content["aligned"]),
            guide=guide
            and Guide(
                guide["plan_id"],
                moment(guide["valid_until"]),
                guide["battery_w"],
                guide["production_limit_w"],
                guide["session_w"],
            ),
            orders=tuple(
                Order(order, device, value, user, reason, moment(expires))
                for order, device, value, user, reason, expires in content["orders"]
            ),
            leases={
                device: Lease(s, device, value, moment(issued), moment(expires), Priority(won))
                for device, (s, value, issued, expires, won) in content["leases"].items()
            },
            trims=Trims(*content["trims"]),
            needs={
                port: Needs(wanted_wh, moment(departs))
                for port, (wanted_wh, departs) in content.get("needs", {}).items()
            },
        )
    )


def _signals(signals: Mapping[str, Signal]) -> dict[str, list[object]]:
    return {
        point: [signal.value, signal.event_time.isoformat(), signal.position]
        for point, signal in signals.items()
    }


def _restored(signals: Mapping[str, list[object]]) -> dict[str, Signal]:
    return {
        point: Signal(float(str(value)), datetime.fromisoformat(str(at)), str(position))
        for point, (value, at, position) in signals.items()
    }
