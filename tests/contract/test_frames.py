"""A frame survives the wire, and a broken one says which column is wrong."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkflow.telemetry.v1 import reading_pb2
from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from services.energy.readings import Doubt, Verdict
from services.runtime.frames import EARLIEST_US, LATEST_US, Frame, frame_from, message_from

ARRIVAL = datetime(2019, 6, 3, 22, 1, tzinfo=UTC)
COLUMNS = ("point_index", "event_time_us", "value", "verdict", "doubt")
ROW = st.tuples(
    st.integers(0, 2),
    st.integers(EARLIEST_US, LATEST_US),
    st.floats(),
    st.sampled_from(Verdict),
    st.sampled_from(Doubt),
)


def a_frame(rows: list[tuple[int, int, float, int, int]]) -> Frame:
    index, times, values, verdicts, doubts = zip(*rows, strict=True) if rows else [()] * 5
    return Frame(
        park_id="demo-park",
        source_id="mqtt-site",
        frame_id="f1",
        arrival_time=ARRIVAL,
        point_ids=("a.active_power_w", "b.active_power_w", "c.connected"),
        point_index=np.array(index, np.uint32),
        event_time_us=np.array(times, np.int64),
        value=np.array(values, np.float64),
        verdict=np.array(verdicts, np.uint8),
        doubt=np.array(doubts, np.uint8),
    )


def a_message() -> ReadingFrame:
    return message_from(a_frame([(0, 5, 1.5, 1, 0), (2, 6, 1.0, 3, 1)]))


@given(st.lists(ROW, max_size=20))
def test_a_frame_is_the_same_after_the_wire(rows: list[tuple[int, int, float, int, int]]) -> None:
    frame = a_frame(rows)

    again = frame_from(ReadingFrame.FromString(message_from(frame).SerializeToString()))

    assert (again.park_id, again.source_id, again.frame_id) == ("demo-park", "mqtt-site", "f1")
    assert again.arrival_time == ARRIVAL
    assert again.point_ids == frame.point_ids
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(again, name), getattr(frame, name))


def test_a_plain_frame_reads_as_it_was_written() -> None:
    frame = frame_from(a_message())

    assert len(frame) == 2
    assert frame.value.tolist() == [1.5, 1.0]
    assert frame.believed.tolist() == [True, False]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_of_another_length_is_named(column: str) -> None:
    message = a_message()
    width = len(getattr(message, column)) // 2
    setattr(message, column, getattr(message, column)[:width])

    with pytest.raises(ValueError, match="value" if column == "value" else column):
        frame_from(message)


@pytest.mark.parametrize("column", ["point_index", "event_time_us", "value"])
def test_a_torn_column_is_named(column: str) -> None:
    message = a_message()
    setattr(message, column, getattr(message, column) + b"x")

    with pytest.raises(ValueError, match=f"column {column} has .* bytes"):
        frame_from(message)


def test_an_index_beyond_the_points_is_refused() -> None:
    message = a_message()
    del message.point_ids[1:]

    with pytest.raises(ValueError, match="point_index holds 2 but there are 1"):
        frame_from(message)


def test_a_time_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="event_time_us"):
        a_frame([(0, LATEST_US + 1, 1.0, 1, 0)])


@pytest.mark.parametrize("verdict", [0, 4, 255])
def test_an_unjudged_reading_is_refused(verdict: int) -> None:
    with pytest.raises(ValueError, match="verdict"):
        a_frame([(0, 1, 1.0, verdict, 0)])


@pytest.mark.parametrize("field", ["park_id", "source_id", "frame_id", "arrival_time"])
def test_a_frame_without_its_names_is_refused(field: str) -> None:
    message = a_message()
    message.ClearField(field)

    with pytest.raises(ValueError, match=field):
        frame_from(message)


def test_verdicts_and_doubts_have_the_numbers_of_the_wire() -> None:
    for verdict in Verdict:
        assert reading_pb2.Verdict.Name(verdict) == f"VERDICT_{verdict.name}"
    for doubt in Doubt:
        name = "UNSPECIFIED" if doubt is Doubt.NONE else doubt.name
        assert reading_pb2.Doubt.Name(doubt) == f"DOUBT_{name}"
