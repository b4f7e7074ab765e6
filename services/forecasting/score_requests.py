"""Requests about scores: every mistake at once, then what is asked in the words of the store."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from parkflow.forecast.v1 import score_pb2 as wire
from services.energy.time_grid import QUARTER, floor
from services.forecasting.domain.scoring import SCORED_AHEAD
from services.forecasting.requests import points_mistakes
from services.forecasting.score_messages import CLASSES
from services.forecasting.score_store import Asked
from services.runtime.refusals import FieldMistake, check_park, invalid_field
from services.runtime.requests import moment_of, page_mistakes

Place = tuple[str, int, date, int]
USUAL_PAGE, LARGEST_PAGE = 500, 5_000
USUAL_SPAN = timedelta(days=14)
LONGEST_SPAN = timedelta(days=92)
LONGEST_PAST, USUAL_PAST = timedelta(days=7), timedelta(hours=48)
USUAL_LEADS, MOST_LEADS = (4, 16, 96), 8


def asked_from(request: wire.ListScoresRequest, park_id: str, now: datetime) -> Asked:
    """Return which scores are asked for; InvalidFields names every mistake."""
    until = moment_of(request, "until") or now
    since = moment_of(request, "since") or until - USUAL_SPAN
    mistakes = [
        *_span_mistakes(since, until, LONGEST_SPAN),
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
    until = floor(moment_of(request, "until") or newest_issue)
    since = floor(moment_of(request, "since") or until - USUAL_PAST)
    spans = [lead.ToTimedelta() for lead in request.leads]
    mistakes = _span_mistakes(since, until, LONGEST_PAST)
    if not request.point_id:
        mistakes.append(FieldMistake("point_id", "is empty; name a point"))
    if len(spans) > MOST_LEADS:
        mistakes.append(FieldMistake("leads", f"{len(spans)} leads; at most {MOST_LEADS}"))
    longest = SCORED_AHEAD * QUARTER
    bad = [str(lead) for lead in spans if lead % QUARTER or not QUARTER <= lead <= longest]
    mistakes += _wrong("leads", bad, "use whole quarter hours from 15 min to 48 h")
    check_park(request.park_id, park_id, mistakes)
    return tuple(lead // QUARTER for lead in spans) or USUAL_LEADS, since, until


def _span_mistakes(since: datetime, until: datetime, longest: timedelta) -> list[FieldMistake]:
    if since >= until:
        return [FieldMistake("until", f"{until} is not after since, {since}")]
    if until - since > longest:
        return [FieldMistake("since", f"asks for {until - since}; at most {longest.days} days")]
    return []


def _wrong(field: str, found: Iterable[Any], cure: str) -> list[FieldMistake]:
    values = ", ".join(repr(value) for value in found)
    return [FieldMistake(field, f"{values}: {cure}")] if values else []


def page_token(place: Place, asked: Asked) -> str:
    """Return the token for "after this place" of this question."""
    point, horizon, day, hour = place
    content = [point, horizon, day.isoformat(), hour, _digest(asked)]
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def place_from(token: str, asked: Asked) -> Place:
    """Return the place a token stands for; refuses a token of another question."""
    try:
        point, horizon, day, hour, digest = json.loads(base64.urlsafe_b64decode(token))
        place = (str(point), int(horizon), date.fromisoformat(day), int(hour))
    except (binascii.Error, ValueError, TypeError):
        text = "not a token of this service; send the next_page_token you were given"
        raise invalid_field("page_token", text) from None
    if digest != _digest(asked):
        text = "belongs to another question; keep all fields, since and until included"
        raise invalid_field("page_token", text)
    return place


def _digest(asked: Asked) -> str:
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:12]
