"""Readings written column by column are the very messages that are written one by one."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parkflow.history.v1.history_service_pb2 import GetLatestResponse, WatchResponse
from parkflow.telemetry.v1.reading_pb2 import Reading
from services.history.domain.standing import Rows
from services.history.reading_wire import readings_field

instants = st.integers(-(2**55), 2**57)  # the year 826 to the year 6537, in µs since the epoch
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
some_readings = st.lists(
    st.tuples(
        names, instants, instants, st.floats(), st.integers(0, 255), st.integers(0, 255), names
    ),
    max_size=20,
)


def columns(readings: list[tuple]) -> tuple[Rows, np.ndarray, np.ndarray]:
    points, events, arrivals, values, verdicts, doubts, sources = zip(*readings, strict=True)
    numbers = np.arange(len(readings), dtype=np.int32)
    rows = Rows(
        point_id=numbers,
        event_time_us=np.array(events, np.int64),
        value=np.array(values, np.float64),
        verdict=np.array(verdicts, np.int16),
        doubt=np.array(doubts, np.int16),
        source_id=numbers,
        arrival_time_us=np.array(arrivals, np.int64),
        frame_number=np.zeros(len(readings), np.int64),
    )
    return rows, np.array(points, dtype=object), np.array(sources, dtype=object)


def one_by_one(
    point: str, event_us: int, arrival_us: int, value: float, verdict: int, doubt: int, source: str
) -> Reading:
    reading = Reading(point_id=point, value=value, verdict=verdict, doubt=doubt, source_id=source)  # type: ignore[arg-type]
    for stamp, us in ((reading.event_time, event_us), (reading.arrival_time, arrival_us)):
        stamp.seconds, stamp.nanos = us // 1_000_000, us % 1_000_000 * 1000
    return reading


@given(some_readings.filter(bool))
def test_columns_and_messages_are_the_same_on_the_wire(readings: list[tuple]) -> None:
    together = GetLatestResponse.FromString(readings_field(*columns(readings)))

    expected = GetLatestResponse(readings=[one_by_one(*reading) for reading in readings])
    assert together.SerializeToString() == expected.SerializeToString()


def test_a_reading_of_noon_reads_as_it_was_written() -> None:
    noon = ("meter.active_power_w", 1_559_563_200_000_000, 1_559_563_201_500_000, -2.5, 1, 8, "mq")

    (reading,) = WatchResponse.FromString(readings_field(*columns([noon]))).readings

    assert reading.event_time.ToJsonString() == "2019-06-03T12:00:00Z"
    assert reading.arrival_time.ToJsonString() == "2019-06-03T12:00:01.500Z"
    assert (reading.point_id, reading.value, reading.source_id) == (noon[0], -2.5, "mq")
    assert (reading.verdict, reading.doubt) == (1, 8)


def test_what_is_no_number_stays_none() -> None:
    broken = ("p", 0, 0, math.nan, 3, 4, "s")

    (reading,) = GetLatestResponse.FromString(readings_field(*columns([broken]))).readings

    assert math.isnan(reading.value)
