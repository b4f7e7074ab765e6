"""What a source's readings were like at the newest checkpoints, over all partitions that know it.

Pushed and imported readings may come under another source than the park file's, and so into other
partitions: each of these counts what it has seen.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from services.energy.time_grid import QUARTER


@dataclass(frozen=True, slots=True)
class Quarters:
    """Points that have, and that should have, a usable reading: a quarter hour after the other."""

    first: datetime
    filled: list[int]
    expected: list[int]

    def since(self, first: datetime) -> "Quarters":
        """Return the same beginning later."""
        skipped = (first - self.first) // QUARTER
        missing = [0] * min(skipped, len(self.filled))
        return Quarters(first, self.filled[skipped:] + missing, self.expected[skipped:] + missing)


@dataclass(frozen=True, slots=True)
class Quality:
    """The 24 hours up to `as_of`; `doubts` counts readings by the number of their doubt.

    `unheard` points never said anything to the partition that heard most of them.
    """

    source_id: str
    newest_event: datetime
    newest_arrival: datetime
    as_of: datetime
    quarters: Quarters
    unheard: int
    doubts: Counter[int]

    @property
    def completeness_share(self) -> float:
        """The share (0..1) of quarter hours that hold what they should; 0 when none should."""
        expected = sum(self.quarters.expected)
        return sum(self.quarters.filled) / expected if expected else 0.0


def together(one: Quality, other: Quality) -> Quality:
    """Return what two partitions know of a source; a quarter hour is as full as either has it."""
    first = max(one.quarters.first, other.quarters.first)
    mine, theirs = one.quarters.since(first), other.quarters.since(first)
    return Quality(
        one.source_id,
        max(one.newest_event, other.newest_event),
        max(one.newest_arrival, other.newest_arrival),
        max(one.as_of, other.as_of),
        Quarters(
            first,
            list(map(max, mine.filled, theirs.filled)),
            list(map(max, mine.expected, theirs.expected)),
        ),
        min(one.unheard, other.unheard),
        one.doubts + other.doubts,
    )
