"""MQTT with JSON of any shape, mapped point by point (docs/protocols.md).

{id: meters, protocol: mqtt_json, points: [{point: hall.active_power_w, topic: m/7, value: /kw, …}]}
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from services.energy.site import Source
from services.ingest.adapters.modbus_registers import SETPOINTS, not_zero
from services.ingest.adapters.mqtt_json.mapping import Mapping, TimeFormat, pointer
from services.runtime.field_protocols import Expected, FieldProtocol
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import Misread, not_negative, number, one_of

if TYPE_CHECKING:
    from services.ingest.adapters.adapter import Adapter, Tools

VERSION, VERSIONS = "3.1.1", ("3.1.1", "5")
Pointer = tuple[str, ...]
NONE: Pointer | None = None


@dataclass(frozen=True, slots=True)
class MappedTopic:
    """A point and the topic its JSON comes on."""

    topic: str
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class JsonSetpoint:
    """`W / scale` goes to `value` on `topic`; what the device then holds shows at the other two."""

    device_id: str
    quantity: str
    topic: str
    value: Pointer
    held_topic: str
    held_value: Pointer
    scale: float
    tolerance_w: float


@dataclass(frozen=True, slots=True)
class JsonSettings:
    """All topics of one source on ingest's broker."""

    version: str
    points: tuple[MappedTopic, ...]
    setpoints: tuple[JsonSetpoint, ...]


def a_topic(text: str) -> str:
    """Return the name of one topic; a filter is a mistake."""
    if not text or "+" in text or "#" in text or text.startswith("$"):
        raise Misread("is not a topic", "name one topic, without + and #")
    return text


def a_pointer(text: str) -> Pointer:
    """Return a JSON pointer."""
    try:
        return pointer(text)
    except ValueError as mistake:
        raise Misread("is not a JSON pointer", str(mistake)) from None


def _a_time_format(text: str) -> TimeFormat:
    return TimeFormat(one_of(*TimeFormat)(text))


def _read(at: Section, expected: Expected) -> JsonSettings:
    points = [_read_point(section, expected) for section in at.sections("points")]
    setpoints = [_read_setpoint(section, expected) for section in at.may_sections("setpoints")]
    return at.build_open(
        JsonSettings,
        version=at.may("version", one_of(*VERSIONS), VERSION),
        points=WRONG if WRONG in points else tuple(points),
        setpoints=WRONG if WRONG in setpoints else tuple(setpoints),
    )


def _read_point(at: Section, expected: Expected) -> MappedTopic:
    mapping = at.build_open(
        Mapping,
        point_id=at.need("point", expected.point),
        value=at.need("value", a_pointer),
        time=at.need("time", a_pointer),
        time_format=at.may("time_format", _a_time_format, TimeFormat.ISO),
        scale=at.may("scale", not_zero, 1.0),
        offset=at.may("offset", number, 0.0),
        each=at.may("each", _maybe(a_pointer), NONE),
        quality=at.may("quality", _maybe(a_pointer), NONE),
    )
    return at.build(MappedTopic, topic=at.need("topic", a_topic), mapping=mapping)


def _maybe(reader: Callable[[str], Pointer]) -> Callable[[str], Pointer | None]:
    return reader


def _read_setpoint(at: Section, expected: Expected) -> JsonSetpoint:
    return at.build(
        JsonSetpoint,
        device_id=at.need("device", expected.device),
        quantity=at.need("quantity", one_of(*SETPOINTS)),
        topic=at.need("topic", a_topic),
        value=at.need("value", a_pointer),
        held_topic=at.need("held_topic", a_topic),
        held_value=at.need("held_value", a_pointer),
        scale=at.may("scale", not_zero, 1.0),
        tolerance_w=at.may("tolerance_w", not_negative(number), 1.0),
    )


def _open(source: Source, tools: "Tools") -> "Adapter":
    from services.ingest.adapters.mqtt_json.adapter import JsonAdapter

    return JsonAdapter(source.id, cast(JsonSettings, source.settings), tools)


PROTOCOL = FieldProtocol("mqtt_json", _read, _open)
