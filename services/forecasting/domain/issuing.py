"""When an issue is made: at each quarter border, once the sources have passed it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.energy.time_grid import QUARTER, floor, to_microseconds

ISSUE_VALID = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Awaited:
    """An issue that is due, and the sources it waits for.

    `expected` are the points that had passed the last issue's border: a source that was silent
    then keeps nobody waiting now. Waiting ends when none of them is behind, when those that are
    have not moved for `patience`, or after a quarter. `newest_us` is each point's newest reading.
    """

    issue_time: datetime
    expected: frozenset[str]
    began: datetime
    moved_at: datetime
    patience: timedelta
    newest_us: Mapping[str, int]

    @classmethod
    def at(
        cls, issue_time: datetime, expected: frozenset[str], now: datetime, patience: timedelta
    ) -> "Awaited":
        """Return the wait as it begins."""
        return cls(issue_time, expected, now, now, patience, {})

    def seen(self, newest_us: Mapping[str, int], now: datetime) -> "Awaited":
        """Return the wait after a look at the points' newest readings."""
        moved = any(newest_us.get(p) != self.newest_us.get(p) for p in self.behind)
        return replace(self, newest_us=newest_us, moved_at=now if moved else self.moved_at)

    @property
    def passed(self) -> frozenset[str]:
        """The points with a reading at or after the border: their quarter is complete."""
        border_us = to_microseconds(self.issue_time)
        return frozenset(point for point, at_us in self.newest_us.items() if at_us >= border_us)

    @property
    def behind(self) -> frozenset[str]:
        """The expected points that are not past the border."""
        return self.expected - self.passed

    def ready(self, now: datetime) -> bool:
        """Whether to issue now, with what is known."""
        waited_enough = now - self.moved_at >= self.patience or now - self.began >= QUARTER
        return not self.behind or waited_enough


def due(now: datetime, last_issue: datetime | None) -> datetime | None:
    """Return the issue time that is due: the newest border only, None when it was issued."""
    border = floor(now)
    return border if last_issue is None or last_issue < border else None


def next_border(now: datetime) -> datetime:
    """Return the first border after `now`."""
    return floor(now) + QUARTER
