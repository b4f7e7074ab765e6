"""Modbus TCP by a declared register map (docs/protocols.md).

{id: inverter, protocol: modbus_registers, host: 10.0.0.7, unit: 1, poll: 5s, points: […]}
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from services.energy.site import Source
from services.ingest.adapters.modbus_registers.register_map import RegisterPoint, Table
from services.ingest.adapters.modbus_registers.values import Encoding, NumberType, Order
from services.runtime.field_protocols import Claim, Expected, FieldProtocol
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    Misread,
    between,
    duration,
    number,
    one_of,
    plain_text,
    whole,
)

if TYPE_CHECKING:
    from services.ingest.adapters.adapter import Adapter, Tools

SETPOINTS = ("active_power_w", "active_power_limit_w")
POLL = timedelta(seconds=5)
NOTHING: frozenset[int] = frozenset()
address = between(0, 65535, whole)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit is."""

    host: str
    port: int
    unit: int
    poll: timedelta


@dataclass(frozen=True, slots=True)
class DeclaredSetpoint:
    """A quantity of a device in a holding register that holds `W / scale`."""

    device_id: str
    quantity: str
    address: int
    encoding: Encoding
    scale: float


@dataclass(frozen=True, slots=True)
class RegisterSettings:
    """One unit with its points and set-points."""

    place: Place
    points: tuple[RegisterPoint, ...]
    setpoints: tuple[DeclaredSetpoint, ...]


def read_place(at: Section) -> Place:
    """Return host, port, unit and polling period of a source."""
    return at.build_open(
        Place,
        host=at.need("host", plain_text),
        port=at.may("port", between(1, 65535, whole), 502),
        unit=at.may("unit", between(0, 255, whole), 1),
        poll=at.may("poll", duration, POLL),
    )


def claim_of(place: Place) -> Claim:
    """Return that only one source may poll a unit."""
    what = f"{place.unit} at {place.host}:{place.port}"
    return Claim("unit", what, "one source a unit", (place.host, place.port, place.unit))


def whole_numbers(text: str) -> frozenset[int]:
    """Return the numbers of a text like `0x8000` or `0xFFFF, 0x7FFF`."""
    try:
        return frozenset(int(part.strip(), 0) for part in text.split(","))
    except ValueError:
        raise Misread("is not a list of numbers", "write e.g. 0x8000 or 0xFFFF, 0x7FFF") from None


def not_zero(text: str) -> float:
    """Return a factor; zero would make every value zero."""
    if (factor := number(text)) == 0:
        raise Misread("is zero", "write what one count of the register is in the quantity's unit")
    return factor


def _read(at: Section, expected: Expected) -> RegisterSettings:
    orders = (at.may("word_order", _order, Order.BIG), at.may("byte_order", _order, Order.BIG))
    points = [_read_point(p, expected, *orders) for p in at.sections("points")]
    setpoints = [_read_setpoint(s, expected, *orders) for s in at.may_sections("setpoints")]
    return at.build_open(
        RegisterSettings,
        place=read_place(at),
        points=WRONG if WRONG in points else tuple(points),
        setpoints=WRONG if WRONG in setpoints else tuple(setpoints),
    )


def _order(text: str) -> Order:
    return Order(one_of(*Order)(text))


def _table(text: str) -> Table:
    return Table(one_of(*Table)(text))


def _read_encoding(at: Section, words: Order, content: Order) -> Encoding:
    kind = at.need("type", one_of(*NumberType))
    words, content = at.may("word_order", _order, words), at.may("byte_order", _order, content)
    if WRONG in (kind, words, content):
        return cast(Encoding, WRONG)
    return Encoding(NumberType(kind), words, content)


def _read_point(at: Section, expected: Expected, words: Order, content: Order) -> RegisterPoint:
    encoding = _read_encoding(at, words, content)
    invalid = at.may("invalid", whole_numbers, NOTHING)
    return at.build(
        RegisterPoint,
        point_id=at.need("point", expected.point),
        table=at.may("table", _table, Table.HOLDING),
        address=at.need("address", address),
        encoding=encoding,
        scale=at.may("scale", not_zero, 1.0),
        offset=at.may("offset", number, 0.0),
        scale_address=at.may("scale_address", address, None),
        invalid=WRONG if WRONG in (encoding, invalid) else encoding.numbers_of(invalid),
    )


def _read_setpoint(
    at: Section, expected: Expected, words: Order, content: Order
) -> DeclaredSetpoint:
    return at.build(
        DeclaredSetpoint,
        device_id=at.need("device", expected.device),
        quantity=at.need("quantity", one_of(*SETPOINTS)),
        address=at.need("address", address),
        encoding=_read_encoding(at, words, content),
        scale=at.may("scale", not_zero, 1.0),
    )


def _open(source: Source, tools: "Tools") -> "Adapter":
    from services.ingest.adapters.modbus_registers.adapter import open_registers

    return open_registers(source.id, cast(RegisterSettings, source.settings), tools)


def _claim(settings: RegisterSettings) -> Claim:
    return claim_of(settings.place)


PROTOCOL = FieldProtocol("modbus_registers", _read, _open, _claim)
