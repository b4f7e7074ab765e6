"""What a request asks for, checked: every mistake is named at once."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from parkflow.history.v1 import history_service_pb2 as wire
from services.energy.time_grid import QUARTER, Interval, floor, to_microseconds
from services.history.aggregates import Question, levels_for_calendar, levels_for_step
from services.history.domain.gaps import Course
from services.history.domain.standing import EARLIEST_US, LATEST_US
from services.history.domain.windows import Level, borders_of, grid
from services.runtime.refusals import FieldMistake

MAX_POINTS = 1_000
ESTIMATED_POINTS, ESTIMATED_POINTS_THEN = 100, 10
"""Their gaps may look back five weeks: at rollups, or, as of then, at every reading."""
NAMED = 10
MAX_PAGE = 50_000
MAX_SLOTS = 200_000
CALENDAR = {wire.CALENDAR_STEP_DAY: Level.DAY, wire.CALENDAR_STEP_MONTH: Level.MONTH}
_ANY_DAY = Interval(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC))


def point_mistakes(points: Any) -> list[FieldMistake]:
    """Return what is wrong with a list of points."""
    if not 1 <= len(points) <= MAX_POINTS:
        return [FieldMistake("point_ids", f"name 1 to {MAX_POINTS} points, got {len(points)}")]
    return []


def export_mistakes(request: Any) -> list[FieldMistake]:
    """Return what is wrong with how an export is to be written."""
    mistakes = []
    if request.format not in (wire.EXPORT_FORMAT_ARROW_STREAM, wire.EXPORT_FORMAT_PARQUET):
        mistakes.append(FieldMistake("format", "name one: Arrow stream or Parquet"))
    if request.content not in wire.ExportContent.values():
        mistakes.append(FieldMistake("content", f"{request.content} is neither of the two"))
    if request.include_rejected and request.content == wire.EXPORT_CONTENT_ENERGY:
        mistakes.append(FieldMistake("include_rejected", "leave it out: energies have no verdict"))
    return mistakes


def quarter_mistakes(request: Any, interval: Interval) -> list[FieldMistake]:
    """Return what is not on quarter hours: less of an energy is not known."""
    mistakes = []
    if request.step.ToTimedelta() % QUARTER:
        mistakes.append(FieldMistake("step", "must be whole quarter hours"))
    if any(floor(moment) != moment for moment in (interval.start, interval.end)):
        mistakes.append(FieldMistake("interval", "must begin and end on quarter hours"))
    return mistakes


def estimate_mistakes(
    request: Any, interval: Interval, courses: Mapping[str, Course]
) -> list[FieldMistake]:
    """Return what stands against estimating gaps."""
    mistakes = quarter_mistakes(request, interval)
    if request.aggregation != wire.AGGREGATION_MEAN:
        mistakes.append(FieldMistake("aggregation", "only means have their gaps estimated"))
    points = list(request.point_ids)
    most = ESTIMATED_POINTS_THEN if request.HasField("known_at") else ESTIMATED_POINTS
    if len(points) > most:
        text = f"name up to {most} with estimate_gaps, got {len(points)}"
        mistakes.append(FieldMistake("point_ids", text))
    ends_us = (to_microseconds(interval.start), to_microseconds(interval.end))
    if ends_us[0] < EARLIEST_US or ends_us[1] > LATEST_US:
        mistakes.append(FieldMistake("interval", "must lie within the years 1970 to 2199"))
    if (quarters := len(points) * (interval.duration / QUARTER)) > MAX_SLOTS:
        text = f"has {quarters:.0f} quarter hours to estimate; ask for at most {MAX_SLOTS} a call"
        mistakes.append(FieldMistake("interval", text))
    if others := [name for name in points[:most] if name not in courses]:
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        text = f"no estimates of {', '.join(others[:NAMED])}{more}: ask for them without; "
        mistakes.append(FieldMistake("point_ids", text + "registers have GetEnergy"))
    return mistakes


def interval_of(request: Any, mistakes: list[FieldMistake]) -> Interval:
    """Return the interval asked for, or note what is wrong with it."""
    try:
        return Interval(
            request.interval.start.ToDatetime(tzinfo=UTC),
            request.interval.end.ToDatetime(tzinfo=UTC),
        )
    except ValueError as mistake:
        mistakes.append(FieldMistake("interval", str(mistake)))
        return _ANY_DAY


def known_at_of(request: Any) -> datetime | None:
    """Return as of when history is asked; None is now."""
    if not request.HasField("known_at"):
        return None
    moment: datetime = request.known_at.ToDatetime(tzinfo=UTC)
    return moment


def borders_asked(
    request: Any, interval: Interval, zone: ZoneInfo, mistakes: list[FieldMistake]
) -> NDArray[np.int64]:
    """Return the borders of the slots that enclose the interval, or note what is wrong."""
    first_us, last_us = to_microseconds(interval.start), to_microseconds(interval.end) - 1
    step = request.step.ToTimedelta()
    if request.calendar_step in CALENDAR:
        if step:
            mistakes.append(FieldMistake("step", "leave it out where calendar_step is set"))
        level = CALENDAR[request.calendar_step]
        if _too_many(interval.duration / timedelta(days=1), request, mistakes):
            return np.empty(0, dtype=np.int64)
        return borders_of(level, zone, first_us, last_us)
    if step < timedelta(seconds=1):
        mistakes.append(FieldMistake("step", f"{step} is below 1 s"))
        return np.empty(0, dtype=np.int64)
    if _too_many(interval.duration / step, request, mistakes):
        return np.empty(0, dtype=np.int64)
    return grid(step // timedelta(microseconds=1), first_us, last_us)


def question_of(
    request: Any,
    numbers: list[int],
    interval: Interval,
    borders: NDArray[np.int64],
    zone: ZoneInfo,
) -> Question:
    """Return a checked request for aggregates as a question."""
    if request.calendar_step in CALENDAR:
        levels = levels_for_calendar(CALENDAR[request.calendar_step], zone)
    else:
        levels = levels_for_step(request.step.ToTimedelta() // timedelta(microseconds=1))
    return Question(
        sorted(set(numbers)),
        to_microseconds(interval.start),
        to_microseconds(interval.end),
        borders,
        levels,
        known_at_of(request),
        zone,
    )


def _too_many(slots: float, request: Any, mistakes: list[FieldMistake]) -> bool:
    values = slots * len(request.point_ids)
    if values > MAX_SLOTS:
        text = f"{values:.0f} values; ask for at most {MAX_SLOTS} a call"
        mistakes.append(FieldMistake("step", text))
    return values > MAX_SLOTS
