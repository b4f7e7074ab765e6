"""A frame of judged readings as numpy columns, to and from its Kafka message.

Row i of every column is reading i. The columns of a decoded frame are read-only views of the
message's bytes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from services.energy.readings import Verdict
from services.energy.time_grid import to_microseconds

POINT_INDEX = np.dtype("<u4")
EVENT_TIME_US = np.dtype("<i8")
VALUE = np.dtype("<f8")
VERDICT = np.dtype("u1")
DOUBT = np.dtype("u1")
EARLIEST_US = to_microseconds(datetime.min.replace(tzinfo=UTC))
LATEST_US = to_microseconds(datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Judged readings of one source. The natural key of a row is (park, point, event time).

    `point_index` (uint32) points into `point_ids`, `event_time_us` is int64 microseconds since
    the epoch, `value` float64 in the unit of the point's quantity (NaN: not a number), `verdict`
    and `doubt` uint8 of `services.energy.readings`. A doubt newer than this code is let through.
    """

    park_id: str
    source_id: str
    frame_id: str
    arrival_time: datetime
    point_ids: tuple[str, ...]
    point_index: npt.NDArray[np.uint32]
    event_time_us: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    verdict: npt.NDArray[np.uint8]
    doubt: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        _require_names(self)
        _require_equal_lengths(self)
        _require_rows_in_range(self)

    def __len__(self) -> int:
        return len(self.value)

    @property
    def believed(self) -> npt.NDArray[np.bool_]:
        """Mask of the rows that are used everywhere."""
        mask: npt.NDArray[np.bool_] = self.verdict == np.uint8(Verdict.BELIEVED)
        return mask


def _require_names(frame: Frame) -> None:
    for name in ("park_id", "source_id", "frame_id"):
        if not getattr(frame, name):
            raise ValueError(f"{name} of a frame is empty; every frame needs one")
    if frame.arrival_time.tzinfo is None:
        raise ValueError(f"arrival_time {frame.arrival_time} needs a time zone; use UTC")
    if len(set(frame.point_ids)) != len(frame.point_ids) or "" in frame.point_ids:
        raise ValueError("point_ids must be distinct and not empty; index them by point_index")


def _require_equal_lengths(frame: Frame) -> None:
    rows = len(frame.value)
    for name in ("point_index", "event_time_us", "verdict", "doubt"):
        if (length := len(getattr(frame, name))) != rows:
            raise ValueError(f"column {name} has {length} rows but value has {rows}")


def _require_rows_in_range(frame: Frame) -> None:
    if not len(frame):
        return
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
    low, high = int(frame.verdict.min()), int(frame.verdict.max())
    if low < Verdict.BELIEVED or high > Verdict.REJECTED:
        raise ValueError(f"column verdict spans {low}..{high}; a judged reading has 1, 2 or 3")


def frame_from(message: ReadingFrame) -> Frame:
    """Return the frame a message holds; ValueError names the column that is wrong."""
    if not message.HasField("arrival_time"):
        raise ValueError("arrival_time of a frame is missing")
    return Frame(
        park_id=message.park_id,
        source_id=message.source_id,
        frame_id=message.frame_id,
        arrival_time=message.arrival_time.ToDatetime(tzinfo=UTC),
        point_ids=tuple(message.point_ids),
        point_index=_column(message, "point_index", POINT_INDEX),
        event_time_us=_column(message, "event_time_us", EVENT_TIME_US),
        value=_column(message, "value", VALUE),
        verdict=_column(message, "verdict", VERDICT),
        doubt=_column(message, "doubt", DOUBT),
    )


def message_from(frame: Frame) -> ReadingFrame:
    """Return the Kafka message of a frame."""
    message = ReadingFrame(
        park_id=frame.park_id,
        source_id=frame.source_id,
        frame_id=frame.frame_id,
        point_ids=frame.point_ids,
        point_index=frame.point_index.astype(POINT_INDEX, copy=False).tobytes(),
        event_time_us=frame.event_time_us.astype(EVENT_TIME_US, copy=False).tobytes(),
        value=frame.value.astype(VALUE, copy=False).tobytes(),
        verdict=frame.verdict.astype(VERDICT, copy=False).tobytes(),
        doubt=frame.doubt.astype(DOUBT, copy=False).tobytes(),
    )
    message.arrival_time.FromDatetime(frame.arrival_time)
    return message


def _column(message: ReadingFrame, name: str, kind: "np.dtype[Any]") -> npt.NDArray[Any]:
    content: bytes = getattr(message, name)
    if len(content) % kind.itemsize:
        raise ValueError(
            f"column {name} has {len(content)} bytes, not a multiple of {kind.itemsize}"
        )
    return np.frombuffer(content, dtype=kind)
