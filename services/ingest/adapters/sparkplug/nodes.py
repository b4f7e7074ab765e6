"""The edge nodes of a source: each message becomes samples, dead letters and wishes."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from services.energy.readings import FieldQuality
from services.ingest.adapters.sample import Sample, sample_of
from services.ingest.adapters.sparkplug import MetricPoint, Place
from services.ingest.adapters.sparkplug.node import Node, Told, advance, topic_of
from services.ingest.adapters.sparkplug.payload import (
    DOUBLE,
    Metric,
    Unreadable,
    message_of,
)

MOST_MISTAKES = 10


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message came to: samples, what every metric shows, and what is wrong with it."""

    samples: list[Sample] = field(default_factory=list)
    shown: list[tuple[Place, float]] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    node: str = ""
    born: Place | None = None  # without a metric: the node or device whose birth it is
    rebirth_because: str = ""


class Nodes:
    """All edge nodes of one source."""

    def __init__(self, points: Iterable[MetricPoint]) -> None:
        self._nodes: dict[str, Node] = defaultdict(Node)
        self._points: dict[Place, list[MetricPoint]] = defaultdict(list)
        for point in points:
            self._points[point.place].append(point)

    def is_alive(self, place: Place) -> bool:
        """Whether the node of a place, and its device if it is one, have been born and not died."""
        node = self._nodes[place.node]
        return node.alive and (not place.device or place.device in node.devices)

    def datatype_of(self, place: Place) -> int:
        """Return the data type a birth gave a metric; a double when it gave none."""
        return self._nodes[place.node].datatypes.get((place.device, place.metric), DOUBLE)

    def hear(self, topic_text: str, payload: bytes, now_us: int) -> Heard:
        """Take in one message that came at `now_us`."""
        topic = topic_of(topic_text)
        if topic is None:
            return Heard(mistakes=[f"{topic_text[:80]!r} is not a topic of an edge node"])
        try:
            told = advance(self._nodes[topic.node], topic, message_of(payload))
        except (Unreadable, ValueError) as mistake:
            return Heard(mistakes=[str(mistake)], node=topic.node)
        except Exception as defect:  # it would block one place of the broker's window for ever
            return Heard(mistakes=[f"a defect of ingest: {defect!r}"], node=topic.node)
        self._nodes[topic.node] = told.node
        born = Place(topic.node, topic.device, "") if topic.kind.endswith("BIRTH") else None
        return replace(self._heard(topic.node, told, now_us), born=born)

    def _heard(self, node: str, told: Told, now_us: int) -> Heard:
        heard = Heard(node=node, rebirth_because=told.rebirth_because)
        heard.samples.extend(self._ended(node, told.died, now_us))
        if told.nameless:
            heard.mistakes.append(f"{told.nameless} metrics have aliases that no birth has named")
        for device, metric in told.metrics:
            place = Place(node, device, metric.name or "")
            if not metric.historical:
                heard.shown.append((place, metric.value))
            for point in self._points.get(place, ()):
                _add(heard, point, metric)
        return heard

    def _ended(self, node: str, devices: frozenset[str], now_us: int) -> list[Sample]:
        """Return that nothing is known any more of what the dead devices showed."""
        return [
            Sample(point.point_id, now_us, math.nan, FieldQuality.INVALID)
            for place, points in self._points.items()
            for point in points
            if place.node == node and place.device in devices
        ]


def _add(heard: Heard, point: MetricPoint, metric: Metric) -> None:
    if metric.time_us is None:
        if len(heard.mistakes) < MOST_MISTAKES:
            heard.mistakes.append(f"metric {metric.name!r} has no time, and its payload has none")
        return
    value = point.scale.ours(metric.value)
    heard.samples.append(sample_of(point.point_id, metric.time_us, value, metric.quality))
