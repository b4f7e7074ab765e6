"""All that is wrong with the files at once, each with its file and line."""

from dataclasses import dataclass
from pathlib import Path

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to put right; line 1 is the header, 0 the file as a whole."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.text}"


class BadFiles(Exception):
    """Files that cannot be used; `mistakes` holds every reason."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} mistakes")
        self.mistakes = mistakes

    def __str__(self) -> str:
        shown = [str(mistake) for mistake in self.mistakes[:MOST_SHOWN]]
        if more := len(self.mistakes) - len(shown):
            shown.append(f"… and {more} more")
        return "\n".join(shown)


def file_name(path: Path) -> str:
    """Return how a file is named in mistakes."""
    return path.name
