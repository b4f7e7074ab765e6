"""A raw frame survives the wire, and a broken one says which column is wrong."""

import random
from datetime import UTC, datetime

import numpy as np
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from parkflow.telemetry.v1 import raw_frame_pb2
from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame as Message
from services.energy.readings import FieldQuality
from services.runtime.columns import EARLIEST_US, LATEST_US
from services.runtime.raw_frames import RawFrame, raw_frame_from, raw_message_from

ARRIVAL = datetime(2019, 6, 3, 22, 1, tzinfo=UTC)
COLUMNS = ("point_index", "event_time_us", "value", "quality")
ROW = st.tuples(
    st.integers(0, 2),
    st.integers(EARLIEST_US, LATEST_US),
    st.floats(),
    st.sampled_from(FieldQuality),
)


def a_frame(rows: list[tuple[int, int, float, int]]) -> RawFrame:
    index, times, values, qualities = zip(*rows, strict=True) if rows else [()] * 4
    return RawFrame(
        park_id="demo-park",
        source_id="mqtt-site",
        frame_id="f1",
        arrival_time=ARRIVAL,
        point_ids=("a.active_power_w", "b.active_power_w", "c.connected"),
        point_index=np.array(index, np.uint32),
        event_time_us=np.array(times, np.int64),
        value=np.array(values, np.float64),
        quality=np.array(qualities, np.uint8),
    )


@given(st.lists(ROW, max_size=20))
def test_a_raw_frame_is_the_same_after_the_wire(rows: list[tuple[int, int, float, int]]) -> None:
    frame = a_frame(rows)

    again = raw_frame_from(Message.FromString(raw_message_from(frame).SerializeToString()))

    assert (again.frame_id, again.arrival_time, again.point_ids) == (
        frame.frame_id,
        ARRIVAL,
        frame.point_ids,
    )
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(again, name), getattr(frame, name))


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_of_another_length_is_named(column: str) -> None:
    message = raw_message_from(a_frame([(0, 5, 1.5, 0), (2, 6, 1.0, 1)]))
    width = len(getattr(message, column)) // 2
    setattr(message, column, getattr(message, column)[:width])

    with pytest.raises(ValueError, match=column):
        raw_frame_from(message)


def test_a_quality_the_field_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="quality holds 3"):
        a_frame([(0, 5, 1.0, 3)])


@pytest.mark.parametrize("field", ["park_id", "source_id", "frame_id", "point_ids"])
@pytest.mark.parametrize(("name", "told"), [("a\x00b", "NUL"), ("a" * 501, "501 characters")])
def test_a_name_that_no_database_takes_is_refused(field: str, name: str, told: str) -> None:
    message = raw_message_from(a_frame([(0, 5, 1.0, 0)]))
    if field == "point_ids":
        message.point_ids[0] = name
    else:
        setattr(message, field, name)

    with pytest.raises(ValueError, match=f"{field} .* {told}"):
        raw_frame_from(message)


def test_qualities_have_the_numbers_of_the_wire() -> None:
    for quality in FieldQuality:
        name = "UNSPECIFIED" if quality is FieldQuality.GOOD else quality.name
        assert raw_frame_pb2.FieldQuality.Name(quality) == f"FIELD_QUALITY_{name}"


def test_of_ten_thousand_mutated_frames_each_is_read_or_refused_with_a_reason() -> None:
    chance = random.Random(7)
    sound = raw_message_from(a_frame([(0, 5, 1.5, 0), (2, 6, 1.0, 1)])).SerializeToString()
    reasons = []
    for _ in range(10_000):
        mutated = bytearray(sound)
        for _ in range(chance.randint(1, 6)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        del mutated[chance.randint(len(mutated) // 2, len(mutated)) :]
        try:
            raw_frame_from(Message.FromString(bytes(mutated)))
        except (DecodeError, ValueError) as reason:
            reasons.append(str(reason))

    assert len(reasons) > 9_000
    assert all(reasons)
