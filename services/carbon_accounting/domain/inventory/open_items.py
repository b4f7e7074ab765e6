"""What the books do not know or do not believe: named, sized and dated, never filled in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.carbon_accounting.domain.ledgers import Ledger


class Kind(StrEnum):
    """What sort of open item it is."""

    UNKNOWN_READING = "unknown-reading"
    MISSING_FACTOR = "missing-factor"
    DOES_NOT_CLOSE = "does-not-close"
    STORE = "store"
    UNFINISHED = "unfinished"
    NOT_COVERED = "not-covered"
    MISSING_PRICE = "missing-price"
    CONTRADICTION = "contradiction"


IN_NO_TOTAL = "in no total: "
"""How an item begins that is of what no total counts (biogenic CO2, capture)."""
LACKS = frozenset({Kind.MISSING_FACTOR, Kind.NOT_COVERED})


def tells_lack(kind: str, what: str, ledger: Ledger) -> bool:
    """Whether an item says that an activity of the park is not booked in a ledger for want of a
    factor: its totals are not whole then, but for what is in no total anyway.
    """
    return kind in LACKS and f"ledger {ledger.key}," in what and not what.startswith(IN_NO_TOTAL)


@dataclass(frozen=True, slots=True, order=True)
class OpenItem:
    """One thing somebody must look at. `start`/`end` None: it is not of one span of time."""

    kind: Kind
    subject: str
    what: str
    cure: str
    start: datetime | None = None
    end: datetime | None = None
