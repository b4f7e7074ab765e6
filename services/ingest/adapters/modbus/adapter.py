"""Meters and charging cabinets on Modbus TCP: record rings in, port limits out.

At least once without a memory of our own: at start the whole ring is read, afterwards every record
since the last that Kafka has. A unit that was replaced or lost its count is told by a newest number
that fell back, or by another stamp under a number we know: then its whole ring is read as well.
Writing a record twice leaves the same rows.
"""

import asyncio
import math
from collections.abc import Sequence

from services.ingest.adapters.adapter import (
    Accepted,
    Answer,
    Command,
    Refused,
    Tools,
    in_time,
)
from services.ingest.adapters.connection import Connection
from services.ingest.adapters.modbus import ModbusSettings
from services.ingest.adapters.modbus.records import (
    HEAD_REGISTERS,
    HEADER_REGISTERS,
    LAYOUTS,
    LIMIT,
    MOST_U32,
    REGISTERS_A_PORT,
    Garbled,
    Head,
    PortLimit,
    Reading,
    Ring,
    packed,
    tag_of,
)
from services.ingest.adapters.modbus_registers.register_map import Block, Table
from services.ingest.adapters.modbus_registers.unit import AWAY, Declined, ModbusUnit
from services.ingest.domain.batch import batch_of
from services.runtime import metrics, spans
from services.runtime.telemetry import log_for, record, span

SHORTEST_POLL_S, LONGEST_POLL_S = 0.1, 1.0
HALF_SAMPLE_PARK_S = 30.0
LONGEST_WAIT_S = 5.0
RECORDS_A_BATCH = 150
log = log_for(__name__)


class ModbusAdapter:
    """One unit."""

    def __init__(self, source_id: str, settings: ModbusSettings, tools: Tools) -> None:
        self.source_id = source_id
        self._devices = tuple(d.id for d in tools.park.devices_from(source_id))
        self.device_ids = frozenset(self._devices)
        self._layout = LAYOUTS[settings.record]
        self._tools = tools
        host, port = tools.settings.modbus_host, tools.settings.modbus_port
        self._number = settings.unit
        self._unit = ModbusUnit(host or settings.host, port or settings.port, settings.unit)
        self.connection = Connection(source_id, longest_wait_s=LONGEST_WAIT_S)
        self._safe = 0  # newest sequence number whose record Kafka has; 0: none of this ring
        self._known: Head | None = None  # the last whole record of this ring that was read
        self._met = 0  # the newest when this ring was first read: slots before it may be empty
        speed = tools.clock.speed
        self._poll_s = min(LONGEST_POLL_S, max(SHORTEST_POLL_S, HALF_SAMPLE_PARK_S / speed))

    async def run(self) -> None:
        """Poll for ever; connect again with back-off whenever the unit is away."""
        await self.connection.keep(self._keep_polling, (*AWAY, Garbled, Declined))

    async def _keep_polling(self) -> None:
        try:
            await self._unit.connect()
            while True:
                has_more = await self._poll()
                self.connection.up()
                if not has_more:
                    await asyncio.sleep(self._poll_s)
        finally:
            self._unit.disconnect()

    async def hand_over(self, command: Command) -> Answer:
        """Write the limit of a charging port and compare what it reads back."""
        if self._layout is not LAYOUTS["charging_cabinet"]:
            return Refused(f"{command.device_id} is a meter and takes no set-point")
        if command.quantity != "active_power_limit_w":
            return Refused(f"{command.device_id} takes active_power_limit_w")
        if not (math.isfinite(command.value_w) and 0 <= command.value_w <= MOST_U32):
            return Refused(f"limit {command.value_w} W is not within 0..{MOST_U32}")
        limit = PortLimit(
            round(command.value_w), int(command.expires_at.timestamp()), tag_of(command.setpoint_id)
        )
        port = self._devices.index(command.device_id)
        return await in_time(str(self._unit), self._write(port, limit), AWAY)

    async def _write(self, port: int, limit: PortLimit) -> Answer:
        address = port * REGISTERS_A_PORT
        try:
            await self._unit.write(address, limit.registers())
            registers = await self._unit.read(Block(Table.HOLDING, address, LIMIT.size // 2))
        except Declined as declined:
            return Refused(f"the limit was declined: {declined}")
        held = PortLimit.of(registers)
        if held != limit:
            return Refused(f"wrote {limit}, it reads back {held}", float(held.limit_w))
        return Accepted(float(held.limit_w))

    async def _poll(self) -> bool:
        """Carry the next records since the last safe one into the intake; whether there are more.

        The header is read anew for each batch: the intake may have waited for hours.
        """
        ring = self._checked(Ring.of(await self._read(0, HEADER_REGISTERS)))
        if ring.newest < self._safe or await self._began_anew(ring):
            log.warning("ring_restarted", source=self.source_id, newest=ring.newest)
            self._safe, self._known = 0, None
        if not self._safe:
            self._met = ring.newest
        if self._safe and ring.oldest > self._safe + 1:
            self._lost(self._safe + 1, ring.oldest - 1)
        first = max(self._safe + 1, ring.oldest)
        last = min(first + RECORDS_A_BATCH - 1, ring.newest)
        if first <= last:
            await self._carry(ring, first, last)
            self._safe = last
        return last < ring.newest

    def _checked(self, ring: Ring) -> Ring:
        if ring.length != (expected := self._layout.registers(len(self._devices))):
            raise Garbled(
                f"records of {ring.length} registers; a {self._layout.name} of "
                f"{len(self._devices)} devices has {expected}"
            )
        return ring

    async def _began_anew(self, ring: Ring) -> bool:
        """Whether a ring with news shows the record we know under another stamp.

        Asked with every news and not once a connection: a gateway keeps its own while the unit
        behind it is replaced. Where that record is overwritten, the whole ring is new anyway.
        """
        known = self._known
        if known is None or ring.newest == self._safe or known.sequence < ring.oldest:
            return False
        found = Head.of(await self._read(ring.address(known.sequence), HEAD_REGISTERS))
        return found.sequence == known.sequence and found != known

    async def _carry(self, ring: Ring, first: int, last: int) -> None:
        with span(spans.INGEST_MODBUS, source=self.source_id) as current:
            readings: list[Reading] = []
            for start, count in ring.runs(first, last):
                registers = await self._read(ring.address(start), count * ring.length)
                for number in range(count):
                    record_registers = registers[number * ring.length : (number + 1) * ring.length]
                    readings += await self._readings(ring, start + number, record_registers)
            current.set_attribute("readings", len(readings))
            if readings:
                await self._tools.take(batch_of(self.source_id, readings))

    async def _readings(self, ring: Ring, sequence: int, registers: Sequence[int]) -> list[Reading]:
        """Return the readings of one record; a torn one is read again, a garbled one is buried."""
        if Head.of(registers).sequence != sequence:
            registers = await self._read(ring.address(sequence), ring.length)
        head = Head.of(registers)
        if head.sequence != sequence:
            if sequence > self._met:
                self._lost(sequence, sequence)
            return []
        self._known = head
        try:
            return self._layout.readings(self._devices, registers)
        except Garbled as mistake:
            await self._tools.dead_letters.bury(
                origin=f"modbus:{self._number}/{ring.address(sequence)}",
                reason="garbled",
                detail=f"record {sequence} of {self.source_id}: {mistake}",
                payload=packed(registers),
            )
            return []

    def _lost(self, first: int, last: int) -> None:
        log.warning("records_missing", source=self.source_id, first=first, last=last)
        record(metrics.RECORDS_MISSING, last - first + 1, source=self.source_id)

    async def _read(self, address: int, count: int) -> list[int]:
        return await self._unit.read(Block(Table.INPUT, address, count))
