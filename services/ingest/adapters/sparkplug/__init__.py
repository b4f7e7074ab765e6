"""MQTT with Sparkplug B: edge nodes, their devices and metrics (docs/protocols.md).

{id: bess, protocol: sparkplug_b, group: plant, host: parkflow, points: […]}
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from services.energy.site import Source
from services.ingest.adapters.mapping import Order, Scale, read_all, read_order, read_scale
from services.runtime.field_protocols import Claim, Expected, FieldProtocol
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import Misread, one_of, plain_text

if TYPE_CHECKING:
    from services.ingest.adapters.adapter import Adapter, Tools

VERSION, VERSIONS = "3.1.1", ("3.1.1", "5")


@dataclass(frozen=True, slots=True)
class Place:
    """A metric of a device of an edge node; `device` is empty for one of the node itself."""

    node: str
    device: str
    metric: str


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """Where one point stands."""

    point_id: str
    place: Place
    scale: Scale


@dataclass(frozen=True, slots=True)
class MetricSetpoint:
    """It is written to `place`; what the device then holds shows at `held`."""

    order: Order
    place: Place
    held: Place


@dataclass(frozen=True, slots=True)
class SparkplugSettings:
    """Edge nodes of one group on ingest's broker; `host` is our host application id."""

    group: str
    host: str
    version: str
    points: tuple[MetricPoint, ...]
    setpoints: tuple[MetricSetpoint, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """Return the edge nodes that are listened to."""
        places = [*(p.place for p in self.points), *(s.place for s in self.setpoints)]
        return tuple(sorted({place.node for place in places}))


def topic_part(text: str) -> str:
    """Return one level of a Sparkplug topic."""
    if not text.strip() or any(character in text for character in "+/#"):
        raise Misread("is not a Sparkplug id", "write it without +, / and #")
    return text


def _read(at: Section, expected: Expected) -> SparkplugSettings:
    return at.build_open(
        SparkplugSettings,
        group=at.need("group", topic_part),
        host=at.may("host", topic_part, "parkflow"),
        version=at.may("version", one_of(*VERSIONS), VERSION),
        points=read_all(
            at.sections("points"),
            lambda entry: _read_point(entry, expected),
            ("point", lambda point: point.point_id),
        ),
        setpoints=read_all(
            at.may_sections("setpoints"),
            lambda entry: _read_setpoint(entry, expected),
            ("device", lambda setpoint: (setpoint.order.device_id, setpoint.order.quantity)),
        ),
    )


def _read_place(at: Section) -> Place:
    return at.build_open(
        Place,
        node=at.need("edge_node", topic_part),
        device=at.may("edge_device", topic_part, ""),
        metric=at.need("metric", plain_text),
    )


def _read_point(at: Section, expected: Expected) -> MetricPoint:
    return at.build(
        MetricPoint,
        point_id=at.need("point", expected.point),
        place=_read_place(at),
        scale=read_scale(at),
    )


def _read_setpoint(at: Section, expected: Expected) -> MetricSetpoint:
    place, held = _read_place(at), at.may("held_metric", plain_text, "")
    wrong = WRONG in (place, held)
    return at.build(
        MetricSetpoint,
        order=read_order(at, expected),
        place=place,
        held=WRONG if wrong else Place(place.node, place.device, held or place.metric),
    )


def _open(source: Source, tools: "Tools") -> "Adapter":
    from services.ingest.adapters.sparkplug.adapter import SparkplugAdapter

    return SparkplugAdapter(source.id, cast(SparkplugSettings, source.settings), tools)


def _claim(settings: SparkplugSettings) -> Claim:
    what = f"the host id {settings.host}"
    return Claim("host", what, "give each source a host of its own", settings.host)


PROTOCOL = FieldProtocol("sparkplug_b", _read, _open, _claim)
