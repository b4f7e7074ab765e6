"""What is wrong with the input files: every mistake with its file and line, and the cure."""

from collections.abc import Iterable
from dataclasses import dataclass

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing wrong in a file; `line` counts from 1, the header included.

    `what` is said of the field: `is no number`, or the value itself as it stands there.
    """

    file: str
    line: int
    field: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field} {self.what} - {self.cure}"


class BadFiles(Exception):
    """Input that cannot be used; `mistakes` holds every reason."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = sorted(set(mistakes))
        super().__init__(f"{len(self.mistakes)} mistakes")

    def __str__(self) -> str:
        shown = [str(mistake) for mistake in self.mistakes[:MOST_SHOWN]]
        if more := len(self.mistakes) - len(shown):
            shown.append(f"… and {more} more")
        return "\n".join(shown)
