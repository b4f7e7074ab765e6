"""A request that nobody can use is refused at the border, field by field."""

from __future__ import annotations

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.history.v1.history_service_pb2 import GetAggregateRequest
from services.runtime.refusals import InvalidFields, NotFound, check_park
from services.runtime.requests import check_well_formed


def test_every_field_nobody_can_use_is_named() -> None:
    request = GetAggregateRequest(
        park_id="a\x00b",
        point_ids=["fine", "not\x00fine"],
        step=Duration(seconds=10**15),
    )
    request.interval.end.CopyFrom(Timestamp(seconds=10**13))

    with pytest.raises(InvalidFields) as refused:
        check_well_formed(request)

    named = {mistake.field for mistake in refused.value.mistakes}
    assert named == {"park_id", "point_ids[1]", "step", "interval.end"}


def test_an_ordinary_request_passes() -> None:
    request = GetAggregateRequest(park_id="demo-park", step=Duration(seconds=60))
    request.interval.start.CopyFrom(Timestamp(seconds=1))

    check_well_formed(request)


def test_a_missing_park_is_a_mistake_and_an_unknown_one_is_not_found() -> None:
    with pytest.raises(InvalidFields, match="park_id: is empty; this service serves 'demo-park'"):
        check_park("", "demo-park")
    with pytest.raises(NotFound, match="no park 'elsewhere'"):
        check_park("elsewhere", "demo-park")

    check_park("demo-park", "demo-park")
