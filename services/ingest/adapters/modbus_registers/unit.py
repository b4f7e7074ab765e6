"""One Modbus TCP unit: requests that are answered, declined, or not answered."""

from collections.abc import Sequence
from typing import Any

from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient

from services.ingest.adapters.modbus_registers.register_map import Block, Image, Table
from services.ingest.adapters.modbus_registers.values import Encoding

REPLY_WITHIN_S = 1.5
BEYOND_A_GATEWAY = (10, 11)  # the gateway answers that the unit does not


class Silent(Exception):
    """The unit does not answer, or not what it was asked."""


class Declined(Exception):
    """The unit answered with an exception code (Modbus application protocol 1.1b3, chapter 7)."""

    def __init__(self, where: str, code: int) -> None:
        super().__init__(f"{where} answers with exception code {code}")
        self.code = code


AWAY = (Silent, ModbusException, OSError)


class ModbusUnit:
    """A unit at `host:port`; one connection at a time, one request after the other."""

    def __init__(self, host: str, port: int, unit: int) -> None:
        self._host, self._port, self._unit = host, port, unit
        self._client: AsyncModbusTcpClient | None = None

    def __str__(self) -> str:
        return f"modbus unit {self._unit} at {self._host}:{self._port}"

    async def connect(self) -> None:
        """Connect; Silent when there is nobody."""
        self._client = AsyncModbusTcpClient(
            self._host, port=self._port, timeout=REPLY_WITHIN_S, retries=1, reconnect_delay=0
        )
        if not await self._client.connect():
            raise Silent(f"{self} cannot be reached")

    def disconnect(self) -> None:
        """Leave; nothing is sent until the next `connect`."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def read(self, block: Block) -> list[int]:
        """Return the registers of a block; Declined or Silent when there are none."""
        client = self._connected()
        ask = (
            client.read_holding_registers
            if block.table is Table.HOLDING
            else client.read_input_registers
        )
        reply = await ask(block.address, count=block.count, device_id=self._unit)
        self._require(reply)
        registers: list[int] = reply.registers
        if len(registers) != block.count:
            raise Silent(f"{self} sent {len(registers)} registers instead of {block.count}")
        return registers

    async def read_number(self, address: int, encoding: Encoding) -> float:
        """Return the number at a holding register."""
        block = Block(Table.HOLDING, address, encoding.type.registers)
        image = Image()
        image.put(block, await self.read(block), 0)
        number = image.number(block.table, address, encoding)
        assert number is not None  # noqa: S101  the block holds it
        return float(number)

    async def write(self, address: int, registers: Sequence[int]) -> None:
        """Write holding registers from an address on."""
        reply = await self._connected().write_registers(
            address, list(registers), device_id=self._unit
        )
        self._require(reply)

    def _connected(self) -> AsyncModbusTcpClient:
        if self._client is None or not self._client.connected:
            raise Silent(f"{self} is not connected")
        return self._client

    def _require(self, reply: Any) -> None:
        if reply.isError():
            code = getattr(reply, "exception_code", None)
            if code is None or code in BEYOND_A_GATEWAY:
                raise Silent(f"{self} sent no answer that can be read (exception {code})")
            raise Declined(str(self), int(code))
