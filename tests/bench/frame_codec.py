"""Frames of readings to bytes and back, against one message per reading."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from parkflow.history.v1.history_service_pb2 import GetRangeResponse
from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from parkflow.telemetry.v1.reading_pb2 import Reading
from services.runtime.frames import Frame, frame_from, message_from
from tests.bench.measure import Result, seconds_of

ROWS = 200
FRAMES = 500
ARRIVAL = datetime(2019, 6, 3, 22, tzinfo=UTC)


def run() -> tuple[list[Result], str]:
    """Return readings a second, both ways."""
    frame = a_frame()
    payload = message_from(frame).SerializeToString()
    single = GetRangeResponse(readings=_readings(frame)).SerializeToString()
    encode = _rate(lambda: message_from(frame).SerializeToString())
    encode_single = _rate(lambda: GetRangeResponse(readings=_readings(frame)).SerializeToString())
    decode = _rate(lambda: frame_from(ReadingFrame.FromString(payload)).value.sum())
    decode_single = _rate(lambda: _values(GetRangeResponse.FromString(single)))
    note = f"{ROWS} readings a frame, {len(payload) / ROWS:.0f} against {len(single) / ROWS:.0f} B"
    against = "one message a reading"
    return [
        Result("frames encoded", encode, encode_single, "readings/s", against, note),
        Result("frames decoded to arrays", decode, decode_single, "readings/s", against),
    ], ""


def a_frame(rows: int = ROWS) -> Frame:
    """Return a frame like a minute of the demo park."""
    points = tuple(f"charger_{k:02}.active_power_w" for k in range(50))
    rng = np.random.default_rng(1)
    return Frame(
        park_id="demo-park",
        source_id="mqtt-site",
        frame_id="bench",
        arrival_time=ARRIVAL,
        point_ids=points,
        point_index=(np.arange(rows) % len(points)).astype(np.uint32),
        event_time_us=np.arange(rows, dtype=np.int64) * 1_000_000 + 1_559_599_200_000_000,
        value=rng.normal(1000, 100, rows),
        verdict=np.ones(rows, np.uint8),
        doubt=np.zeros(rows, np.uint8),
    )


def _rate(work: Callable[[], object]) -> float:
    def many() -> None:
        for _ in range(FRAMES):
            work()

    return ROWS * FRAMES / seconds_of(many, repeats=3)


def _readings(frame: Frame) -> list[Reading]:
    readings = []
    columns = (frame.point_index, frame.event_time_us, frame.value)
    for point, at_us, value in zip(*(column.tolist() for column in columns), strict=True):
        reading = Reading(point_id=frame.point_ids[point], value=value, source_id=frame.source_id)
        reading.event_time.FromMicroseconds(at_us)
        readings.append(reading)
    return readings


def _values(response: GetRangeResponse) -> float:
    """Return the sum of the values, having made the arrays that a frame's decoder makes."""
    readings = response.readings
    numbers: dict[str, int] = {}
    np.array([numbers.setdefault(r.point_id, len(numbers)) for r in readings], np.uint32)
    np.array([r.event_time.ToMicroseconds() for r in readings], np.int64)
    np.array([(r.verdict, r.doubt) for r in readings], np.uint8)
    return float(np.array([r.value for r in readings]).sum())
