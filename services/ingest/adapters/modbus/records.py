"""Layout of the Modbus record rings and limits (docs/names-and-ports.md), high word first. Pure."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from services.energy.quantities import Quantity

HEADER_REGISTERS = 4
RING_START = 100
MOST_REGISTERS = 125
REGISTERS_A_PORT = 8
HEAD = struct.Struct(">II")
HEAD_REGISTERS = HEAD.size // 2
HEADER = struct.Struct(">IHH")
GRID = struct.Struct(">iQQ")
PORT = struct.Struct(">iIHII")
LIMIT = struct.Struct(">III")
MOST_U32 = 2**32 - 1
EARLIEST_S = 946_684_800  # 2000-01-01: a clock before that was never set

Reading = tuple[str, int, float]


class Garbled(Exception):
    """Registers that cannot be what the layout says; the text says why."""


@dataclass(frozen=True, slots=True)
class Ring:
    """The header of a unit: newest sequence number (0: none yet), slots, registers a record."""

    newest: int
    size: int
    length: int

    @classmethod
    def of(cls, registers: Sequence[int]) -> "Ring":
        """Read the header; Garbled when it cannot be one."""
        newest, size, length = HEADER.unpack(packed(registers))
        if not 1 <= size <= 10_000 or not HEAD_REGISTERS < length <= MOST_REGISTERS:
            raise Garbled(
                f"header says {size} records of {length} registers; a ring has 1 to 10,000 records "
                f"of 5 to {MOST_REGISTERS} registers"
            )
        return cls(newest, size, length)

    @property
    def oldest(self) -> int:
        """The oldest sequence number that has a slot; slots of a young ring may be empty."""
        return max(self.newest - self.size + 1, 1)

    def address(self, sequence: int) -> int:
        """Return where the record of `sequence` starts."""
        return RING_START + sequence % self.size * self.length

    def runs(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return `(first, count)` of neighbouring records that fit into one read."""
        most = MOST_REGISTERS // self.length
        runs, at = [], first
        while at <= last:
            count = min(most, last - at + 1, self.size - at % self.size)
            runs.append((at, count))
            at += count
        return runs


@dataclass(frozen=True, slots=True)
class Head:
    """What a record says of itself: its sequence number, and its event time in Unix seconds."""

    sequence: int
    event_time_s: int

    @classmethod
    def of(cls, registers: Sequence[int]) -> "Head":
        """Read the head of a record."""
        return cls(*HEAD.unpack_from(packed(registers[:HEAD_REGISTERS])))


@dataclass(frozen=True, slots=True)
class Layout:
    """How the fields of a record become readings of the source's devices, in file order."""

    name: str
    fields: struct.Struct
    quantities: tuple[Quantity, ...]

    def registers(self, devices: int) -> int:
        """Return the length of a record of that many devices."""
        return (HEAD.size + devices * self.fields.size) // 2

    def readings(self, device_ids: Sequence[str], registers: Sequence[int]) -> list[Reading]:
        """Return the readings of one record; Garbled when its stamp was never set."""
        content = packed(registers)
        event_time_s = Head.of(registers).event_time_s
        if event_time_s < EARLIEST_S:
            raise Garbled(f"event time {event_time_s} s is before the year 2000: clock not set")
        return [
            (f"{device_id}.{quantity}", event_time_s * 1_000_000, float(value))
            for number, device_id in enumerate(device_ids)
            for quantity, value in zip(
                self.quantities,
                self.fields.unpack_from(content, HEAD.size + number * self.fields.size),
                strict=True,
            )
        ]


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(
            "grid_meter",
            GRID,
            (Quantity.ACTIVE_POWER, Quantity.IMPORT_ENERGY, Quantity.EXPORT_ENERGY),
        ),
        Layout(
            "charging_cabinet",
            PORT,
            (
                Quantity.ACTIVE_POWER,
                Quantity.CONSUMPTION_ENERGY,
                Quantity.CONNECTED,
                Quantity.REQUESTED_ENERGY,
                Quantity.DEPARTURE,
            ),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class PortLimit:
    """What stands in the holding registers of a port."""

    limit_w: int
    expires_at_s: int
    tag: int

    @classmethod
    def of(cls, registers: Sequence[int]) -> "PortLimit":
        """Read a port's registers."""
        return cls(*LIMIT.unpack_from(packed(registers)))

    def registers(self) -> list[int]:
        """Return the registers to write."""
        content = LIMIT.pack(self.limit_w, self.expires_at_s, self.tag)
        return list(struct.unpack(f">{len(content) // 2}H", content))


def tag_of(setpoint_id: str) -> int:
    """Return the tag a port shows for a set-point."""
    return zlib.crc32(setpoint_id.encode())


def packed(registers: Sequence[int]) -> bytes:
    """Return registers as bytes, high byte first."""
    return struct.pack(f">{len(registers)}H", *registers)
