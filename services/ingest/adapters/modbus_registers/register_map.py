"""Which registers hold which points, read in few blocks.

A point's value is `number x 10^scale register x scale + offset`, in the unit of its quantity. A
number that is one of the declared `invalid` ones (0x8000, 65535 …), NaN, or of a block that the
unit answered with an exception is INVALID, never zero (§4).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.ingest.adapters.mapping import Scale
from services.ingest.adapters.modbus_registers.values import Encoding, NumberType
from services.ingest.adapters.sample import Sample, sample_of

MOST_REGISTERS = 125  # of one request (Modbus application protocol 1.1b3, 6.3)
WIDEST_GAP = 8  # reading so many unused registers costs less than another request
SCALE_FACTOR = Encoding(NumberType.INT16)
UNSCALED = Scale()


class Table(StrEnum):
    """The two register tables of Modbus."""

    HOLDING = "holding"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class RegisterPoint:
    """One point; `scale_address` names an int16 register with a power of ten, when there is one."""

    point_id: str
    table: Table
    address: int
    encoding: Encoding
    scale: Scale = UNSCALED
    scale_address: int | None = None
    invalid: frozenset[int] = frozenset()

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield the half-open register ranges it needs."""
        yield self.address, self.address + self.encoding.type.registers
        if self.scale_address is not None:
            yield self.scale_address, self.scale_address + 1


@dataclass(frozen=True, slots=True)
class Block:
    """One read request: `count` registers from `address` on."""

    table: Table
    address: int
    count: int


def blocks_of(points: Iterable[RegisterPoint]) -> list[Block]:
    """Return the fewest requests that cover all points without splitting a number."""
    spans = sorted({(p.table, *span) for p in points for span in p.spans()})
    blocks: list[Block] = []
    for table, start, stop in spans:
        if blocks and (joined := _joined(blocks[-1], table, start, stop)):
            blocks[-1] = joined
        else:
            blocks.append(Block(table, start, stop - start))
    return blocks


def _joined(block: Block, table: Table, start: int, stop: int) -> Block | None:
    end = block.address + block.count
    count = max(end, stop) - block.address
    if block.table is not table or start > end + WIDEST_GAP or count > MOST_REGISTERS:
        return None
    return Block(table, block.address, count)


def split(block: Block, points: Iterable[RegisterPoint]) -> list[Block]:
    """Return a request for each number in a block: a unit that has gaps refuses the whole block."""
    spans = {span for p in points if p.table is block.table for span in p.spans()}
    inside = sorted(s for s in spans if block.address <= s[0] < block.address + block.count)
    return [Block(block.table, start, stop - start) for start, stop in inside]


@dataclass(slots=True)
class Image:
    """What one round of reading found. Of a refused block only the moment is known."""

    held: dict[tuple[Table, int], int] = field(default_factory=dict)
    answered_us: dict[tuple[Table, int], int] = field(default_factory=dict)

    def put(self, block: Block, registers: Sequence[int] | None, answered_us: int) -> None:
        """Take in the answer to a request and when it came; None is a refusal."""
        for number in range(block.count):
            place = (block.table, block.address + number)
            self.answered_us[place] = answered_us
            if registers is not None:
                self.held[place] = registers[number]

    def number(self, table: Table, address: int, encoding: Encoding) -> int | float | None:
        """Return the number at an address; None when a register of it is absent."""
        places = range(address, address + encoding.type.registers)
        registers = [self.held.get((table, place)) for place in places]
        known = [register for register in registers if register is not None]
        return encoding.decode(known) if len(known) == len(registers) else None


def value_of(point: RegisterPoint, image: Image) -> float:
    """Return the point's value in the unit of its quantity; NaN when there is none."""
    number = image.number(point.table, point.address, point.encoding)
    if number is None or number in point.invalid:
        return math.nan
    if point.scale_address is not None:
        power = image.number(point.table, point.scale_address, SCALE_FACTOR)
        if power is None or not -10 <= power <= 10:
            return math.nan
        number = times_ten_to(number, int(power))
    return point.scale.ours(number)


def times_ten_to(number: float, power: int) -> float:
    """Return number x 10^power, exact where decimals are (12345 x 10^-2 is 123.45)."""
    return float(number * 10**power if power >= 0 else number / 10**-power)


def samples_of(points: Iterable[RegisterPoint], image: Image) -> list[Sample]:
    """Return a sample of every point whose block was answered, stamped with that moment."""
    stamped = ((p, image.answered_us.get((p.table, p.address))) for p in points)
    return [
        sample_of(point.point_id, answered_us, value_of(point, image))
        for point, answered_us in stamped
        if answered_us is not None
    ]
