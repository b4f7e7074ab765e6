"""What a client pushed, as a batch: one message a reading, or columns. Every mistake is named.

The usual case is looked at in whole columns; only of a batch with mistakes each reading is asked.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from parkflow.telemetry.v1.telemetry_service_pb2 import PushedColumns, PushedReading, PushRequest
from services.energy.names import Names, PerNames, same_names
from services.energy.readings import FieldQuality
from services.ingest.domain.batch import LONGEST_POINT_ID, Batch
from services.runtime.columns import (
    EARLIEST_US,
    EVENT_TIME_US,
    LATEST_US,
    POINT_INDEX,
    SMALL,
    VALUE,
    column_of,
)
from services.runtime.refusals import FieldMistake, InvalidFields, check_park

LONGEST_NAME = 128
MOST_READINGS = 10_000
MOST_MISTAKES = 100
NANOS_A_MICRO = 1_000
NANOS_A_SECOND = 1_000_000_000
EARLIEST_S, LATEST_S = EARLIEST_US // 1_000_000, LATEST_US // 1_000_000
YEARS = "is not an instant of the years 1 to 9999"
Mistakes = Iterable[tuple[str, str]]


def batch_from(request: PushRequest, park_id: str, place: str) -> Batch:
    """Return the pushed readings; InvalidFields names every mistake, fields prefixed by `place`."""
    mistakes = list(_header_mistakes(request, park_id))
    batch = None
    if request.HasField("columns"):
        batch = _of_columns(request.source_id, request.columns, mistakes)
    elif request.readings:
        batch = _of_readings(request.source_id, request.readings, mistakes)
    if batch is None or mistakes:
        named = [FieldMistake(f"{place}.{field}", text) for field, text in mistakes]
        raise InvalidFields(named[:MOST_MISTAKES])
    check_park(request.park_id, park_id)
    return batch


def _header_mistakes(request: PushRequest, park_id: str) -> Mistakes:
    if not request.park_id:
        yield "park_id", f"is empty; this ingest serves {park_id!r}"
    if not _is_name(request.source_id) or "/" in request.source_id:
        yield "source_id", f"must have 1 to {LONGEST_NAME} characters, no slash, no NUL"
    if not _is_name(request.idempotency_key):
        length = len(request.idempotency_key)
        yield (
            "idempotency_key",
            f"has {length} characters; choose 1 to {LONGEST_NAME}, unique per batch, no NUL",
        )
    if request.HasField("columns") and request.readings:
        yield "columns", "stand beside readings; send one of the two"
    yield from _size_mistakes(request)


def _size_mistakes(request: PushRequest) -> Mistakes:
    in_columns = request.HasField("columns")
    size = len(request.columns.value) // VALUE.itemsize if in_columns else len(request.readings)
    if not 1 <= size <= MOST_READINGS:
        field = "columns.value" if in_columns else "readings"
        yield field, f"holds {size}; send 1 to {MOST_READINGS} a batch"


def _is_name(text: str) -> bool:
    return 1 <= len(text) <= LONGEST_NAME and "\x00" not in text


def _is_point_id(text: str) -> bool:
    return 1 <= len(text) <= LONGEST_POINT_ID and "\x00" not in text


def _about_point_id(text: str) -> str:
    return f"has {len(text)} characters; 1 to {LONGEST_POINT_ID} are allowed, no NUL"


# ---- one message a reading


def _of_readings(source_id: str, readings: Any, mistakes: list[tuple[str, str]]) -> Batch | None:
    index: dict[str, int] = {}
    points = [index.setdefault(reading.point_id, len(index)) for reading in readings]
    stamps = [reading.event_time for reading in readings]
    seconds = np.array([stamp.seconds for stamp in stamps], np.int64)
    nanos = np.array([stamp.nanos for stamp in stamps], np.int64)
    if not (all(map(_is_point_id, index)) and _are_instants(readings, seconds, nanos).all()):
        mistakes += _reading_mistakes(readings)
        return None
    return Batch(
        source_id,
        same_names(index),
        np.array(points, np.uint32),
        seconds * 1_000_000 + nanos // NANOS_A_MICRO,
        np.array([reading.value for reading in readings], np.float64),
        np.full(len(points), FieldQuality.GOOD, np.uint8),
    )


def _are_instants(
    readings: Iterable[PushedReading], seconds: npt.NDArray[np.int64], nanos: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Return which stamps are there and can be: an absent one reads as the epoch itself."""
    possible = (seconds >= EARLIEST_S) & (seconds <= LATEST_S)
    possible &= (nanos >= 0) & (nanos < NANOS_A_SECOND)
    if ((seconds == 0) & (nanos == 0)).any():
        possible &= np.array([reading.HasField("event_time") for reading in readings])
    return np.asarray(possible, np.bool_)


def _reading_mistakes(readings: Any) -> Iterator[tuple[str, str]]:
    for number, reading in enumerate(readings):
        if not _is_point_id(reading.point_id):
            yield f"readings[{number}].point_id", _about_point_id(reading.point_id)
        if text := _time_mistake(reading):
            yield f"readings[{number}].event_time", text


def _time_mistake(reading: PushedReading) -> str:
    if not reading.HasField("event_time"):
        return "is missing; every reading needs one"
    try:
        reading.event_time.ToDatetime()
    except (ValueError, OverflowError) as mistake:
        return f"{YEARS}: {mistake}"
    return ""


# ---- columns


def _of_columns(
    source_id: str, columns: PushedColumns, mistakes: list[tuple[str, str]]
) -> Batch | None:
    point_ids = same_names(columns.point_ids)
    read: dict[str, npt.NDArray[Any]] = {}
    for name, kind in _COLUMNS.items():
        try:
            read[name] = column_of(columns, name, kind)
        except ValueError as mistake:
            mistakes.append((f"columns.{name}", str(mistake)))
    if len(read) == len(_COLUMNS):
        mistakes += [(f"columns.{name}", text) for name, text in _column_mistakes(point_ids, read)]
    if mistakes:
        return None
    quality = read["quality"]
    if not len(quality):
        quality = np.full(len(read["value"]), FieldQuality.GOOD, np.uint8)
    return Batch(
        source_id,
        point_ids,
        read["point_index"],
        read["event_time_us"],
        read["value"],
        quality,
    )


_COLUMNS: dict[str, "np.dtype[Any]"] = {
    "point_index": POINT_INDEX,
    "event_time_us": EVENT_TIME_US,
    "value": VALUE,
    "quality": SMALL,
}


def _column_mistakes(point_ids: Names, read: dict[str, npt.NDArray[Any]]) -> Mistakes:
    yield from _point_mistakes(point_ids)
    rows = len(read["value"])
    for name in ("point_index", "event_time_us", "quality"):
        if len(read[name]) != rows and not (name == "quality" and not len(read[name])):
            yield name, f"has {len(read[name])} rows but value has {rows}"
    for row in np.flatnonzero(read["point_index"] >= len(point_ids))[:MOST_MISTAKES]:
        number = read["point_index"][row]
        yield f"point_index[{row}]", f"is {number}, but there are {len(point_ids)} points"
    times = read["event_time_us"]
    for row in np.flatnonzero((times < EARLIEST_US) | (times > LATEST_US))[:MOST_MISTAKES]:
        yield f"event_time_us[{row}]", f"{YEARS}: {times[row]}"
    for row in np.flatnonzero(read["quality"] > FieldQuality.INVALID)[:MOST_MISTAKES]:
        yield f"quality[{row}]", f"is {read['quality'][row]}; the field says 0, 1 or 2"


def _are_sound(point_ids: Names) -> bool:
    return len(set(point_ids)) == len(point_ids) and all(map(_is_point_id, point_ids))


_known_as_sound = PerNames(_are_sound)


def _point_mistakes(point_ids: Names) -> Mistakes:
    if _known_as_sound(point_ids):
        return
    seen: set[str] = set()
    for number, point_id in enumerate(point_ids):
        if not _is_point_id(point_id):
            yield f"point_ids[{number}]", _about_point_id(point_id)
        elif point_id in seen:
            yield f"point_ids[{number}]", f"{point_id!r} is there already; write each point once"
        seen.add(point_id)
