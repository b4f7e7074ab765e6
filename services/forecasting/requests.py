"""What is wrong with a request, every mistake at once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from services.runtime.refusals import FieldMistake
from services.runtime.requests import moment_of

MAX_POINTS = 1_000
MAX_LEVELS = 20
MAX_SCENARIOS, USUAL_SCENARIOS = 200, 20
MAX_QUANTILES = 5_000
"""Of all series of an answer: 8 MB."""
MAX_SERIES_READ = 400_000
"""2 GB; two days of a thousand series, said 1, 4 and 24 h before, are 284,000."""
FIRST_YEAR, LAST_YEAR = 1970, 2199
EARLIEST, LATEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
MAX_PATHS = 20_000
"""Of all series of an answer: 31 MB."""


def points_mistakes(point_ids: Sequence[str]) -> list[FieldMistake]:
    """Return what is wrong with the points asked for."""
    mistakes = []
    if len(point_ids) > MAX_POINTS:
        text = f"{len(point_ids)} points; ask for at most {MAX_POINTS}"
        mistakes.append(FieldMistake("point_ids", text))
    if "" in point_ids:
        mistakes.append(FieldMistake("point_ids", "an id is empty; name a point or none"))
    return mistakes


def levels_mistakes(levels: Sequence[float]) -> list[FieldMistake]:
    """Return what is wrong with the quantiles asked for."""
    mistakes = []
    if len(levels) > MAX_LEVELS:
        text = f"{len(levels)} levels; ask for at most {MAX_LEVELS}"
        mistakes.append(FieldMistake("quantiles", text))
    if outside := [level for level in levels if not 0.0 < level < 1.0]:
        text = f"{outside[0]:g} is no level; ask above 0 and below 1, like 0.05"
        mistakes.append(FieldMistake("quantiles", text))
    return mistakes


def quantiles_mistakes(levels: int, series: int) -> list[FieldMistake]:
    """Return what is wrong with so many quantiles of so many series."""
    if levels * series <= MAX_QUANTILES:
        return []
    text = f"{levels} levels of {series} series; at most {MAX_QUANTILES} together: name point_ids"
    return [FieldMistake("quantiles", text)]


def past_mistakes(issues: int, series: int) -> list[FieldMistake]:
    """Return what is wrong with so many issues of so many series to be read for an answer."""
    if issues * series <= MAX_SERIES_READ:
        return []
    most = MAX_SERIES_READ // series
    text = f"takes {issues} issues; at most {most}: ask for a shorter span or fewer leads"
    return [FieldMistake("since", text)]


def instants_mistakes(request: Any, *fields: str) -> list[FieldMistake]:
    """Return which instants lie where no park ever was: spans from them may leave the calendar."""
    asked = {field: moment_of(request, field) for field in fields}
    return [
        FieldMistake(field, f"{moment} is not in the years {FIRST_YEAR} to {LAST_YEAR}")
        for field, moment in asked.items()
        if moment is not None and not EARLIEST <= moment < LATEST
    ]


def count_mistakes(count: int) -> list[FieldMistake]:
    """Return what is wrong with the number of scenarios asked for."""
    if count <= MAX_SCENARIOS:
        return []
    return [FieldMistake("count", f"{count} scenarios; ask for at most {MAX_SCENARIOS}")]


def paths_mistakes(count: int, series: int) -> list[FieldMistake]:
    """Return what is wrong with so many scenarios of so many series."""
    if count * series <= MAX_PATHS:
        return []
    text = f"{count} scenarios of {series} series; ask for fewer, or name fewer point_ids"
    return [FieldMistake("count", text)]
