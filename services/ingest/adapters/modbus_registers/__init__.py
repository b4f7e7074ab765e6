"""Modbus TCP by a declared register map (docs/protocols.md).

{id: inverter, protocol: modbus_registers, host: 10.0.0.7, unit: 1, poll: 5s, points: […]}
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from services.energy.site import Source
from services.ingest.adapters.mapping import Order, read_all, read_order, read_scale
from services.ingest.adapters.modbus_registers.register_map import RegisterPoint, Table
from services.ingest.adapters.modbus_registers.values import Encoding, First, NumberType
from services.ingest.adapters.security import check_open
from services.runtime.field_protocols import Claim, Expected, FieldProtocol
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    Misread,
    between,
    duration,
    one_of,
    plain_text,
    whole,
)

if TYPE_CHECKING:
    from services.ingest.adapters.adapter import Adapter, Tools

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
    """A set-point in a holding register."""

    order: Order
    address: int
    encoding: Encoding


@dataclass(frozen=True, slots=True)
class RegisterSettings:
    """One unit with its points and set-points."""

    place: Place
    points: tuple[RegisterPoint, ...]
    setpoints: tuple[DeclaredSetpoint, ...]


def read_place(at: Section) -> Place:
    """Return host, port, unit and polling period of a source."""
    host = at.need("host", plain_text)
    check_open(at, host)
    return at.build_open(
        Place,
        host=host,
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


def _read(at: Section, expected: Expected) -> RegisterSettings:
    orders = (at.may("word_order", _order, First.BIG), at.may("byte_order", _order, First.BIG))
    return at.build_open(
        RegisterSettings,
        place=read_place(at),
        points=read_all(
            at.sections("points"),
            lambda entry: _read_point(entry, expected, *orders),
            ("point", lambda point: point.point_id),
        ),
        setpoints=read_all(
            at.may_sections("setpoints"),
            lambda entry: _read_setpoint(entry, expected, *orders),
            ("device", lambda setpoint: (setpoint.order.device_id, setpoint.order.quantity)),
        ),
    )


def _order(text: str) -> First:
    return First(one_of(*First)(text))


def _table(text: str) -> Table:
    return Table(one_of(*Table)(text))


def _read_encoding(at: Section, words: First, content: First) -> Encoding:
    kind = at.need("type", one_of(*NumberType))
    words, content = at.may("word_order", _order, words), at.may("byte_order", _order, content)
    if WRONG in (kind, words, content):
        return cast(Encoding, WRONG)
    return Encoding(NumberType(kind), words, content)


def _read_point(at: Section, expected: Expected, words: First, content: First) -> RegisterPoint:
    encoding = _read_encoding(at, words, content)
    invalid = at.may("invalid", whole_numbers, NOTHING)
    return at.build(
        RegisterPoint,
        point_id=at.need("point", expected.point),
        table=at.may("table", _table, Table.HOLDING),
        address=at.need("address", address),
        encoding=encoding,
        scale=read_scale(at),
        scale_address=at.may("scale_address", address, None),
        invalid=WRONG if WRONG in (encoding, invalid) else encoding.numbers_of(invalid),
    )


def _read_setpoint(
    at: Section, expected: Expected, words: First, content: First
) -> DeclaredSetpoint:
    return at.build(
        DeclaredSetpoint,
        order=read_order(at, expected),
        address=at.need("address", address),
        encoding=_read_encoding(at, words, content),
    )


def _open(source: Source, tools: "Tools") -> "Adapter":
    from services.ingest.adapters.modbus_registers.adapter import open_registers

    return open_registers(source.id, cast(RegisterSettings, source.settings), tools)


def _claim(settings: RegisterSettings) -> Claim:
    return claim_of(settings.place)


PROTOCOL = FieldProtocol("modbus_registers", _read, _open, _claim)
