"""An edge node of Sparkplug B as its messages describe it: births, aliases, sequence, death.

`advance` is a pure step. What a host must do follows from the specification (chapter 5): names come
with births, data may name by alias, a break of the sequence or an unknown alias asks for a rebirth,
a death whose bdSeq is not the living birth's belongs to an earlier session and says nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.ingest.adapters.sparkplug.payload import Message, Metric

SEQUENCE = 256
BD_SEQ = "bdSeq"
NAMES_AT_MOST, DEVICES_AT_MOST = 100_000, 1_000


@dataclass(frozen=True, slots=True)
class Topic:
    """`spBv1.0/<group>/<kind>/<node>[/<device>]`; `device` is empty for the node itself."""

    group: str
    kind: str
    node: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """What is known of an edge node. Aliases are the node's, over all its devices."""

    alive: bool = False
    bd_seq: float | None = None
    next_seq: int | None = None
    names: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # alias: device, name
    datatypes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    devices: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says. `died` names the devices ("" the node) that are dead by it."""

    node: Node
    metrics: tuple[tuple[str, Metric], ...] = ()  # device, metric with its name
    nameless: int = 0  # metrics whose alias no birth has named
    rebirth_because: str = ""
    died: frozenset[str] = frozenset()


def topic_of(text: str) -> Topic | None:
    """Return the parts of a topic; None when it is not one of an edge node."""
    parts = text.split("/")
    if parts[0] != "spBv1.0" or len(parts) not in (4, 5):
        return None
    return Topic(*parts[1:])


def advance(node: Node, topic: Topic, message: Message) -> Told:
    """Return what a message tells of its node."""
    match topic.kind:
        case "NBIRTH":
            return _born(node, message)
        case "DBIRTH" if not node.alive:
            told = Told(node, rebirth_because=f"device {topic.device} was born before its node")
            return replace(told, metrics=_values(topic.device, message))
        case "DBIRTH":
            return _named(_counted(node, message), topic.device, message)
        case "NDATA" | "DDATA":
            return _said(node, topic.device, message)
        case "NDEATH":
            return _dead(node, message)
        case "DDEATH":
            gone = replace(node, devices=node.devices - {topic.device})
            told = _counted(gone, message)
            return replace(told, died=frozenset({topic.device}))
    return Told(node)


def _born(node: Node, message: Message) -> Told:
    counter = message.metric(BD_SEQ)
    born = Node(
        alive=True,
        bd_seq=None if counter is None else counter.value,
        next_seq=_after(message.seq),
    )
    return _named(Told(born, died=node.devices), "", message)


def _named(told: Told, device: str, message: Message) -> Told:
    """Return the node with the names that a birth gives, and the values it carries."""
    named = [m for m in message.metrics if m.name is not None]
    node = told.node
    aliases = {m.alias: (device, m.name or "") for m in named if m.alias is not None}
    types = {(device, m.name or ""): m.datatype for m in named if m.datatype is not None}
    node = replace(
        node,
        names={**node.names, **aliases},
        datatypes={**node.datatypes, **types},
        devices=node.devices | ({device} if device else set()),
    )
    for kind, known in (("aliases", node.names), ("metrics", node.datatypes)):
        if len(known) > NAMES_AT_MOST:
            raise ValueError(f"an edge node named {len(known)} {kind}; at most {NAMES_AT_MOST}")
    if len(node.devices) > DEVICES_AT_MOST:
        raise ValueError(f"an edge node has {len(node.devices)} devices; at most {DEVICES_AT_MOST}")
    return replace(told, node=node, metrics=_values(device, message), died=told.died - {device})


def _values(device: str, message: Message) -> tuple[tuple[str, Metric], ...]:
    return tuple((device, metric) for metric in message.metrics if metric.name is not None)


def _said(node: Node, device: str, message: Message) -> Told:
    told = _counted(node, message)
    found = [(_name_of(node, device, m), m) for m in message.metrics]
    values = tuple((place[0], replace(m, name=place[1])) for place, m in found if place)
    nameless = len(found) - len(values)
    because = told.rebirth_because
    if not node.alive:
        because = "it sends data and its birth was not seen"
    elif nameless and not because:
        because = f"{nameless} aliases have no name"
    return replace(told, metrics=values, nameless=nameless, rebirth_because=because)


def _name_of(node: Node, device: str, metric: Metric) -> tuple[str, str] | None:
    if metric.name is not None:
        return device, metric.name
    place = node.names.get(metric.alias) if metric.alias is not None else None
    return place if place is not None and place[0] == device else None


def _dead(node: Node, message: Message) -> Told:
    counter = message.metric(BD_SEQ)
    other = counter is not None and node.bd_seq is not None and counter.value != node.bd_seq
    if other or not node.alive:
        return Told(node)
    return Told(Node(), died=node.devices | {""})


def _counted(node: Node, message: Message) -> Told:
    """Return the node one message further, and why a rebirth is needed if one was missed."""
    because = ""
    if node.next_seq is not None and message.seq != node.next_seq:
        because = f"sequence {message.seq} came instead of {node.next_seq}"
    return Told(replace(node, next_seq=_after(message.seq)), rebirth_because=because)


def _after(seq: int | None) -> int | None:
    return None if seq is None else (seq + 1) % SEQUENCE
