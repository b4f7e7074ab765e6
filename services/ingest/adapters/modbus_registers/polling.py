"""Polling a unit whose registers are known, and writing its set-points.

What a register holds has no time of its own: it is measured when the answer comes, and that moment
is its event time. A value is never given a second time under a later stamp because an answer was
missing: then there is no reading. A block that the unit declines is INVALID for as long as it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from services.energy.time_grid import to_microseconds
from services.ingest.adapters.adapter import (
    Accepted,
    Answer,
    Command,
    NoAnswer,
    Refused,
    Tools,
    carry,
    in_time,
)
from services.ingest.adapters.connection import Connection
from services.ingest.adapters.leases import NEVER, Leases, keep_leases
from services.ingest.adapters.modbus_registers.register_map import (
    Block,
    Image,
    RegisterPoint,
    blocks_of,
    samples_of,
    split,
)
from services.ingest.adapters.modbus_registers.unit import AWAY, Declined, ModbusUnit
from services.runtime.telemetry import log_for

SHORTEST_POLL_S = 0.1
ILLEGAL_ADDRESS = 2
log = log_for(__name__)


class SetpointWriter(Protocol):
    """How a unit takes one quantity of one device."""

    async def write(self, unit: ModbusUnit, value_w: float, lease: timedelta | None) -> Answer:
        """Write a value and read it back; `lease` None: until further notice."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read, and what can be written by device and quantity."""

    points: tuple[RegisterPoint, ...]
    setpoints: Mapping[tuple[str, str], SetpointWriter] = field(default_factory=dict)


class PollingAdapter:
    """One unit; `make_plan` is asked at each connection what it has."""

    def __init__(
        self,
        source_id: str,
        unit: ModbusUnit,
        poll: timedelta,
        make_plan: Callable[[ModbusUnit], Awaitable[Plan]],
        tools: Tools,
    ) -> None:
        devices = tools.park.devices_from(source_id)
        self.source_id = source_id
        self.device_ids = frozenset(device.id for device in devices)
        self._unit, self._tools, self._make_plan = unit, tools, make_plan
        self.connection = Connection(source_id)
        self._leases = Leases(devices, tools.clock.now(), tools.park.dispatch.setpoint_lease)
        self._poll_s = max(SHORTEST_POLL_S, poll.total_seconds() / tools.clock.speed)
        self._plan: Plan | None = None  # None: not connected
        self._blocks: list[Block] = []

    async def run(self) -> None:
        """Poll for ever; connect again with back-off whenever the unit is away.

        Leases end on their own: a fail-safe does not wait behind readings that wait for Kafka.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.connection.keep(self._converse, (*AWAY, Declined)))
            tasks.create_task(keep_leases(self._leases, self._tools.clock, self.hand_over))

    async def hand_over(self, command: Command) -> Answer:
        """Write a set-point and compare what the unit reads back."""
        answer = await in_time(str(self._unit), self._write(command), AWAY)
        if isinstance(answer, Accepted):
            self._leases.took(command)
        return answer

    async def _converse(self) -> None:
        try:
            await self._unit.connect()
            self._plan = plan = await self._make_plan(self._unit)
            self._blocks = blocks_of(plan.points)
            await self._tell_again()
            while True:
                began = asyncio.get_running_loop().time()
                await self._poll(plan)
                self.connection.up()
                spent_s = asyncio.get_running_loop().time() - began
                await asyncio.sleep(max(0.0, self._poll_s - spent_s))
        finally:
            self._plan = None
            self._unit.disconnect()

    async def _poll(self, plan: Plan) -> None:
        """Read every block and carry what came into the intake, also when a later one did not."""
        image = Image()
        try:
            for block in tuple(self._blocks):
                await self._read(block, plan, image)
        except AWAY:
            await carry(self._tools, self.source_id, samples_of(plan.points, image))
            raise
        await carry(self._tools, self.source_id, samples_of(plan.points, image))

    async def _read(self, block: Block, plan: Plan, image: Image) -> None:
        try:
            registers = await self._unit.read(block)
        except Declined as declined:
            smaller = split(block, plan.points)
            if declined.code == ILLEGAL_ADDRESS and len(smaller) > 1:
                await self._read_in_parts(block, smaller, plan, image)
                return
            log.warning(
                "block_declined", source=self.source_id, block=str(block), why=str(declined)
            )
            image.put(block, None, self._now_us())
        else:
            image.put(block, registers, self._now_us())

    async def _read_in_parts(
        self, block: Block, parts: list[Block], plan: Plan, image: Image
    ) -> None:
        """Read number by number, now and until the next connection: the unit has gaps here."""
        log.info("block_split", source=self.source_id, block=str(block), parts=len(parts))
        place = self._blocks.index(block)
        self._blocks[place : place + 1] = parts
        for part in parts:
            await self._read(part, plan, image)

    async def _write(self, command: Command) -> Answer:
        if self._plan is None:
            return NoAnswer(f"{self._unit} is not connected")
        writer = self._plan.setpoints.get((command.device_id, command.quantity))
        if writer is None:
            return Refused(f"{self._unit} takes no {command.quantity} for {command.device_id}")
        endless = command.expires_at == NEVER
        self._leases.tried(command)
        lease = None if endless else command.expires_at - self._tools.clock.now()
        try:
            return await writer.write(self._unit, command.value_w, lease)
        except Declined as declined:
            return Refused(f"the set-point was declined: {declined}")
        except ValueError as mistake:
            return Refused(str(mistake))

    async def _tell_again(self) -> None:
        """Give a unit that was away the set-points that are in force."""
        for command in self._leases.standing(self._tools.clock.now()):
            answer = await self._write(command)
            log.info("setpoint_told_again", device=command.device_id, answer=str(answer))

    def _now_us(self) -> int:
        return to_microseconds(self._tools.clock.now())
