"""Columns of bytes in a Kafka message, and what every frame of columns must be.

Row i of every column is reading i. Decoded columns are read-only views of the message's bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from google.protobuf.message import Message

from services.energy.names import Names, PerNames, same_names
from services.energy.time_grid import to_microseconds

POINT_INDEX = np.dtype("<u4")
EVENT_TIME_US = np.dtype("<i8")
VALUE = np.dtype("<f8")
SMALL = np.dtype("u1")
LONGEST_NAME = 500
"""Characters: some 2,000 bytes of UTF-8, as much as an index of PostgreSQL takes."""
EARLIEST_US = to_microseconds(datetime.min.replace(tzinfo=UTC))
LATEST_US = to_microseconds(datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What a raw and a judged frame have in common.

    `point_index` (uint32) points into `point_ids`, `event_time_us` is int64 microseconds since
    the epoch, `value` float64 in the unit of the point's quantity (NaN: not a number).
    """

    park_id: str
    source_id: str
    frame_id: str
    arrival_time: datetime
    point_ids: tuple[str, ...]
    point_index: npt.NDArray[np.uint32]
    event_time_us: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.value)


def _require_distinct(names: tuple[str, ...]) -> None:
    if len(set(names)) != len(names) or "" in names:
        raise ValueError("point_ids must be distinct and not empty; index them by point_index")
    for name in names:
        _require_storable("point_ids", name)


def _require_storable(field: str, name: str) -> None:
    """Refuse what no database takes as a name: it would stop whoever keeps the frame."""
    if "\x00" in name:
        raise ValueError(f"{field} of a frame holds a NUL; a name has none")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"{field} of a frame has {len(name)} characters; at most {LONGEST_NAME}")


_are_distinct = PerNames(_require_distinct)


def require_frame(frame: Columns, further: Sequence[str]) -> None:
    """Raise ValueError unless names, lengths (of the `further` columns too) and rows are sound."""
    _require_names(frame)
    rows = len(frame.value)
    for name in ("point_index", "event_time_us", *further):
        if (length := len(getattr(frame, name))) != rows:
            raise ValueError(f"column {name} has {length} rows but value has {rows}")
    if rows:
        _require_rows_in_range(frame)


def _require_names(frame: Columns) -> None:
    for name in ("park_id", "source_id", "frame_id"):
        if not getattr(frame, name):
            raise ValueError(f"{name} of a frame is empty; every frame needs one")
        _require_storable(name, getattr(frame, name))
    if frame.arrival_time.tzinfo is None:
        raise ValueError(f"arrival_time {frame.arrival_time} needs a time zone; use UTC")
    _are_distinct(frame.point_ids)


def _require_rows_in_range(frame: Columns) -> None:
    if (highest := int(frame.point_index.max())) >= len(frame.point_ids):
        raise ValueError(
            f"column point_index holds {highest} but there are {len(frame.point_ids)} point_ids"
        )
    first, last = int(frame.event_time_us.min()), int(frame.event_time_us.max())
    if first < EARLIEST_US or last > LATEST_US:
        raise ValueError(
            f"column event_time_us spans {first}..{last}, beyond the years 1 to 9999 "
            f"({EARLIEST_US}..{LATEST_US})"
        )


def named_rows(names: Names, index: npt.NDArray[np.uint32]) -> tuple[Names, npt.NDArray[np.uint32]]:
    """Return the names that occur in `index`, and the index into them."""
    occurs = np.bincount(index, minlength=len(names)) > 0
    if occurs.all():
        return names, index
    place = np.cumsum(occurs, dtype=np.uint32) - np.uint32(1)
    return same_names(names[at] for at in np.flatnonzero(occurs).tolist()), place[index]


def common_fields(message: Any) -> dict[str, Any]:
    """Return what a message holds of `Columns`; ValueError names the field that is wrong."""
    return {
        "park_id": message.park_id,
        "source_id": message.source_id,
        "frame_id": message.frame_id,
        "arrival_time": _arrival_time(message),
        "point_ids": same_names(message.point_ids),
        "point_index": column_of(message, "point_index", POINT_INDEX),
        "event_time_us": column_of(message, "event_time_us", EVENT_TIME_US),
        "value": column_of(message, "value", VALUE),
    }


def _arrival_time(message: Any) -> datetime:
    if not message.HasField("arrival_time"):
        raise ValueError("arrival_time of a frame is missing")
    try:
        arrival: datetime = message.arrival_time.ToDatetime(tzinfo=UTC)
    except OverflowError as mistake:
        raise ValueError(f"arrival_time of a frame is no instant: {mistake}") from None
    return arrival


def write_common_fields(message: Any, frame: Columns) -> None:
    """Set the fields of a message that hold `Columns`."""
    message.park_id, message.source_id = frame.park_id, frame.source_id
    message.frame_id = frame.frame_id
    message.arrival_time.FromDatetime(frame.arrival_time)
    message.point_ids.extend(frame.point_ids)
    message.point_index = as_bytes(frame.point_index, POINT_INDEX)
    message.event_time_us = as_bytes(frame.event_time_us, EVENT_TIME_US)
    message.value = as_bytes(frame.value, VALUE)


def column_of(message: Message, name: str, kind: "np.dtype[Any]") -> npt.NDArray[Any]:
    """Return a column of a message; ValueError when its bytes are not whole rows."""
    content: bytes = getattr(message, name)
    if len(content) % kind.itemsize:
        raise ValueError(
            f"column {name} has {len(content)} bytes, not a multiple of {kind.itemsize}"
        )
    return np.frombuffer(content, dtype=kind)


def as_bytes(column: npt.NDArray[Any], kind: "np.dtype[Any]") -> bytes:
    """Return a column as the bytes of its message."""
    return column.astype(kind, copy=False).tobytes()
