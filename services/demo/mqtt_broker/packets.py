"""MQTT 3.1.1 packets as values; pure. Section numbers are those of the OASIS standard."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

LARGEST_PACKET_BYTES = 8 * 1024 * 1024
PROTOCOL_LEVEL = 4


class Kind(IntEnum):
    """Control packet types (2.2.1)."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14


class ProtocolViolation(Exception):
    """The peer sent what MQTT 3.1.1 does not allow, or what this broker leaves out."""


@dataclass(frozen=True, slots=True)
class Message:
    """An application message; `qos` is 0 or 1."""

    topic: str
    payload: bytes
    qos: int
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Connect:
    """A client's wish to connect (3.1)."""

    client_id: str
    clean_session: bool
    keep_alive_s: int
    will: Message | None
    level: int = PROTOCOL_LEVEL


@dataclass(frozen=True, slots=True)
class Publish:
    """A message on its way in (3.3); `packet_id` is 0 for QoS 0."""

    message: Message
    packet_id: int


class Fields:
    """A cursor over a packet's body."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._body)

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes."""
        piece = self._body[self._at : self._at + length]
        if len(piece) < length:
            raise ProtocolViolation("a packet ends before its last field")
        self._at += length
        return piece

    def byte(self) -> int:
        """Return the next byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """Return the next 16-bit number."""
        return int.from_bytes(self.take(2), "big")

    def binary(self) -> bytes:
        """Return the next length-prefixed bytes."""
        return self.take(self.number())

    def text(self) -> str:
        """Return the next UTF-8 string (1.5.3)."""
        try:
            return self.binary().decode()
        except UnicodeDecodeError as error:
            raise ProtocolViolation("a string is not UTF-8") from error

    def rest(self) -> bytes:
        """Return all that is left."""
        return self.take(len(self._body) - self._at)


def decode_connect(body: bytes) -> Connect:
    """Read a CONNECT (3.1); a login is read over, not checked."""
    fields = Fields(body)
    if fields.text() != "MQTT":
        raise ProtocolViolation("the protocol is not MQTT")
    level, flags, keep_alive_s = fields.byte(), fields.byte(), fields.number()
    if level != PROTOCOL_LEVEL:
        return Connect("", clean_session=True, keep_alive_s=0, will=None, level=level)
    client_id = fields.text()
    will = None
    if flags & 0x04:
        topic, payload = fields.text(), fields.binary()
        will = Message(topic, payload, min(flags >> 3 & 3, 1), bool(flags & 0x20))
    return Connect(client_id, bool(flags & 0x02), keep_alive_s, will)


def decode_publish(flags: int, body: bytes) -> Publish:
    """Read a PUBLISH (3.3)."""
    qos = flags >> 1 & 3
    if qos > 1:
        raise ProtocolViolation("QoS 2 is not offered")
    fields = Fields(body)
    topic = fields.text()
    if not topic or "+" in topic or "#" in topic:
        raise ProtocolViolation(f"{topic!r} is no topic to publish to")
    packet_id = fields.number() if qos else 0
    return Publish(Message(topic, fields.rest(), qos, bool(flags & 1)), packet_id)


def decode_subscribe(body: bytes) -> tuple[int, list[tuple[str, int]]]:
    """Read a SUBSCRIBE (3.8): packet id, and (filter, granted QoS) pairs."""
    fields = Fields(body)
    packet_id = fields.number()
    wishes = []
    while fields:
        wishes.append((fields.text(), min(fields.byte() & 3, 1)))
    return packet_id, wishes


def decode_unsubscribe(body: bytes) -> tuple[int, list[str]]:
    """Read an UNSUBSCRIBE (3.10): packet id and filters."""
    fields = Fields(body)
    packet_id = fields.number()
    filters = []
    while fields:
        filters.append(fields.text())
    return packet_id, filters


def encode(kind: Kind, flags: int, body: bytes) -> bytes:
    """Return a whole packet (2.2)."""
    return bytes([kind << 4 | flags, *_length(len(body))]) + body


def encode_publish(message: Message, packet_id: int, *, again: bool) -> bytes:
    """Return a PUBLISH; `again` marks a repetition (3.3.1.1)."""
    topic = message.topic.encode()
    flags = (again and message.qos > 0) << 3 | message.qos << 1 | message.retain
    number = struct.pack(">H", packet_id) if message.qos else b""
    return encode(
        Kind.PUBLISH, flags, struct.pack(">H", len(topic)) + topic + number + message.payload
    )


def _length(size: int) -> Iterator[int]:
    """Yield `size` in groups of seven bits, the lowest first (2.2.3)."""
    while size > 0x7F:
        yield size & 0x7F | 0x80
        size >>= 7
    yield size
