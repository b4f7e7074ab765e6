"""A Modbus TCP unit of any register map, on a real pymodbus server."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from services.ingest.adapters.modbus_registers.values import Encoding, NumberType
from services.ingest.adapters.sunspec.models import MARKER, Model, points_of

READ_HOLDING, WRITE_MANY, READ_INPUT = 3, 16, 4
SIZE = 60_000


@dataclass
class RegisterUnit:
    """Registers by address; reading one that is not there is an illegal address."""

    id: int = 1
    holding: dict[int, int] = field(default_factory=dict)
    input: dict[int, int] = field(default_factory=dict)
    written: list[tuple[int, list[int]]] = field(default_factory=list)
    requests: list[tuple[int, int, int]] = field(default_factory=list)  # function, address, count
    refuses: ExcCodes | None = None  # every write
    deaf: bool = False  # takes writes and keeps what it has

    def put(
        self, address: int, value: float, kind: str = "uint16", *, table: str = "holding"
    ) -> None:
        """Set the number at an address."""
        registers = Encoding(NumberType(kind)).encode(value)
        target = self.holding if table == "holding" else self.input
        target.update({address + n: register for n, register in enumerate(registers)})

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
        self.requests.append((function, address, count))
        if function == WRITE_MANY and new is not None:
            return self._write(address, [int(value) for value in new])
        held = self.input if function == READ_INPUT else self.holding
        wanted = [held.get(address + n) for n in range(count)]
        if any(register is None for register in wanted):
            return ExcCodes.ILLEGAL_ADDRESS
        registers[address - start : address - start + count] = wanted  # type: ignore[assignment]
        return None

    def _write(self, address: int, new: list[int]) -> ExcCodes | None:
        if self.refuses is not None:
            return self.refuses
        self.written.append((address, new))
        if not self.deaf:
            self.holding.update({address + n: register for n, register in enumerate(new)})
        return None


class SunspecUnit(RegisterUnit):
    """A unit with SunSpec models from a base address on."""

    def __init__(self, *models: tuple[int, int], base: int = 40_000) -> None:
        super().__init__()
        self.holding = {base: MARKER[0], base + 1: MARKER[1]}
        self.models: list[Model] = []
        address = base + 2
        for model_id, length in models:
            self.models.append(Model(model_id, address, length))
            self.holding.update({address + n: 0 for n in range(length + 2)})
            self.holding |= {address: model_id, address + 1: length}
            address += length + 2
        self.holding |= {address: 0xFFFF, address + 1: 0}

    def show(self, model_id: int, values: Mapping[str, float]) -> None:
        """Set numbers of the first model of this id."""
        model = next(model for model in self.models if model.id == model_id)
        for name, value in values.items():
            point = points_of(model)[name]
            self.put(model.address + point.offset, value, point.type)

    def says(self, model_id: int, name: str) -> float:
        """Return a number of the first model of this id, unscaled."""
        model = next(model for model in self.models if model.id == model_id)
        point = points_of(model)[name]
        first = model.address + point.offset
        registers = [self.holding[first + n] for n in range(point.type.registers)]
        return Encoding(point.type).decode(registers)


@asynccontextmanager
async def serving_registers(port: int, *units: RegisterUnit) -> AsyncIterator[None]:
    """A Modbus TCP server for these units."""
    devices = [
        SimDevice(
            id=unit.id,
            simdata=(
                [SimData(0, values=False, datatype=DataType.BITS)],
                [SimData(0, values=False, datatype=DataType.BITS)],
                [SimData(0, count=SIZE, values=0, datatype=DataType.REGISTERS)],
                [SimData(0, count=SIZE, values=0, datatype=DataType.REGISTERS)],
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
