"""What the books do not know or do not believe: named, sized and dated, never filled in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What sort of open item it is."""

    UNKNOWN_READING = "unknown-reading"
    MISSING_FACTOR = "missing-factor"
    DOES_NOT_CLOSE = "does-not-close"
    STORE = "store"
    UNFINISHED = "unfinished"
    NOT_COVERED = "not-covered"


@dataclass(frozen=True, slots=True, order=True)
class OpenItem:
    """One thing somebody must look at. `start`/`end` None: it is not of one span of time."""

    kind: Kind
    subject: str
    what: str
    cure: str
    start: datetime | None = None
    end: datetime | None = None
