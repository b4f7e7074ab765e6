"""Layout of the Modbus records and limits (docs/names-and-ports.md), high word first."""

import struct
from dataclasses import dataclass

from services.energy.quantities import Quantity
from services.simulator.domain.samples import Values

GRID_METER = "grid_meter"
CABINET = "charging_cabinet"
HEAD = struct.Struct(">II")
GRID = struct.Struct(">iQQ")
PORT = struct.Struct(">iIHII")
LIMIT = struct.Struct(">III4x")
REGISTER_BYTES = 2
RING_START = 100
MOST_I32, MOST_U32 = 2**31 - 1, 2**32 - 1


@dataclass(frozen=True, slots=True)
class PortLimit:
    """What a client wrote for one port: limit in W, expiry in Unix seconds, tag."""

    limit_w: int
    expires_at_s: int
    tag: int


def grid_record(values: Values) -> bytes:
    """Return the fields of a grid meter's record."""
    return GRID.pack(
        _i32(values[Quantity.ACTIVE_POWER]),
        int(values[Quantity.IMPORT_ENERGY]),
        int(values[Quantity.EXPORT_ENERGY]),
    )


def cabinet_record(ports: list[Values]) -> bytes:
    """Return the fields of a cabinet's record, port after port."""
    return b"".join(
        PORT.pack(
            _i32(values[Quantity.ACTIVE_POWER]),
            _u32(values[Quantity.CONSUMPTION_ENERGY]),
            _u32(values[Quantity.CONNECTED]) & 0xFFFF,
            _u32(values[Quantity.REQUESTED_ENERGY]),
            _u32(values[Quantity.DEPARTURE]),
        )
        for values in ports
    )


def _i32(power_w: float) -> int:
    return max(-MOST_I32, min(round(power_w), MOST_I32))


def _u32(value: float) -> int:
    return max(0, min(int(value), MOST_U32))


class RecordRing:
    """The newest records of one unit as its input registers."""

    def __init__(self, fields_bytes: int, size: int) -> None:
        self.size = size
        self.record_bytes = HEAD.size + fields_bytes
        start = RING_START * REGISTER_BYTES
        self.image = bytearray(start + size * self.record_bytes)
        struct.pack_into(">IHH", self.image, 0, 0, size, self.record_bytes // REGISTER_BYTES)

    def put(self, sequence: int, at_s: int, fields: bytes) -> None:
        """Add a record and make it the newest."""
        start = RING_START * REGISTER_BYTES + sequence % self.size * self.record_bytes
        self.image[start : start + self.record_bytes] = HEAD.pack(sequence, at_s) + fields
        struct.pack_into(">I", self.image, 0, sequence)


def port_limit(holding: bytes | bytearray, port: int) -> PortLimit:
    """Return the limit that stands in the holding registers of a port (from 0)."""
    return PortLimit(*LIMIT.unpack_from(holding, port * LIMIT.size))


def write_limit(holding: bytearray, port: int, limit: PortLimit) -> None:
    """Put a limit into the holding registers of a port."""
    LIMIT.pack_into(holding, port * LIMIT.size, limit.limit_w, limit.expires_at_s, limit.tag)
