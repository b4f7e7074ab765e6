"""What is wrong with a request is said field by field."""

from datetime import UTC, datetime

import pytest

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from services.forecasting.requests import (
    count_mistakes,
    instants_mistakes,
    levels_mistakes,
    past_mistakes,
    paths_mistakes,
    points_mistakes,
    quantiles_mistakes,
)
from services.runtime.refusals import InvalidFields, check_park


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_a_level_outside_zero_and_one_is_refused_by_name(level: float) -> None:
    (mistake,) = levels_mistakes([0.5, level])

    assert mistake.field == "quantiles"
    assert "above 0 and below 1" in mistake.text


def test_twenty_levels_may_be_asked_and_no_more() -> None:
    assert levels_mistakes([0.5] * 20) == []
    assert [mistake.field for mistake in levels_mistakes([0.5] * 21)] == ["quantiles"]


def test_scenarios_are_bounded_by_their_number_and_by_all_their_paths() -> None:
    assert count_mistakes(200) == paths_mistakes(200, 100) == []
    assert [mistake.field for mistake in count_mistakes(201)] == ["count"]
    assert [mistake.field for mistake in paths_mistakes(200, 101)] == ["count"]


def test_quantiles_are_bounded_by_all_their_series() -> None:
    assert quantiles_mistakes(20, 250) == []
    assert [mistake.field for mistake in quantiles_mistakes(20, 251)] == ["quantiles"]


def test_the_usual_question_about_the_past_is_answered_in_a_park_of_a_thousand_series() -> None:
    assert past_mistakes(284, 1_000) == []
    (mistake,) = past_mistakes(864, 1_000)

    assert mistake.field == "since"
    assert "at most 400: ask for a shorter span" in mistake.text


def test_all_mistakes_are_told_at_once_and_the_park_comes_first() -> None:
    with pytest.raises(InvalidFields) as refused:
        check_park("", "demo-park", points_mistakes(["", *["x"] * 1_000]))

    assert [mistake.field for mistake in refused.value.mistakes] == [
        "park_id",
        "point_ids",
        "point_ids",
    ]


@pytest.mark.parametrize("year", [1, 1969, 2200, 9999])
def test_an_instant_from_which_spans_leave_the_calendar_is_refused(year: int) -> None:
    request = wire.GetForecastRequest()
    request.issued_by.FromDatetime(datetime(year, 6, 1, tzinfo=UTC))

    (mistake,) = instants_mistakes(request, "issued_by")

    assert mistake.field == "issued_by"
    assert "is not in the years 1970 to 2199" in mistake.text


def test_an_instant_of_our_days_or_none_passes() -> None:
    request = wire.GetForecastRequest()
    nothing_said = instants_mistakes(request, "issued_by")
    request.issued_by.FromDatetime(datetime(2019, 6, 1, tzinfo=UTC))

    assert nothing_said == instants_mistakes(request, "issued_by") == []
