"""Numbers in 16-bit registers: types, word order, byte order. Registers are ints 0..65535.

`word_order` says which register comes first (big: the most significant one), `byte_order` which
byte of a register is the more significant (big is Modbus' own; little is a device's mistake that
must be lived with).
"""

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class First(StrEnum):
    """What comes first: the most (big) or the least (little) significant part."""

    BIG = "big"
    LITTLE = "little"


class NumberType(StrEnum):
    """How a number is laid out."""

    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"

    @property
    def registers(self) -> int:
        """Return how many registers a number takes."""
        return _LAYOUT[self].size // 2


_LAYOUT = {
    NumberType.INT16: struct.Struct(">h"),
    NumberType.UINT16: struct.Struct(">H"),
    NumberType.INT32: struct.Struct(">i"),
    NumberType.UINT32: struct.Struct(">I"),
    NumberType.INT64: struct.Struct(">q"),
    NumberType.UINT64: struct.Struct(">Q"),
    NumberType.FLOAT32: struct.Struct(">f"),
    NumberType.FLOAT64: struct.Struct(">d"),
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """How one number stands in its registers."""

    type: NumberType
    word_order: First = First.BIG
    byte_order: First = First.BIG

    def decode(self, registers: Sequence[int]) -> int | float:
        """Return the number; ValueError when there are not as many registers as it takes."""
        if len(registers) != self.type.registers:
            raise ValueError(
                f"{self.type} takes {self.type.registers} registers, not {len(registers)}"
            )
        words = [_ordered(word, self.byte_order) for word in registers]
        if self.word_order is First.LITTLE:
            words.reverse()
        number: int | float = _LAYOUT[self.type].unpack(struct.pack(f">{len(words)}H", *words))[0]
        return number

    def numbers_of(self, patterns: Iterable[int]) -> frozenset[int]:
        """Return the numbers that bit patterns like 0x8000 are in this type."""
        bits = 16 * self.type.registers
        signed = self.type.startswith("int")
        return frozenset(p - 2**bits if signed and p >= 2 ** (bits - 1) else p for p in patterns)

    def encode(self, number: float) -> list[int]:
        """Return a number's registers, rounded for whole types; ValueError when it does not fit."""
        whole = not self.type.startswith("float")
        if not math.isfinite(number):
            raise ValueError(f"{number} cannot be written to a register")
        try:
            content = _LAYOUT[self.type].pack(round(number) if whole else number)
        except (struct.error, OverflowError):
            raise ValueError(f"{number:g} does not fit {self.type}") from None
        words = list(struct.unpack(f">{self.type.registers}H", content))
        if self.word_order is First.LITTLE:
            words.reverse()
        return [_ordered(word, self.byte_order) for word in words]


def _ordered(word: int, order: First) -> int:
    """Return the register with its bytes in Modbus' own order (or back: it is its own inverse)."""
    return word if order is First.BIG else (word >> 8) | (word & 0xFF) << 8
