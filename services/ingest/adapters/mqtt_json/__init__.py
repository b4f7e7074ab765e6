"""MQTT with JSON of any shape, mapped point by point (docs/protocols.md).

{id: meters, protocol: mqtt_json, points: [{point: hall.active_power_w, topic: m/7, value: /kw, …}]}
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from services.energy.site import Source
from services.ingest.adapters.mapping import Order, read_all, read_order, read_scale
from services.ingest.adapters.mqtt_json.mapping import Mapping, TimeFormat, pointer
from services.runtime.field_protocols import Expected, FieldProtocol
from services.runtime.park_file_sections import Section
from services.runtime.park_file_values import Misread, one_of

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
    """It goes to `value` on `topic`; what the device then holds shows at the other two."""

    order: Order
    topic: str
    value: Pointer
    held_topic: str
    held_value: Pointer


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
    return at.build_open(
        JsonSettings,
        version=at.may("version", one_of(*VERSIONS), VERSION),
        points=read_all(
            at.sections("points"),
            lambda entry: _read_point(entry, expected),
            ("point", lambda point: point.mapping.point_id),
        ),
        setpoints=read_all(
            at.may_sections("setpoints"),
            lambda entry: _read_setpoint(entry, expected),
            ("device", lambda setpoint: (setpoint.order.device_id, setpoint.order.quantity)),
        ),
    )


def _read_point(at: Section, expected: Expected) -> MappedTopic:
    mapping = at.build_open(
        Mapping,
        point_id=at.need("point", expected.point),
        value=at.need("value", a_pointer),
        time=at.need("time", a_pointer),
        time_format=at.may("time_format", _a_time_format, TimeFormat.ISO),
        scale=read_scale(at),
        each=at.may("each", _maybe(a_pointer), NONE),
        quality=at.may("quality", _maybe(a_pointer), NONE),
    )
    return at.build(MappedTopic, topic=at.need("topic", a_topic), mapping=mapping)


def _maybe(reader: Callable[[str], Pointer]) -> Callable[[str], Pointer | None]:
    return reader


def _read_setpoint(at: Section, expected: Expected) -> JsonSetpoint:
    return at.build(
        JsonSetpoint,
        order=read_order(at, expected),
        topic=at.need("topic", a_topic),
        value=at.need("value", a_pointer),
        held_topic=at.need("held_topic", a_topic),
        held_value=at.need("held_value", a_pointer),
    )


def _open(source: Source, tools: "Tools") -> "Adapter":
    from services.ingest.adapters.mqtt_json.adapter import JsonAdapter

    return JsonAdapter(source.id, cast(JsonSettings, source.settings), tools)


PROTOCOL = FieldProtocol("mqtt_json", _read, _open)
