"""Meters and charging cabinets on Modbus TCP: record rings in, port limits out.

At least once without a memory of our own: at start (and after a reconnect that lost count) the
whole ring is read, afterwards every record since the last that Kafka has. Writing a record twice
leaves the same rows.
"""

import asyncio
import math
from collections.abc import Sequence

from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient

from services.ingest.adapters.adapter import (
    Accepted,
    Answer,
    Command,
    NoAnswer,
    Refused,
    Tools,
    in_time,
)
from services.ingest.adapters.connection import Connection
from services.ingest.adapters.modbus import ModbusSettings
from services.ingest.adapters.modbus.records import (
    HEADER_REGISTERS,
    LAYOUTS,
    LIMIT,
    MOST_U32,
    REGISTERS_A_PORT,
    Garbled,
    PortLimit,
    Reading,
    Ring,
    packed,
    sequence_of,
    tag_of,
)
from services.ingest.domain.batch import batch_of
from services.runtime import metrics, spans
from services.runtime.telemetry import log_for, record, span

SHORTEST_POLL_S, LONGEST_POLL_S = 0.1, 1.0
HALF_SAMPLE_PARK_S = 30.0
REPLY_WITHIN_S = 1.5
LONGEST_WAIT_S = 5.0
RECORDS_A_BATCH = 150
log = log_for(__name__)


class Silent(Exception):
    """The unit does not answer, or with an exception code."""

    def __init__(self, text: str, code: int | None = None) -> None:
        super().__init__(text)
        self.code = code


class ModbusAdapter:
    """One unit."""

    def __init__(self, source_id: str, settings: ModbusSettings, tools: Tools) -> None:
        self.source_id = source_id
        self._devices = tuple(d.id for d in tools.park.devices_from(source_id))
        self.device_ids = frozenset(self._devices)
        self._layout = LAYOUTS[settings.record]
        self._unit, self._tools = settings.unit, tools
        self._host = tools.settings.modbus_host or settings.host
        self._port = tools.settings.modbus_port or settings.port
        self._connection = Connection(source_id, longest_wait_s=LONGEST_WAIT_S)
        self._client: AsyncModbusTcpClient | None = None
        self._safe = 0  # newest sequence number whose record Kafka has; 0: none of this ring
        self._met = 0  # the newest when this ring was first read: slots before it may be empty
        speed = tools.clock.speed
        self._poll_s = min(LONGEST_POLL_S, max(SHORTEST_POLL_S, HALF_SAMPLE_PARK_S / speed))

    async def run(self) -> None:
        """Poll for ever; connect again with back-off whenever the unit is away."""
        await self._connection.keep(self._keep_polling, (Silent, Garbled, ModbusException, OSError))

    async def _keep_polling(self) -> None:
        try:
            await self._connect()
            while True:
                await self._poll()
                self._connection.up()
                await asyncio.sleep(self._poll_s)
        finally:
            self._disconnect()

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
        try:
            return await in_time(self._where, self._write(port, limit), (ModbusException, OSError))
        except Silent as error:
            if error.code is not None:
                return Refused(f"{self._where} refused the limit: {error}")
            return NoAnswer(str(error))

    @property
    def _where(self) -> str:
        return f"modbus unit {self._unit} at {self._host}:{self._port}"

    async def _write(self, port: int, limit: PortLimit) -> Answer:
        client, address = self._connected(), port * REGISTERS_A_PORT
        reply = await client.write_registers(address, limit.registers(), device_id=self._unit)
        _require(reply, self._where)
        reply = await client.read_holding_registers(
            address, count=LIMIT.size // 2, device_id=self._unit
        )
        held = PortLimit.of(_registers(reply, LIMIT.size // 2, self._where))
        if held != limit:
            return Refused(f"wrote {limit}, it reads back {held}", float(held.limit_w))
        return Accepted(float(held.limit_w))

    async def _connect(self) -> None:
        self._client = AsyncModbusTcpClient(
            self._host, port=self._port, timeout=REPLY_WITHIN_S, retries=1, reconnect_delay=0
        )
        if not await self._client.connect():
            raise Silent(f"{self._where} cannot be reached")

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connected(self) -> AsyncModbusTcpClient:
        if self._client is None or not self._client.connected:
            raise Silent(f"{self._where} is not connected")
        return self._client

    async def _poll(self) -> None:
        """Read every record since the last safe one and carry it into the intake."""
        ring = Ring.of(await self._read(0, HEADER_REGISTERS))
        if ring.length != (expected := self._layout.registers(len(self._devices))):
            raise Garbled(
                f"records of {ring.length} registers; a {self._layout.name} of "
                f"{len(self._devices)} devices has {expected}"
            )
        if ring.newest < self._safe:
            log.warning("ring_restarted", source=self.source_id, newest=ring.newest)
            self._safe = 0
        if not self._safe:
            self._met = ring.newest
        oldest = max(ring.newest - ring.size + 1, 1)
        if self._safe and oldest > self._safe + 1:
            self._lost(self._safe + 1, oldest - 1)
        first = max(self._safe + 1, oldest)
        for start in range(first, ring.newest + 1, RECORDS_A_BATCH):
            stop = min(start + RECORDS_A_BATCH - 1, ring.newest)
            await self._carry(ring, start, stop)
            self._safe = stop

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
        if sequence_of(registers) != sequence:
            registers = await self._read(ring.address(sequence), ring.length)
        if sequence_of(registers) != sequence:
            if sequence > self._met:
                self._lost(sequence, sequence)
            return []
        try:
            return self._layout.readings(self._devices, registers)
        except Garbled as mistake:
            await self._tools.dead_letters.bury(
                origin=f"modbus:{self._unit}/{ring.address(sequence)}",
                reason="garbled",
                detail=f"record {sequence} of {self.source_id}: {mistake}",
                payload=packed(registers),
            )
            return []

    def _lost(self, first: int, last: int) -> None:
        log.warning("records_missing", source=self.source_id, first=first, last=last)
        record(metrics.RECORDS_MISSING, last - first + 1, source=self.source_id)

    async def _read(self, address: int, count: int) -> list[int]:
        reply = await self._connected().read_input_registers(
            address, count=count, device_id=self._unit
        )
        return _registers(reply, count, self._where)


def _require(reply: object, where: str) -> None:
    if reply.isError():  # type: ignore[attr-defined]
        code = getattr(reply, "exception_code", None)
        raise Silent(f"{where} answers with exception code {code}", code)


def _registers(reply: object, count: int, where: str) -> list[int]:
    _require(reply, where)
    registers: list[int] = reply.registers  # type: ignore[attr-defined]
    if len(registers) != count:
        raise Silent(f"{where} sent {len(registers)} registers instead of {count}")
    return registers
