"""The problem document: JSON becomes a `ParkProblem`, or every mistake with its path and cure."""

import json
from codecs import BOM_UTF8
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.dispatch.domain.park.problem import Mistake, ParkProblem, mistakes_between
from services.dispatch.solve.half_right import half_right
from services.dispatch.solve.literals import Twice, odd_literals
from services.dispatch.solve.wording import mistakes_of

MOST_BYTES = 64 * 1024 * 1024
MOST_SHOWN = 200
WHOLE = "problem"
"""The path of a document as a whole."""


class BadProblem(Exception):
    """A document that cannot be used; `mistakes` holds every reason."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} mistakes")
        self.mistakes = mistakes

    @classmethod
    def of(cls, path: str, text: str) -> "BadProblem":
        """Return what one mistake makes."""
        return cls([Mistake(path, text)])

    def __str__(self) -> str:
        shown = [str(mistake) for mistake in self.mistakes[:MOST_SHOWN]]
        if more := len(self.mistakes) - len(shown):
            shown.append(f"… and {more} more")
        return "\n".join(shown)


@cache
def adapter() -> TypeAdapter[ParkProblem]:
    """Return what validates documents; it takes a second to make."""
    return TypeAdapter(ParkProblem)


def problem_from(content: bytes) -> ParkProblem:
    """Return the problem of a document; BadProblem with every mistake."""
    document, odd = document_from(content)
    mistakes = {mistake.path: mistake for mistake in odd}
    problem: ParkProblem | None
    try:
        problem = adapter().validate_json(content.removeprefix(BOM_UTF8), strict=True)
    except ValidationError as error:
        found = mistakes_of(document, error.errors(include_url=False))
        mistakes = {mistake.path: mistake for mistake in found} | mistakes
        problem = half_right(document, frozenset(mistakes))
    if problem is not None:
        for mistake in mistakes_between(problem):
            mistakes.setdefault(mistake.path, mistake)
    if mistakes or problem is None:
        raise BadProblem(sorted(mistakes.values()))
    return problem


def document_from(content: bytes) -> tuple[Any, list[Mistake]]:
    """Return the JSON of a file and what is odd in it; BadProblem where it is no JSON."""
    if len(content) > MOST_BYTES:
        raise BadProblem.of(
            WHOLE, f"is larger than {MOST_BYTES // 2**20} MB: longer steps make it smaller"
        )
    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=Twice.of)
        return document, list(odd_literals(document))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise BadProblem.of(WHOLE, f"is no JSON at {place}: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise BadProblem.of(
            WHOLE, f"is no UTF-8 at byte {error.start}: save it as UTF-8"
        ) from error
    except RecursionError as error:
        raise BadProblem.of(WHOLE, "is nested too deeply") from error
    except ValueError as error:
        raise BadProblem.of(WHOLE, "has a number of thousands of digits: is it one?") from error
