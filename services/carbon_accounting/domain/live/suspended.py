"""What a closed month would say otherwise, quarter by quarter: reasons, and sums by ledger.

An approval is of this content. Two contents are the same where they would post the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.reasons import SHOWN
from services.energy.time_grid import Interval


@dataclass(frozen=True, slots=True)
class Sums:
    """What counts of a ledger in ng: as reported, and as known now."""

    ledger: Ledger
    reported_ng: int
    known_ng: int


@dataclass(frozen=True, slots=True)
class Suspended:
    """One quarter hour that would be posted otherwise; `digest` is of what would be posted.

    `readings`: what registers say otherwise, `reading_count` of which the first are told;
    `factors`: which took whose place; `otherwise`: the reason where there is neither.
    """

    start: datetime
    digest: str
    sums: tuple[Sums, ...]
    readings: tuple[str, ...] = ()
    reading_count: int = 0
    factors: tuple[str, ...] = ()
    otherwise: str = ""


@dataclass(frozen=True)
class Content:
    """All that a pending restatement is of, by start."""

    quarters: Mapping[datetime, Suspended] = field(default_factory=dict)

    def told(self, span: Interval, found: Iterable[Suspended]) -> "Content":
        """Return this content where of a span these quarters, and no others, differ."""
        outside = {at: one for at, one in self.quarters.items() if at not in span}
        together = outside | {one.start: one for one in found}
        return Content(dict(sorted(together.items())))

    def is_as(self, other: "Content") -> bool:
        """Whether the same would be posted."""
        return self._digests == other._digests

    @property
    def _digests(self) -> dict[datetime, str]:
        return {at: one.digest for at, one in self.quarters.items()}

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """All reasons: of readings the first three and how many more, each other one once."""
        every = [*self.quarters.values()]
        readings = [text for one in every for text in one.readings][:SHOWN]
        more = sum(one.reading_count for one in every) - len(readings)
        told = [*readings, *([f"and {more} more"] if more > 0 else [])]
        told += _each_once(one.factors for one in every)
        return (*told, *_each_once((one.otherwise,) for one in every if one.otherwise))

    @cached_property
    def sums(self) -> tuple[Sums, ...]:
        """The sums of these quarters by ledger."""
        found: dict[Ledger, list[int]] = defaultdict(lambda: [0, 0])
        for one in (sums for quarter in self.quarters.values() for sums in quarter.sums):
            found[one.ledger][0] += one.reported_ng
            found[one.ledger][1] += one.known_ng
        return tuple(Sums(ledger, *found[ledger]) for ledger in sorted(found))


def _each_once(some: Iterable[Sequence[str]]) -> list[str]:
    return [*dict.fromkeys(text for texts in some for text in texts)]
