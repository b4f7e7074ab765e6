"""A meter and charging cabinets on a real pymodbus server, with record rings and port limits."""

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

RING_START = 100
RING = 256
READ_HOLDING, WRITE_MANY, READ_INPUT = 3, 16, 4


@dataclass
class Unit:
    """One unit: a record ring in its input registers; writes land in `holding`."""

    id: int
    length: int
    holding: list[int] = field(default_factory=lambda: [0] * 13 * 8)
    refuses: ExcCodes | None = None
    deaf: bool = False
    torn_reads: int = 0  # so many reads of a record see a half-written one
    _shown: set[int] = field(default_factory=set)  # slots

    def __post_init__(self) -> None:
        self.input = [0] * (RING_START + RING * self.length)
        self.header(0)

    def header(self, newest: int, *, size: int = RING, length: int | None = None) -> None:
        """Say which record is the newest."""
        content = struct.pack(">IHH", newest, size, self.length if length is None else length)
        self.input[0:4] = struct.unpack(">4H", content)

    def record(self, sequence: int, at_s: int, fields: bytes) -> None:
        """Write a record and make it the newest."""
        content = struct.pack(">II", sequence, at_s) + fields
        start = RING_START + sequence % RING * self.length
        self.input[start : start + self.length] = struct.unpack(f">{self.length}H", content)
        self._shown.discard(sequence % RING)
        self.header(sequence)

    def has_shown(self, sequence: int) -> bool:
        """Whether the slot of a record was read since it was written."""
        return sequence % RING in self._shown

    async def access(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        registers: list[int],
        new: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Answer a request (pymodbus' `SimAction`)."""
        at = address - start
        if function == WRITE_MANY and new is not None:
            if self.refuses is not None:
                return self.refuses
            if not self.deaf:
                self.holding[address : address + count] = [int(value) for value in new]
        source = self.input if function == READ_INPUT else self.holding
        registers[at : at + count] = source[address : address + count]
        if function == READ_INPUT and address >= RING_START:
            first = (address - RING_START) // self.length
            self._shown |= set(range(first, first + max(1, count // self.length)))
        if function == READ_INPUT and address >= RING_START and self.torn_reads:
            self.torn_reads -= 1
            registers[at : at + 2] = [0, 7]
        return None


def grid_fields(power_w: int, import_wh: int, export_wh: int) -> bytes:
    """Return the fields of the grid meter's record."""
    return struct.pack(">iQQ", power_w, import_wh, export_wh)


def cabinet_fields(power_w: int, energy_wh: int) -> bytes:
    """Return the fields of a cabinet whose 13 ports show the same."""
    return struct.pack(">iIHII", power_w, energy_wh, 1, 9_000, 0) * 13


def a_grid_meter() -> Unit:
    """Return an empty unit 1."""
    return Unit(1, 14)


def a_cabinet(number: int = 1) -> Unit:
    """Return an empty charging cabinet."""
    return Unit(10 + number, 121)


@asynccontextmanager
async def serving(port: int, *units: Unit) -> AsyncIterator[None]:
    """A Modbus TCP server for these units."""
    devices = [
        SimDevice(
            id=unit.id,
            simdata=(
                [SimData(0, values=False, datatype=DataType.BITS)],
                [SimData(0, values=False, datatype=DataType.BITS)],
                [SimData(0, count=len(unit.holding), values=0, datatype=DataType.REGISTERS)],
                [SimData(0, count=len(unit.input), values=0, datatype=DataType.REGISTERS)],
            ),
            action=unit.access,
        )
        for unit in units
    ]
    server = ModbusTcpServer(devices, address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        yield
    finally:
        await server.shutdown()
