"""Requests about scores: every mistake at once, then what is asked in the words of the store."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from parkflow.forecast.v1 import score_pb2 as wire
from services.energy.time_grid import QUARTER, floor
from services.forecasting.domain.scoring import SCORED_AHEAD, SCORES_KEPT
from services.forecasting.requests import points_mistakes
from services.forecasting.score_messages import CLASSES
from services.forecasting.score_store import Asked
from services.runtime.page_tokens import place_of, token_of
from services.runtime.refusals import FieldMistake, check_park
from services.runtime.requests import moment_of, page_mistakes

Place = tuple[str, int, date, int]
FIRST, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Nobody is asked about other years: spans before or after an instant of them exist."""
USUAL_PAGE, LARGEST_PAGE = 500, 5_000
USUAL_SPAN = timedelta(days=14)
LONGEST_PAST, USUAL_PAST = timedelta(days=7), timedelta(hours=48)
USUAL_LEADS, MOST_LEADS = (4, 16, 96), 8


def asked_from(request: wire.ListScoresRequest, park_id: str, now: datetime) -> Asked:
    """Return which scores are asked for; InvalidFields names every mistake."""
    since, until, mistakes = _span(request, now, USUAL_SPAN, SCORES_KEPT)
    mistakes += [
        *points_mistakes(request.point_ids),
        *_wrong("horizons", [n for n in request.horizons if n not in CLASSES], "use 1 to 6"),
        *_wrong("issue_hours", [h for h in request.issue_hours if not 0 <= h <= 23], "use 0 to 23"),
    ]
    if request.grouping not in wire.ScoreGrouping.values():
        mistakes.append(FieldMistake("grouping", f"{request.grouping} is none; use 0 to 2"))
    mistakes += page_mistakes(request.page_size, LARGEST_PAGE)
    check_park(request.park_id, park_id, mistakes)
    return Asked(
        since,
        until,
        tuple(sorted(set(request.point_ids))),
        tuple(sorted({CLASSES[number] for number in request.horizons})),
        tuple(sorted(set(request.issue_hours))),
        by_day=request.grouping == wire.ScoreGrouping.SCORE_GROUPING_DAY,
        by_hour=request.grouping == wire.ScoreGrouping.SCORE_GROUPING_ISSUE_HOUR,
    )


def past_from(
    request: wire.GetPastForecastsRequest, park_id: str, newest_issue: datetime
) -> tuple[tuple[int, ...], datetime, datetime]:
    """Return leads in quarter hours, and the span of quarter hours asked for."""
    since, until, mistakes = _span(request, newest_issue, USUAL_PAST, LONGEST_PAST, floor)
    spans = [lead.ToTimedelta() for lead in request.leads]
    if not request.point_id:
        mistakes.append(FieldMistake("point_id", "is empty; name a point"))
    if len(spans) > MOST_LEADS:
        mistakes.append(FieldMistake("leads", f"{len(spans)} leads; at most {MOST_LEADS}"))
    longest = SCORED_AHEAD * QUARTER
    bad = [str(lead) for lead in spans if lead % QUARTER or not QUARTER <= lead <= longest]
    mistakes += _wrong("leads", bad, "use whole quarter hours from 15 min to 48 h")
    check_park(request.park_id, park_id, mistakes)
    return tuple(lead // QUARTER for lead in spans) or USUAL_LEADS, since, until


def _span(
    request: Any,
    newest: datetime,
    usual: timedelta,
    longest: timedelta,
    to_grid: Callable[[datetime], datetime] = lambda moment: moment,
) -> tuple[datetime, datetime, list[FieldMistake]]:
    """Return [since, until) as asked for or as usual, and what is wrong with it."""
    given = {field: moment_of(request, field) for field in ("since", "until")}
    beyond = [field for field, one in given.items() if one and not FIRST <= one < END]
    if beyond:
        years = f"is outside the years {FIRST.year} to {END.year - 1}"
        return newest - usual, newest, [FieldMistake(field, years) for field in beyond]
    until = to_grid(given["until"] or newest)
    since = to_grid(given["since"] or until - usual)
    if since >= until:
        return since, until, [FieldMistake("until", f"{until} is not after since, {since}")]
    if until - since > longest:
        text = f"asks for {until - since}; at most {longest.days} days"
        return since, until, [FieldMistake("since", text)]
    return since, until, []


def _wrong(field: str, found: Iterable[Any], cure: str) -> list[FieldMistake]:
    values = ", ".join(repr(value) for value in found)
    return [FieldMistake(field, f"{values}: {cure}")] if values else []


def page_token(place: Place, asked: Asked) -> str:
    """Return the token for "after this place" of this question."""
    point, horizon, day, hour = place
    return token_of((point, horizon, day.isoformat(), hour), repr(asked))


def place_from(token: str, asked: Asked) -> Place:
    """Return the place a token stands for; refuses a token of another question."""
    return place_of(token, repr(asked), _place, "all fields, since and until included")


def _place(point: str, horizon: int, day: str, hour: int) -> Place:
    return str(point), int(horizon), date.fromisoformat(day), int(hour)
