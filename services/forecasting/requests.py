"""What is wrong with a request, every mistake at once."""

from collections.abc import Sequence

from services.runtime.refusals import FieldMistake, InvalidFields, NotFound

MAX_POINTS = 1_000


def points_mistakes(point_ids: Sequence[str]) -> list[FieldMistake]:
    """Return what is wrong with the points asked for."""
    mistakes = []
    if len(point_ids) > MAX_POINTS:
        text = f"{len(point_ids)} points; ask for at most {MAX_POINTS}"
        mistakes.append(FieldMistake("point_ids", text))
    if "" in point_ids:
        mistakes.append(FieldMistake("point_ids", "an id is empty; name a point or none"))
    return mistakes


def check(served: str, asked: str, mistakes: Sequence[FieldMistake]) -> None:
    """Refuse a request with mistakes, or of another park than the one served."""
    found = list(mistakes)
    if not asked:
        found.append(FieldMistake("park_id", f"is empty; this is {served!r}"))
    if found:
        raise InvalidFields(found)
    if asked != served:
        raise NotFound("park", asked)
