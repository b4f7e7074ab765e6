"""A pushed batch is the same whichever way it is written, and every mistake in it is named."""

import numpy as np
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.telemetry.v1.telemetry_service_pb2 import PushedColumns, PushedReading, PushRequest
from services.ingest.intake import content_of
from services.ingest.pushed import MOST_MISTAKES, MOST_READINGS, batch_from
from services.runtime.columns import LATEST_US
from services.runtime.refusals import InvalidFields, NotFound


def columns(**changes: object) -> PushedColumns:
    """Return two readings of `a.x` and one of `b.y`."""
    fields: dict[str, object] = {
        "point_ids": ["a.x", "b.y"],
        "point_index": np.array([0, 1, 0], "<u4").tobytes(),
        "event_time_us": np.array([1_000_001, 2, 3_000_000], "<i8").tobytes(),
        "value": np.array([1.5, np.nan, -3.0], "<f8").tobytes(),
    }
    return PushedColumns(**(fields | changes))


def a_request(**fields: object) -> PushRequest:
    header: dict[str, object] = {"park_id": "p", "source_id": "s", "idempotency_key": "k"}
    return PushRequest(**(header | fields))


def a_reading(point: str, microseconds: int, value: float) -> PushedReading:
    stamp = Timestamp()
    stamp.FromMicroseconds(microseconds)
    return PushedReading(point_id=point, event_time=stamp, value=value)


def mistakes_of(request: PushRequest) -> dict[str, str]:
    with pytest.raises(InvalidFields) as refused:
        batch_from(request, "p", "requests[7]")
    return {m.field.removeprefix("requests[7]."): m.text for m in refused.value.mistakes}


def test_columns_and_single_readings_are_the_same_batch() -> None:
    readings = [
        a_reading("a.x", 1_000_001, 1.5),
        a_reading("b.y", 2, float("nan")),
        a_reading("a.x", 3_000_000, -3.0),
    ]

    in_columns = batch_from(a_request(columns=columns()), "p", "")
    one_by_one = batch_from(a_request(readings=readings), "p", "")

    assert content_of(in_columns) == content_of(one_by_one)
    assert in_columns.source_id == one_by_one.source_id == "s"


def test_what_the_field_said_of_a_value_comes_with_the_columns() -> None:
    batch = batch_from(a_request(columns=columns(quality=bytes([0, 2, 1]))), "p", "")

    assert batch.quality.tolist() == [0, 2, 1]


def test_without_quality_every_reading_is_good() -> None:
    batch = batch_from(a_request(columns=columns()), "p", "")

    assert batch.quality.tolist() == [0, 0, 0]


def test_the_epoch_is_an_instant_and_no_stamp_is_a_mistake() -> None:
    stamped = PushedReading(point_id="a.x", event_time=Timestamp(), value=1.0)
    batch = batch_from(a_request(readings=[stamped]), "p", "")
    named = mistakes_of(a_request(readings=[stamped, PushedReading(point_id="a.x", value=1.0)]))

    assert batch.event_time_us.tolist() == [0]
    assert set(named) == {"readings[1].event_time"}


@pytest.mark.parametrize(
    ("stamp", "is_instant"),
    [
        (Timestamp(seconds=-62135596800), True),
        (Timestamp(seconds=-62135596801), False),
        (Timestamp(seconds=253402300799, nanos=999_999_999), True),
        (Timestamp(seconds=253402300800), False),
        (Timestamp(seconds=1, nanos=-1), False),
        (Timestamp(seconds=1, nanos=1_000_000_000), False),
    ],
)
def test_a_stamp_lies_in_the_years_1_to_9999(stamp: Timestamp, is_instant: bool) -> None:
    request = a_request(readings=[PushedReading(point_id="a.x", event_time=stamp, value=1.0)])

    if is_instant:
        assert len(batch_from(request, "p", "")) == 1
    else:
        assert "years 1 to 9999" in mistakes_of(request)["readings[0].event_time"]


def test_every_mistake_of_columns_is_named_at_once() -> None:
    wrong = columns(
        point_ids=["a.x", "", "a.x", "n\x00l"],
        point_index=np.array([0, 4, 9], "<u4").tobytes(),
        event_time_us=np.array([0, LATEST_US + 1, 0], "<i8").tobytes(),
        quality=bytes([0, 0, 3]),
    )

    named = mistakes_of(PushRequest(columns=wrong))

    assert set(named) == {
        "park_id",
        "source_id",
        "idempotency_key",
        "columns.point_ids[1]",
        "columns.point_ids[2]",
        "columns.point_ids[3]",
        "columns.point_index[1]",
        "columns.point_index[2]",
        "columns.event_time_us[1]",
        "columns.quality[2]",
    }
    assert "there are 4 points" in named["columns.point_index[1]"]


def test_columns_of_unequal_length_are_refused_with_both_lengths() -> None:
    named = mistakes_of(a_request(columns=columns(quality=bytes(2))))

    assert named == {"columns.quality": "has 2 rows but value has 3"}


def test_bytes_that_are_no_whole_rows_are_refused() -> None:
    named = mistakes_of(a_request(columns=columns(value=bytes(7), point_index=bytes(3))))

    assert {"columns.value", "columns.point_index"} <= set(named)


def test_both_forms_in_one_batch_are_refused() -> None:
    named = mistakes_of(a_request(columns=columns(), readings=[a_reading("a.x", 1, 1.0)]))

    assert set(named) == {"columns"}


@pytest.mark.parametrize("rows", [0, MOST_READINGS + 1])
def test_a_batch_of_columns_has_at_least_one_row_and_not_too_many(rows: int) -> None:
    sized = columns(
        point_index=bytes(4 * rows), event_time_us=bytes(8 * rows), value=bytes(8 * rows)
    )

    assert mistakes_of(a_request(columns=sized)) == {
        "columns.value": f"holds {rows}; send 1 to {MOST_READINGS} a batch"
    }


def test_not_more_mistakes_are_named_than_anyone_reads() -> None:
    readings = [PushedReading(value=1.0)] * 200

    assert len(mistakes_of(a_request(readings=readings))) == MOST_MISTAKES


def test_a_batch_for_another_park_is_not_taken() -> None:
    with pytest.raises(NotFound):
        batch_from(a_request(park_id="q", columns=columns()), "p", "")
