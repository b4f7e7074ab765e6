"""A request that nobody can use is refused at the border, field by field."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.forecast.v1.forecast_service_pb2 import GetForecastRequest, RetrainRequest
from parkflow.history.v1.history_service_pb2 import GetAggregateRequest
from services.runtime.refusals import FieldMistake, InvalidFields, NotFound, check_park
from services.runtime.requests import check_well_formed, moment_of, page_size, who_mistakes


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


def test_a_missing_park_is_named_beside_the_other_mistakes() -> None:
    with pytest.raises(InvalidFields) as refused:
        check_park("", "demo-park", [FieldMistake("point_ids", "are too many")])

    assert [mistake.field for mistake in refused.value.mistakes] == ["park_id", "point_ids"]


@pytest.mark.parametrize(("asked", "rows"), [(0, 100), (1, 1), (500, 500)])
def test_a_page_has_as_many_rows_as_asked_or_the_usual(asked: int, rows: int) -> None:
    assert page_size(asked, 100, 500) == rows


@pytest.mark.parametrize("asked", [-1, 501])
def test_a_page_of_too_many_rows_is_refused_with_what_would_be_right(asked: int) -> None:
    with pytest.raises(InvalidFields, match=f"page_size: {asked} is not in 0..500"):
        page_size(asked, 100, 500)


def test_an_absent_instant_is_none() -> None:
    request = GetForecastRequest()
    assert moment_of(request, "issued_by") is None

    request.issued_by.FromSeconds(60)
    assert moment_of(request, "issued_by") == datetime(1970, 1, 1, 0, 1, tzinfo=UTC)


def test_who_decides_and_why_is_said_within_bounds() -> None:
    fine = RetrainRequest(user="chen", reason="new line")
    wrong = RetrainRequest(user="  ", reason="x" * 21, request_id="y" * 11)

    assert list(who_mistakes(fine, "request_id", 10, 20)) == []
    named = [mistake.field for mistake in who_mistakes(wrong, "request_id", 10, 20)]
    assert named == ["user", "reason", "request_id"]


def test_blanks_are_kept_too_and_count() -> None:
    padded = RetrainRequest(user="chen" + " " * 7, reason="new line" + " " * 13)

    named = [mistake.field for mistake in who_mistakes(padded, "request_id", 10, 20)]
    assert named == ["user", "reason"]
