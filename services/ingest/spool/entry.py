"""One message on its way to Kafka, as bytes that can tell whether they are whole."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"PFsp"
HEAD = struct.Struct("<4sIIq")  # magic, bytes after the head, checksum, stored at (microseconds)
LENGTHS = struct.Struct("<HHH")  # topic, key, number of headers
HEADER_LENGTHS = struct.Struct("<HH")  # name, value

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of `topic` under `key`; `stored_at_us` is park time in microseconds."""

    topic: str
    key: str
    headers: Headers
    value: bytes
    stored_at_us: int

    @property
    def stream(self) -> tuple[str, str]:
        """Return what must stay in order: topic and key."""
        return self.topic, self.key


@dataclass(frozen=True, slots=True)
class Found:
    """An entry and where it ends in its bytes; `skipped` bytes before it could not be read."""

    entry: Entry
    end: int
    skipped: int


def encoded(entry: Entry) -> bytes:
    """Return the bytes of an entry; `found_in` reads them back."""
    topic, key = entry.topic.encode(), entry.key.encode()
    parts = [LENGTHS.pack(len(topic), len(key), len(entry.headers)), topic, key]
    for name, content in entry.headers:
        parts += [HEADER_LENGTHS.pack(len(name.encode()), len(content)), name.encode(), content]
    body = b"".join([*parts, entry.value])
    return HEAD.pack(MAGIC, len(body), _checksum(entry.stored_at_us, body), entry.stored_at_us) + (
        body
    )


def size_of(entry: Entry) -> int:
    """Return how many bytes `encoded` makes of it."""
    names = len(entry.topic.encode()) + len(entry.key.encode())
    headers = sum(HEADER_LENGTHS.size + len(n.encode()) + len(c) for n, c in entry.headers)
    return HEAD.size + LENGTHS.size + names + headers + len(entry.value)


def found_in(content: bytes, start: int = 0) -> Iterator[Found]:
    """Yield the whole entries from `start` on, passing over bytes that are none.

    What is left after the last one is a torn tail: an append that never ended.
    """
    at = resumed_at = start
    while (at := content.find(MAGIC, at)) >= 0:
        entry = _read(content, at)
        if entry is None:
            at += 1
            continue
        end = at + HEAD.size + HEAD.unpack_from(content, at)[1]
        yield Found(entry, end, at - resumed_at)
        at = resumed_at = end


def _read(content: bytes, at: int) -> Entry | None:
    if len(content) - at < HEAD.size:
        return None
    _, length, checksum, stored_at_us = HEAD.unpack_from(content, at)
    body = content[at + HEAD.size : at + HEAD.size + length]
    if len(body) != length or _checksum(stored_at_us, body) != checksum:
        return None
    return _entry(body, stored_at_us)


def _entry(body: bytes, stored_at_us: int) -> Entry:
    topic_length, key_length, headers = LENGTHS.unpack_from(body)
    at = LENGTHS.size
    topic, at = body[at : at + topic_length].decode(), at + topic_length
    key, at = body[at : at + key_length].decode(), at + key_length
    found = []
    for _ in range(headers):
        name_length, length = HEADER_LENGTHS.unpack_from(body, at)
        at += HEADER_LENGTHS.size
        found.append((body[at : at + name_length].decode(), body[at + name_length :][:length]))
        at += name_length + length
    return Entry(topic, key, tuple(found), body[at:], stored_at_us)


def _checksum(stored_at_us: int, body: bytes) -> int:
    return zlib.crc32(body, stored_at_us & 0xFFFF_FFFF)
