"""Questions about scores: every mistake at once, and pages of one question only."""

from datetime import UTC, date, datetime, timedelta

import pytest

from parkflow.forecast.v1 import score_pb2 as wire
from services.forecasting.domain.scoring import HorizonClass
from services.forecasting.score_requests import asked_from, page_token, past_from, place_from
from services.runtime.refusals import InvalidFields, NotFound
from tests.support.builders import MORNING

PARK = "demo-park"


def mistakes(refusal: InvalidFields) -> list[str]:
    return sorted({mistake.field for mistake in refusal.mistakes})


def test_without_a_span_the_last_two_weeks_of_everything_are_asked_for() -> None:
    asked = asked_from(wire.ListScoresRequest(park_id=PARK), PARK, MORNING)

    assert (asked.until, asked.until - asked.since) == (MORNING, timedelta(days=14))
    assert (asked.points, asked.horizons, asked.hours) == ((), (), ())


def test_points_classes_hours_and_grouping_are_taken_once_each() -> None:
    request = wire.ListScoresRequest(
        park_id=PARK,
        point_ids=["b.x", "a.x", "b.x"],
        horizons=[wire.HORIZON_CLASS_24_H, wire.HORIZON_CLASS_15_MIN],
        issue_hours=[23, 0, 0],
        grouping=wire.SCORE_GROUPING_ISSUE_HOUR,
    )

    asked = asked_from(request, PARK, MORNING)

    assert asked.points == ("a.x", "b.x")
    assert asked.horizons == (HorizonClass.QUARTER, HorizonClass.DAY)
    assert asked.hours == (0, 23)
    assert (asked.by_hour, asked.by_day) == (True, False)


def test_every_mistake_is_named_at_once() -> None:
    request = wire.ListScoresRequest(
        point_ids=[""],
        horizons=[9],  # type: ignore[list-item]
        issue_hours=[24],
        grouping=7,  # type: ignore[arg-type]
        page_size=5_001,
    )
    request.since.FromDatetime(MORNING)
    request.until.FromDatetime(MORNING)

    with pytest.raises(InvalidFields) as refused:
        asked_from(request, PARK, MORNING)

    assert mistakes(refused.value) == [
        "grouping",
        "horizons",
        "issue_hours",
        "page_size",
        "park_id",
        "point_ids",
        "until",
    ]


def test_more_than_is_kept_is_not_asked_for() -> None:
    request = wire.ListScoresRequest(park_id=PARK)
    request.since.FromDatetime(MORNING - timedelta(days=93))

    with pytest.raises(InvalidFields, match="at most 92 days"):
        asked_from(request, PARK, MORNING)


@pytest.mark.parametrize("field", ["since", "until"])
@pytest.mark.parametrize("year", [1, 1969, 2200, 9999])
def test_years_that_nothing_was_forecast_in_are_refused(field: str, year: int) -> None:
    scores = wire.ListScoresRequest(park_id=PARK)
    past = wire.GetPastForecastsRequest(park_id=PARK, point_id="a.x")
    for request in (scores, past):
        getattr(request, field).FromDatetime(datetime(year, 1, 1, tzinfo=UTC))

    for ask in (lambda: asked_from(scores, PARK, MORNING), lambda: past_from(past, PARK, MORNING)):
        with pytest.raises(InvalidFields, match="is outside the years 1970 to 2199") as refused:
            ask()
        assert mistakes(refused.value) == [field]


def test_another_park_is_not_found() -> None:
    with pytest.raises(NotFound, match="elsewhere"):
        asked_from(wire.ListScoresRequest(park_id="elsewhere"), PARK, MORNING)


def test_a_page_goes_on_where_its_token_says_and_only_for_its_own_question() -> None:
    asked = asked_from(wire.ListScoresRequest(park_id=PARK), PARK, MORNING)
    other = asked_from(wire.ListScoresRequest(park_id=PARK, issue_hours=[3]), PARK, MORNING)
    place = ("a.x", 96, date(2019, 6, 3), 7)

    token = page_token(place, asked)

    assert place_from(token, asked) == place
    with pytest.raises(InvalidFields, match="another question"):
        place_from(token, other)
    with pytest.raises(InvalidFields, match="not a token of this service"):
        place_from("bm9uc2Vuc2U=", asked)


def test_the_past_is_asked_for_in_whole_quarter_hours_of_two_days() -> None:
    request = wire.GetPastForecastsRequest(park_id=PARK, point_id="a.x")

    leads, since, until = past_from(request, PARK, MORNING)

    assert leads == (4, 16, 96)
    assert (until, until - since) == (MORNING, timedelta(hours=48))


def test_distances_beside_the_grid_or_beyond_two_days_are_refused() -> None:
    request = wire.GetPastForecastsRequest(park_id=PARK)
    for minutes in (0, 20, 49 * 60):
        request.leads.add().FromTimedelta(timedelta(minutes=minutes))

    with pytest.raises(InvalidFields) as refused:
        past_from(request, PARK, MORNING)

    assert mistakes(refused.value) == ["leads", "point_id"]
