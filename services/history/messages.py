"""Between the wire and rows: frames in, readings, columns and tokens out."""

import asyncio
import base64
import binascii
import struct
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from google.protobuf.message import Message
from numpy.typing import NDArray

from parkflow.history.v1.history_service_pb2 import ReadingColumns
from services.energy.frame_numbers import number_of
from services.energy.time_grid import from_microseconds, to_microseconds
from services.history.domain.energy import SUMMED, Words
from services.history.domain.standing import Rows
from services.history.reading_wire import readings_field
from services.runtime.frames import Frame
from services.runtime.interval_frames import IntervalFrame
from services.runtime.refusals import invalid_field

_TOKEN = struct.Struct(">iq")
_POSITION = struct.Struct(">qi")
READINGS_AT_ONCE = 10_000
"""Messages made before others get the event loop again: some 10 ms."""


def rows_of(
    frames: Sequence[Frame], points: Sequence[NDArray[np.int32]], sources: Sequence[int]
) -> Rows:
    """Return frames (at least one) as rows; `points` are the numbers of each one's point ids."""
    sizes = [len(frame) for frame in frames]
    return Rows(
        point_id=_numbered(frames, points),
        event_time_us=_column(frames, "event_time_us"),
        value=_column(frames, "value"),
        verdict=_column(frames, "verdict").astype(np.int16),
        doubt=_column(frames, "doubt").astype(np.int16),
        source_id=np.repeat(np.array(sources, dtype=np.int32), sizes),
        arrival_time_us=_repeated([to_microseconds(f.arrival_time) for f in frames], sizes),
        frame_number=_repeated([number_of(frame.frame_id) for frame in frames], sizes),
    )


def words_of(
    frames: Sequence[IntervalFrame], points: Sequence[NDArray[np.int32]], sources: Sequence[int]
) -> Words:
    """Return the quarter hours of frames (at least one); `points` and `sources` as above."""
    sizes = [len(frame) for frame in frames]
    return Words(
        point_id=_numbered(frames, points),
        start_us=_column(frames, "start_us"),
        **{name: _column(frames, name).astype(np.int64) for name in SUMMED},
        methods=_column(frames, "methods").astype(np.int16),
        source_id=np.repeat(np.array(sources, dtype=np.int32), sizes),
        known_at_us=_repeated([to_microseconds(f.known_at) for f in frames], sizes),
        log_position=_repeated([frame.log_position for frame in frames], sizes),
        frame_number=_repeated([number_of(frame.frame_id) for frame in frames], sizes),
    )


def _numbered(
    frames: Sequence[Frame | IntervalFrame], points: Sequence[NDArray[np.int32]]
) -> NDArray[np.int32]:
    return np.concatenate([p[f.point_index] for f, p in zip(frames, points, strict=True)])


def _column(frames: Sequence[Frame | IntervalFrame], name: str) -> NDArray[Any]:
    return np.concatenate([getattr(frame, name) for frame in frames])


def _repeated(numbers: list[int], sizes: list[int]) -> NDArray[np.int64]:
    return np.repeat(np.array(numbers, dtype=np.int64), sizes)


async def add_readings(
    response: Message, rows: Rows, points: NDArray[np.object_], sources: NDArray[np.object_]
) -> None:
    """Add rows to a response whose field 1 is readings; the names are one a row."""
    for begin in range(0, len(rows), READINGS_AT_ONCE):
        part = np.arange(begin, min(begin + READINGS_AT_ONCE, len(rows)))
        response.MergeFromString(readings_field(rows.take(part), points[part], sources[part]))
        await asyncio.sleep(0)


def column_message(
    rows: Rows, points: NDArray[np.object_], sources: NDArray[np.object_]
) -> ReadingColumns:
    """Return rows as columns; `points` and `sources` are the names, one a row."""
    point_ids, point_index = _indexed(rows.point_id, points)
    source_ids, source_index = _indexed(rows.source_id, sources)
    return ReadingColumns(
        point_ids=point_ids,
        point_index=point_index,
        event_time_us=rows.event_time_us.astype("<i8").tobytes(),
        value=rows.value.astype("<f8").tobytes(),
        verdict=rows.verdict.astype("u1").tobytes(),
        doubt=rows.doubt.astype("u1").tobytes(),
        arrival_time_us=rows.arrival_time_us.astype("<i8").tobytes(),
        source_ids=source_ids,
        source_index=source_index,
    )


def _indexed(numbers: NDArray[np.int32], names: NDArray[np.object_]) -> tuple[list[str], bytes]:
    """Return the distinct names and each row's index into them."""
    _, first, index = np.unique(numbers, return_index=True, return_inverse=True)
    return names[first].tolist(), index.astype("<u4").tobytes()


def page_token(after: tuple[int, datetime]) -> str:
    """Return the token that stands for "after this (point number, event time)"."""
    raw = _TOKEN.pack(after[0], to_microseconds(after[1]))
    return base64.urlsafe_b64encode(raw).decode()


def after_token(token: str) -> tuple[int, datetime]:
    """Return the (point number, event time) after which a page begins."""
    number, microseconds = _unpacked(_TOKEN, token, "page_token", "next_page_token")
    try:
        return number, from_microseconds(microseconds)
    except OverflowError:
        raise _not_ours("page_token", "next_page_token") from None


def resume_token(position: int, row: int) -> str:
    """Return the token that stands for "before this row of this position of the journal"."""
    return base64.urlsafe_b64encode(_POSITION.pack(position, row)).decode()


def resumed_at(token: str) -> tuple[int, int]:
    """Return the (position, row) with which a watch goes on."""
    position, row = _unpacked(_POSITION, token, "resume_token", "resume_token")
    if position < 1 or row < 0:
        raise _not_ours("resume_token", "resume_token")
    return position, row


def _unpacked(shape: struct.Struct, token: str, field: str, given: str) -> tuple[int, int]:
    try:
        one, other = shape.unpack(base64.urlsafe_b64decode(token))
    except (binascii.Error, struct.error, ValueError):
        raise _not_ours(field, given) from None
    return one, other


def _not_ours(field: str, given: str) -> Exception:
    return invalid_field(field, f"not a token of this service; send the {given} you were given")
