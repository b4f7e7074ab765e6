"""What is wrong with a request, every mistake at once."""

from collections.abc import Sequence

from services.runtime.refusals import FieldMistake

MAX_POINTS = 1_000
MAX_LEVELS = 20
MAX_SCENARIOS, USUAL_SCENARIOS = 200, 20
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
