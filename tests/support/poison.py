"""Frames spoiled in every way that a wire, a disk or a wrong writer spoils them; seeded."""

import random
from collections.abc import Callable

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame

Bytes = Callable[[bytes, random.Random], bytes]
Fields = Callable[[RawFrame, random.Random], None]
COLUMNS = {"point_index": 4, "event_time_us": 8, "value": 8, "quality": 1}
LARGEST = b"\xff\xff\xff\x7f"


def flip_bits(payload: bytes, chance: random.Random) -> bytes:
    """Turn one to four bits over."""
    spoiled = bytearray(payload)
    for _ in range(chance.randint(1, 4)):
        spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
    return bytes(spoiled)


def overwrite(payload: bytes, chance: random.Random) -> bytes:
    """Put noise over a stretch."""
    at, size = chance.randrange(len(payload)), chance.randint(1, 16)
    return (payload[:at] + chance.randbytes(size) + payload[at + size :])[: len(payload)]


def insert(payload: bytes, chance: random.Random) -> bytes:
    """Put noise in between."""
    at = chance.randrange(len(payload))
    return payload[:at] + chance.randbytes(chance.randint(1, 16)) + payload[at:]


def cut_out(payload: bytes, chance: random.Random) -> bytes:
    """Leave a stretch out."""
    at = chance.randrange(len(payload))
    return payload[:at] + payload[at + chance.randint(1, 40) :]


def truncate(payload: bytes, chance: random.Random) -> bytes:
    """Stop early, perhaps at once."""
    return payload[: chance.randrange(len(payload))]


def odd_length(frame: RawFrame, chance: random.Random) -> None:
    """Let a column end within a row, or quality have a row more."""
    name = chance.choice(list(COLUMNS))
    setattr(frame, name, getattr(frame, name) + bytes(max(1, COLUMNS[name] - 1)))


def fewer_rows(frame: RawFrame, chance: random.Random) -> None:
    """Let a column have whole rows less than the others."""
    name = chance.choice(list(COLUMNS))
    column, width = getattr(frame, name), COLUMNS[name]
    setattr(frame, name, column[: chance.randrange(len(column) // width) * width])


def no_such_point(frame: RawFrame, chance: random.Random) -> None:
    """Point at one of four billion names."""
    at = 4 * chance.randrange(len(frame.point_index) // 4)
    frame.point_index = frame.point_index[:at] + LARGEST + frame.point_index[at + 4 :]


def no_such_instant(frame: RawFrame, chance: random.Random) -> None:
    """Name an instant beyond the calendar."""
    at = 8 * chance.randrange(len(frame.event_time_us) // 8)
    end = chance.choice([b"\xff" * 7 + b"\x7f", b"\x00" * 7 + b"\x80"])
    frame.event_time_us = frame.event_time_us[:at] + end + frame.event_time_us[at + 8 :]


def no_such_arrival(frame: RawFrame, chance: random.Random) -> None:
    """Leave the arrival out, or put it beyond the calendar."""
    if chance.random() < 0.5:
        frame.ClearField("arrival_time")
    else:
        frame.arrival_time.seconds = chance.choice([1 << 40, -(1 << 40), (1 << 63) - 1])


def no_such_quality(frame: RawFrame, chance: random.Random) -> None:
    """Say of a value what no field protocol can say."""
    at = chance.randrange(len(frame.quality))
    worse = bytes([chance.randint(3, 255)])
    frame.quality = frame.quality[:at] + worse + frame.quality[at + 1 :]


def no_sound_names(frame: RawFrame, chance: random.Random) -> None:
    """Leave a name out, say a point twice, or put a NUL into a name."""
    spoil = chance.randrange(4)
    if spoil == 0:
        setattr(frame, chance.choice(["park_id", "source_id", "frame_id"]), "")
    elif spoil == 1:
        frame.point_ids.append(frame.point_ids[0])
    elif spoil == 2:
        frame.point_ids[chance.randrange(len(frame.point_ids))] = ""
    else:
        frame.point_ids[chance.randrange(len(frame.point_ids))] += "\x00"


ANYWHERE: tuple[Bytes, ...] = (flip_bits, overwrite, insert, cut_out)
"""What comes of these may by chance be a frame again."""

NEVER_A_FRAME: tuple[Fields, ...] = (
    odd_length,
    fewer_rows,
    no_such_point,
    no_such_instant,
    no_such_arrival,
    no_such_quality,
    no_sound_names,
)
"""What comes of these is no frame, by the contract of the wire."""


def spoiled(frame: RawFrame, chance: random.Random) -> tuple[bytes, bool]:
    """Return a spoiled frame, and whether it is sure to be none."""
    if chance.random() < 0.5:
        return spoiled_anywhere(bytes(frame.SerializeToString()), chance), False
    if chance.random() < 0.1:
        return truncate(bytes(frame.SerializeToString()), chance), True
    other = RawFrame.FromString(frame.SerializeToString())
    chance.choice(NEVER_A_FRAME)(other, chance)
    return bytes(other.SerializeToString()), True


def spoiled_anywhere(payload: bytes, chance: random.Random) -> bytes:
    """Return a message with a stretch that is not what it was."""
    return chance.choice(ANYWHERE)(payload, chance)
