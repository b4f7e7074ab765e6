"""Leases of devices that cannot count: who has one, and what follows when it ends (§8).

Where a protocol carries no expiry, ingest itself writes the park file's fail-safe once the lease is
over. What a device was told before this process began is not known; it is taken to be a lease as
long as dispatch gives any.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

from services.energy.site import Device
from services.ingest.adapters.adapter import Answer, Command, NoAnswer, answer_from
from services.runtime.clock import ParkClock
from services.runtime.telemetry import log_for

LOOKED_AT_EVERY_S = 0.5
NEVER = datetime.max.replace(tzinfo=UTC)
log = log_for(__name__)


class Leases:
    """The set-points in force at the devices of one source."""

    def __init__(self, devices: Iterable[Device], now: datetime, longest: timedelta) -> None:
        self._fail_safe = {d.id: c for d in devices if (c := fail_safe_of(d)) is not None}
        self._ends = dict.fromkeys(self._fail_safe, now + longest)
        self._standing: dict[str, Command] = {}

    def tried(self, command: Command) -> None:
        """Note that a device is being told: whatever it answers, it may hold this from now on."""
        if command.device_id in self._fail_safe and command.expires_at < NEVER:
            known = self._ends.get(command.device_id, command.expires_at)
            self._ends[command.device_id] = min(known, command.expires_at)

    def took(self, command: Command) -> None:
        """Note that a device has a set-point."""
        self._standing[command.device_id] = command
        if command.device_id in self._fail_safe:
            self._ends[command.device_id] = command.expires_at

    def standing(self, now: datetime) -> list[Command]:
        """Return the set-points in force: what a device that was away is told again."""
        return [command for command in self._standing.values() if command.expires_at > now]

    def lapsed(self, now: datetime) -> list[Command]:
        """Return the fail-safe of each device whose lease is over and that has not fallen back."""
        return [self._fail_safe[device_id] for device_id, end in self._ends.items() if end <= now]

    def fell_back(self, device_id: str, now: datetime) -> None:
        """Note that a device has its fail-safe, unless it got a new lease meanwhile."""
        standing = self._standing.get(device_id)
        is_lease = standing is not None and standing is not self._fail_safe[device_id]
        if standing is not None and is_lease and standing.expires_at > now:
            return
        self._ends.pop(device_id, None)
        self._standing.pop(device_id, None)


def fail_safe_of(device: Device) -> Command | None:
    """Return the fail-safe of the park file as a command without end; None when it has none."""
    for quantity in ("active_power_w", "active_power_limit_w"):
        value_w = getattr(device.fail_safe, quantity)
        if value_w is not None:
            return Command(f"fail-safe:{device.id}", device.id, quantity, value_w, NEVER)
    return None


async def keep_leases(
    leases: Leases, clock: ParkClock, hand_over: Callable[[Command], Awaitable[Answer]]
) -> None:
    """Give each device its fail-safe at the end of its lease, for ever.

    A device that does not answer is told again; one that refuses is left as it is, and said.
    """
    while True:
        for command in leases.lapsed(clock.now()):
            answer = await answer_from(hand_over, command)
            if not isinstance(answer, NoAnswer):
                log.warning("lease_over", device=command.device_id, answer=str(answer))
                leases.fell_back(command.device_id, clock.now())
        await asyncio.sleep(LOOKED_AT_EVERY_S)
