"""Between the wire and rows: frames in, readings and page tokens out."""

import base64
import binascii
import hashlib
import struct
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parkflow.telemetry.v1.reading_pb2 import Reading
from services.energy.time_grid import from_microseconds, to_microseconds
from services.history.domain.standing import Rows
from services.runtime.frames import Frame
from services.runtime.refusals import invalid_field

_TOKEN = struct.Struct(">iq")


def numbered(names: Any, numbers: dict[str, int]) -> NDArray[np.int32]:
    """Return the number of each name, shape `(names,)`."""
    return np.array([numbers[name] for name in names], dtype=np.int32)


def rows_of(frame: Frame, point_numbers: NDArray[np.int32], source_number: int) -> Rows:
    """Return a frame as rows; `point_numbers` follows the frame's point ids."""
    size = len(frame.value)
    digest = hashlib.blake2b(frame.frame_id.encode(), digest_size=8).digest()
    (frame_number,) = struct.unpack(">q", digest)
    return Rows(
        point_id=point_numbers[frame.point_index].astype(np.int32),
        event_time_us=frame.event_time_us,
        value=frame.value,
        verdict=frame.verdict.astype(np.int16),
        doubt=frame.doubt.astype(np.int16),
        source_id=np.full(size, source_number, dtype=np.int32),
        arrival_time_us=np.full(size, to_microseconds(frame.arrival_time), dtype=np.int64),
        frame_number=np.full(size, frame_number, dtype=np.int64),
    )


def reading_message(row: tuple[Any, ...]) -> Reading:
    """Return (point, event time, value, verdict, doubt, source, arrival time) as a message."""
    point, event_time, value, verdict, doubt, source, arrival_time = row
    reading = Reading(
        point_id=point, value=value, verdict=verdict, doubt=doubt, source_id=source or ""
    )
    reading.event_time.FromDatetime(event_time)
    reading.arrival_time.FromDatetime(arrival_time)
    return reading


def page_token(point_number: int, event_time: datetime) -> str:
    """Return the token that stands for "after this row"."""
    raw = _TOKEN.pack(point_number, to_microseconds(event_time))
    return base64.urlsafe_b64encode(raw).decode()


def after_token(token: str) -> tuple[int, datetime]:
    """Return the (point number, event time) after which a page begins."""
    try:
        number, microseconds = _TOKEN.unpack(base64.urlsafe_b64decode(token))
        return number, from_microseconds(microseconds)
    except (binascii.Error, struct.error, OverflowError):
        raise invalid_field(
            "page_token", "not a token of this service; send the next_page_token you were given"
        ) from None
