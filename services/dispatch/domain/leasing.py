"""When a device is told again: its value moved, its lease is half gone, or it has none."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.domain.control import Command
from services.dispatch.domain.plant import Plant, deadband_of
from services.dispatch.domain.snapshot import Lease
from services.energy.site import Device

NAMESPACE = uuid.UUID("9b1f6c52-6c0e-5d9a-8a53-2b1f9d3c7e10")


@dataclass(frozen=True, slots=True)
class Issued:
    """A command that goes out as a lease."""

    command: Command
    lease: Lease


def issued(
    plant: Plant,
    commands: Iterable[Command],
    leases: Mapping[str, Lease],
    *,
    snapshot_id: str,
    now: datetime,
) -> list[Issued]:
    """Return the commands that must be sent at `now`."""
    out = []
    for command in commands:
        device = plant.park.device(command.device_id)
        former = leases.get(command.device_id)
        if former is None or _is_due(device, command, former, now):
            name = f"{plant.park.id}/{command.device_id}/{snapshot_id}/{command.value_w}"
            lease = Lease(
                str(uuid.uuid5(NAMESPACE, name)),
                command.device_id,
                command.value_w,
                now,
                now + plant.lease,
                command.won_by,
            )
            out.append(Issued(command, lease))
    return out


def _is_due(device: Device, command: Command, former: Lease, now: datetime) -> bool:
    if now >= former.issued_at + (former.expires_at - former.issued_at) / 2:
        return True
    if command.value_w == 0.0 != former.value_w:
        return True
    return abs(command.value_w - former.value_w) > deadband_of(device)
