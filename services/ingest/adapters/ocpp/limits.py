"""Set-points of the connectors: told, read back, and told again to a charge point that comes back.

A charge point is asked nothing before it has called once on its connection: until then it may not
have been welcomed (OCPP 1.6, 4.2). Then each connector gets the park file's fail-safe, without end,
and the lease that is in force on top.
"""

import asyncio
import math
from datetime import datetime

from ocpp.exceptions import OCPPError

from services.energy.site import Device
from services.ingest.adapters.adapter import (
    ANSWER_WITHIN_S,
    Accepted,
    Answer,
    Command,
    NoAnswer,
    Refused,
)
from services.ingest.adapters.leases import fail_safe_of
from services.ingest.adapters.ocpp import Connector
from services.ingest.adapters.ocpp.conversation import Conversation
from services.ingest.adapters.ocpp.profiles import fail_safe, held_w, lease
from services.runtime.clock import ParkClock
from services.runtime.telemetry import log_for

LIMIT = "active_power_limit_w"
ASKED_S = 60  # the composite schedule of the next minute
log = log_for(__name__)


class Limits:
    """The limits of one source's connectors."""

    def __init__(
        self, connectors: dict[str, Connector], devices: dict[str, Device], clock: ParkClock
    ) -> None:
        self._connectors, self._devices, self._clock = connectors, devices, clock
        self._standing: dict[str, Command] = {}

    async def hand_over(self, command: Command, to: Conversation | None) -> Answer:
        """Tell a limit and read it back; answers within `ANSWER_WITHIN_S`."""
        connector = self._connectors.get(command.device_id)
        if connector is None or command.quantity != LIMIT:
            return Refused(f"{command.device_id} takes {LIMIT} here, not {command.quantity}")
        if not (math.isfinite(command.value_w) and command.value_w >= 0):
            return Refused(f"limit {command.value_w} W is not a magnitude")
        if to is None:
            return NoAnswer(f"charge point {connector.charge_point} is not connected")
        deadline = asyncio.get_running_loop().time() + ANSWER_WITHIN_S
        answer = await self._tell(command, connector, to, deadline)
        if isinstance(answer, Accepted):
            self._standing[command.device_id] = command
        return answer

    async def tell_again(self, identity: str, to: Conversation) -> None:
        """Give a charge point that came back its fail-safes, and the leases in force."""
        for connector in self._connectors.values():
            if connector.charge_point != identity:
                continue
            await self._tell_fail_safe(connector, to)
            command = self._standing.get(connector.device_id)
            if command is not None and command.expires_at > self._clock.now():
                deadline = asyncio.get_running_loop().time() + ANSWER_WITHIN_S
                answer = await self._tell(command, connector, to, deadline)
                log.info("setpoint_told_again", device=connector.device_id, answer=str(answer))

    async def _tell(
        self, command: Command, connector: Connector, to: Conversation, deadline: float
    ) -> Answer:
        now = self._clock.now()
        profile = lease(
            connector.rate, connector.connector, command.value_w, now, command.expires_at
        )
        try:
            async with asyncio.timeout_at(deadline):
                reply = await to.set_limit(connector.connector, profile)
        except TimeoutError:
            return NoAnswer(f"{connector.charge_point} did not answer in {ANSWER_WITHIN_S:g} s")
        except ConnectionError as gone:
            return NoAnswer(f"{connector.charge_point} went away: {gone}")
        if not reply.accepted:
            return Refused(reply.reason)
        return _compared(command.value_w, connector, await self._held(connector, to, deadline))

    async def _held(self, connector: Connector, to: Conversation, deadline: float) -> float | None:
        """Return what the charge point says it will allow; None when it does not say in time."""
        try:
            async with asyncio.timeout_at(deadline):
                schedule = await to.schedule(connector.connector, ASKED_S, connector.rate.unit)
        except (TimeoutError, OCPPError, ConnectionError):
            return None
        return held_w(connector.rate, schedule)

    async def _tell_fail_safe(self, connector: Connector, to: Conversation) -> None:
        command = fail_safe_of(self._devices[connector.device_id])
        if command is None or command.quantity != LIMIT:
            return
        profile = fail_safe(
            connector.rate, connector.connector, command.value_w, _today(self._clock)
        )
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                reply = await to.set_limit(connector.connector, profile)
        except (TimeoutError, ConnectionError) as gone:
            log.warning("no_fail_safe", device=connector.device_id, error=str(gone) or "no answer")
            return
        if not reply.accepted:
            log.warning("no_fail_safe", device=connector.device_id, error=reply.reason)


def _compared(wanted_w: float, connector: Connector, held: float | None) -> Answer:
    """Return what a read-back says; less than was allowed is another, lower limit's doing."""
    if held is not None and held > wanted_w + connector.rate.step_w:
        return Refused(f"allowed {wanted_w:g} W, the charge point allows {held:g} W", held)
    return Accepted(held)


def _today(clock: ParkClock) -> datetime:
    """Return the beginning of the day: a schedule without end must have begun."""
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
