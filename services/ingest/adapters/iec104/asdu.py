"""What stands in an application data unit of IEC 60870-5-104: values, tags, confirmations. Pure.

Read here and not by the library because a station may show the same object with a time tag (when
it changes) and without (when it is interrogated), and because one unit holds many objects.
"""

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.energy.readings import FieldQuality
from services.energy.time_grid import to_microseconds
from services.ingest.adapters.iec104 import Address

HEAD = struct.Struct("<BBBBH")  # type, number of objects, cause, originator, station
APCI_BYTES, TAG_BYTES, OBJECT_BYTES = 6, 7, 3
SEQUENCE, NEGATIVE, TEST, CAUSE = 0x80, 0x40, 0x80, 0x3F
SET_SHORT, INTERROGATION = 50, 100  # C_SE_NC_1, C_IC_NA_1
CONFIRMED, ENDED = 7, 10
UNKNOWN = {44: "type", 45: "cause", 46: "station", 47: "object address"}
IV, NT, SB, BL, OV = 0x80, 0x40, 0x20, 0x10, 0x01
CA_ADJUSTED = 0x40


class Garbled(Exception):
    """Bytes that cannot be what the standard says; the text says why."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A time tag: event time in microseconds, and whether the station's clock was right."""

    time_us: int
    valid: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One object's value as the station shows it; NaN where it is none."""

    address: Address
    value: float
    quality: FieldQuality
    tag: Tag | None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the station says of a set-point command: taken up, refused (with why), or ended."""

    address: Address
    selecting: bool
    refused: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Interrogated:
    """What a station says of being interrogated: it does so, or refuses and why."""

    station: int
    refused: str


@dataclass(frozen=True, slots=True)
class _Kind:
    size: int
    read: Callable[[bytes], tuple[float, FieldQuality]]
    tagged: bool = False


def shown_in(apdu: bytes, zone: ZoneInfo) -> list[Shown]:
    """Return the values in a frame, none when it carries none; Garbled says why it cannot be."""
    unit = _unit(apdu)
    if unit is None or unit[0] >= 45:
        return []
    type_id, number, cause, _, station = HEAD.unpack_from(unit)
    if cause & TEST:
        return []
    if type_id not in _KINDS:
        raise Garbled(f"type {type_id} is not read; those of 104 with CP56Time2a or no tag are")
    kind = _KINDS[type_id]
    return [
        Shown(Address(station, object_id), *kind.read(element), _tag(element, kind, zone))
        for object_id, element in _objects(unit, number, kind.size + TAG_BYTES * kind.tagged)
    ]


def confirmation_in(apdu: bytes) -> Confirmation | None:
    """Return what a frame says of a set-point command; None when it says nothing of one."""
    unit = _unit(apdu)
    if unit is None or unit[0] != SET_SHORT or len(unit) < HEAD.size + OBJECT_BYTES + 5:
        return None
    _, _, cause, _, station = HEAD.unpack_from(unit)
    if cause & CAUSE not in (CONFIRMED, ENDED, *UNKNOWN):
        return None  # such as our own command, sent back
    object_id = int.from_bytes(unit[HEAD.size : HEAD.size + OBJECT_BYTES], "little")
    selecting = bool(unit[HEAD.size + OBJECT_BYTES + 4] & 0x80)
    ended = cause & CAUSE == ENDED
    return Confirmation(Address(station, object_id), selecting, _refusal(cause), ended)


def interrogated_in(apdu: bytes) -> Interrogated | None:
    """Return what a frame says of a general interrogation; None when it says nothing of one."""
    unit = _unit(apdu)
    if unit is None or unit[0] != INTERROGATION:
        return None
    _, _, cause, _, station = HEAD.unpack_from(unit)
    answers = cause & CAUSE in (CONFIRMED, ENDED)
    return Interrogated(station, _refusal(cause) or ("" if answers else f"cause {cause & CAUSE}"))


def _refusal(cause: int) -> str:
    """Return why a command is refused; nothing when it is not."""
    if (why := cause & CAUSE) in UNKNOWN:
        return f"unknown {UNKNOWN[why]}"
    return "negative confirmation" if cause & NEGATIVE else ""


def _unit(apdu: bytes) -> bytes | None:
    """Return the data unit of an I-frame; None for a supervisory one."""
    if len(apdu) < APCI_BYTES or apdu[0] != 0x68 or apdu[1] != len(apdu) - 2:
        raise Garbled(f"{len(apdu)} bytes {apdu[:8].hex()}… are no frame")
    if apdu[2] & 1:
        return None
    if len(apdu) < APCI_BYTES + HEAD.size:
        raise Garbled(f"a data unit of {len(apdu) - APCI_BYTES} bytes has no head")
    return apdu[APCI_BYTES:]


def _objects(unit: bytes, number: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield object address and element; one address and its followers in a sequence."""
    count, at = number & 0x7F, HEAD.size
    step = size if number & SEQUENCE else size + OBJECT_BYTES
    wanted = at + count * step + (OBJECT_BYTES if number & SEQUENCE else 0)
    if len(unit) != wanted:
        raise Garbled(f"type {unit[0]} with {count} objects has {len(unit)} bytes, not {wanted}")
    first = int.from_bytes(unit[at : at + OBJECT_BYTES], "little")
    for place in range(count):
        if number & SEQUENCE:
            start = at + OBJECT_BYTES + place * size
            yield first + place, unit[start : start + size]
        else:
            start = at + place * step
            object_id = int.from_bytes(unit[start : start + OBJECT_BYTES], "little")
            yield object_id, unit[start + OBJECT_BYTES : start + step]


def _tag(element: bytes, kind: _Kind, zone: ZoneInfo) -> Tag | None:
    """Return the CP56Time2a at an element's end; its summer bit decides the hour that is twice."""
    if not kind.tagged:
        return None
    milliseconds, minute, hour, day, month, year = struct.unpack("<HBBBBB", element[-TAG_BYTES:])
    try:
        moment = datetime(
            2000 + (year & 0x7F),
            month & 0x0F,
            day & 0x1F,
            hour & 0x1F,
            minute & 0x3F,
            milliseconds // 1000,
            milliseconds % 1000 * 1000,
            tzinfo=zone,
            fold=0 if hour & 0x80 else 1,
        )
    except ValueError as mistake:
        raise Garbled(f"time tag {element[-TAG_BYTES:].hex()}: {mistake}") from None
    return Tag(to_microseconds(moment), not minute & IV)


def _described(bits: int) -> FieldQuality:
    """Return the quality of a descriptor: invalid or overflown; old, replaced or blocked."""
    if bits & (IV | OV):
        return FieldQuality.INVALID
    return FieldQuality.QUESTIONABLE if bits & (NT | SB | BL) else FieldQuality.GOOD


def _single(element: bytes) -> tuple[float, FieldQuality]:
    return float(element[0] & 1), _described(element[0] & 0xF0)


def _double(element: bytes) -> tuple[float, FieldQuality]:
    state = element[0] & 3
    if state in (0, 3):
        return math.nan, FieldQuality.INVALID
    return float(state - 1), _described(element[0] & 0xF0)


def _step(element: bytes) -> tuple[float, FieldQuality]:
    position = element[0] & 0x7F
    return float(position - 128 if position > 63 else position), _described(element[1])


def _number(layout: str, factor: float = 1.0) -> Callable[[bytes], tuple[float, FieldQuality]]:
    numbers = struct.Struct(layout)

    def read(element: bytes) -> tuple[float, FieldQuality]:
        value = numbers.unpack_from(element)[0] * factor
        described = _described(element[numbers.size]) if len(element) > numbers.size else None
        if not math.isfinite(value):
            return math.nan, FieldQuality.INVALID
        return value, FieldQuality.GOOD if described is None else described

    return read


def _counter(element: bytes) -> tuple[float, FieldQuality]:
    (value,) = struct.unpack_from("<i", element)
    if element[4] & IV:
        return float(value), FieldQuality.INVALID
    return float(value), FieldQuality.QUESTIONABLE if element[
        4
    ] & CA_ADJUSTED else FieldQuality.GOOD


_UNTAGGED = {
    1: (30, _Kind(1, _single)),
    3: (31, _Kind(1, _double)),
    5: (32, _Kind(2, _step)),
    7: (33, _Kind(5, _number("<I"))),
    9: (34, _Kind(3, _number("<h", 1 / 32768))),
    11: (35, _Kind(3, _number("<h"))),
    13: (36, _Kind(5, _number("<f"))),
    15: (37, _Kind(5, _counter)),
}
_KINDS = (
    {plain: kind for plain, (_, kind) in _UNTAGGED.items()}
    | {tagged: _Kind(kind.size, kind.read, tagged=True) for tagged, kind in _UNTAGGED.values()}
    | {21: _Kind(2, _number("<h", 1 / 32768))}  # normalised, without a descriptor
)
