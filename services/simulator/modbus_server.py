"""A Modbus TCP server over ready-made register images: function codes 3, 4, 6 and 16.

Own code because a read here is a slice of bytes: pymodbus' server (3.16) copies and checks
register by register and loses requests that a client pipelines. Source of the format: MODBUS
Application Protocol V1.1b3 and MODBUS Messaging on TCP/IP V1.0b.
"""

import asyncio
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MBAP = struct.Struct(">HHHB")
READ = struct.Struct(">HH")
READ_HOLDING, READ_INPUT, WRITE_ONE, WRITE_MANY = 3, 4, 6, 16
MOST_REGISTERS = 125
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
DEVICE_FAILURE, NO_SUCH_UNIT = 4, 11


class ModbusError(Exception):
    """An exception answer with its code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception code {code}")
        self.code = code


@dataclass(slots=True)
class Unit:
    """Register images of one unit. `written(first, image)` judges the image a write would leave."""

    input: bytearray
    holding: bytearray
    written: Callable[[int, int, bytearray], None] | None = None


class ModbusServer:
    """Listens and answers for several units."""

    def __init__(self, units: Mapping[int, Unit], host: str, port: int) -> None:
        self._units = units
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None
        self._clients: set[_Connection] = set()

    async def start(self) -> None:
        """Listen; OSError names the address and the setting."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: _Connection(self._units, self._clients), self._host, self._port
            )
        except OSError as error:
            address = f"{self._host}:{self._port}"
            raise OSError(
                f"cannot listen on {address}: {error}; set PARKFLOW_MODBUS_PORT to a free port"
            ) from None

    async def stop(self) -> None:
        """Stop listening and drop the clients."""
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.close()


class _Connection(asyncio.Protocol):
    """One client; answers requests in the order they came."""

    def __init__(self, units: Mapping[int, Unit], clients: "set[_Connection]") -> None:
        self._units, self._clients = units, clients
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the client."""
        self._transport = transport  # type: ignore[assignment]
        self._clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._clients.discard(self)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete; a stream that is no Modbus is closed."""
        self._received += data
        while len(self._received) >= MBAP.size:
            transaction, protocol, length, unit = MBAP.unpack_from(self._received)
            if protocol != 0 or not 2 <= length <= 254:
                self.close()
                return
            end = MBAP.size - 1 + length
            if len(self._received) < end:
                return
            request = bytes(self._received[MBAP.size : end])
            del self._received[:end]
            answer = answered(self._units.get(unit), request)
            self._send(MBAP.pack(transaction, 0, len(answer) + 1, unit) + answer)

    def _send(self, frame: bytes) -> None:
        if self._transport is not None:
            self._transport.write(frame)

    def close(self) -> None:
        """Drop the client."""
        if self._transport is not None:
            self._transport.close()


def answered(unit: Unit | None, request: bytes) -> bytes:
    """Return the answer to a request (function code and data), an exception answer included."""
    function = request[0]
    try:
        if unit is None:
            raise ModbusError(NO_SUCH_UNIT)
        if function in (READ_HOLDING, READ_INPUT):
            return _read(unit.input if function == READ_INPUT else unit.holding, request)
        if function in (WRITE_ONE, WRITE_MANY):
            return _write(unit, request)
        raise ModbusError(ILLEGAL_FUNCTION)
    except ModbusError as error:
        return bytes((function | 0x80, error.code))
    except struct.error:
        return bytes((function | 0x80, ILLEGAL_VALUE))


def _read(image: bytearray, request: bytes) -> bytes:
    first, count = READ.unpack(request[1:])
    if not 1 <= count <= MOST_REGISTERS:
        raise ModbusError(ILLEGAL_VALUE)
    values = image[2 * first : 2 * (first + count)]
    if len(values) != 2 * count:
        raise ModbusError(ILLEGAL_ADDRESS)
    return bytes((request[0], 2 * count)) + values


def _write(unit: Unit, request: bytes) -> bytes:
    first, count = READ.unpack_from(request, 1)
    values = request[3:5] if request[0] == WRITE_ONE else request[6:]
    count = 1 if request[0] == WRITE_ONE else count
    if len(values) != 2 * count or not values:
        raise ModbusError(ILLEGAL_VALUE)
    if unit.written is None or 2 * (first + count) > len(unit.holding):
        raise ModbusError(ILLEGAL_ADDRESS)
    image = bytearray(unit.holding)
    image[2 * first : 2 * (first + count)] = values
    unit.written(first, count, image)
    unit.holding[:] = image
    return request[:5]
