"""When an issue is made: at each quarter border, once the sources have passed it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.energy.time_grid import QUARTER, floor, to_microseconds

ISSUE_VALID = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for sources that stand still, and for sources that move but are behind."""

    standing: timedelta
    moving: timedelta = QUARTER


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a point's readings reach: the newest of all, and the newest before the border."""

    newest_us: int
    before_us: int | None

    def completes(self, border: datetime) -> bool:
        """Whether the quarter that ends at `border` was measured and is over for this source."""
        border_us = to_microseconds(border)
        first_us = to_microseconds(border - QUARTER)
        return self.newest_us >= border_us and (self.before_us or 0) >= first_us


@dataclass(frozen=True, slots=True)
class Awaited:
    """An issue that is due, and the sources it waits for.

    `expected` are the points that were complete at the last issue: a source that was silent then
    keeps nobody waiting now. Waiting ends when none of them is behind or the patience with them
    is used up. A device that delivers its past after the present (a backfill) is behind, too.
    `derived` are points whose quarters this service makes of what others say: they are awaited
    once anything of them lies before the border, since some parks never say it.
    """

    issue_time: datetime
    expected: frozenset[str]
    began: datetime
    moved_at: datetime
    patience: Patience
    reached: Mapping[str, Reached]
    derived: frozenset[str] = frozenset()

    @classmethod
    def at(
        cls,
        issue_time: datetime,
        expected: frozenset[str],
        now: datetime,
        patience: Patience,
        derived: frozenset[str] = frozenset(),
    ) -> "Awaited":
        """Return the wait as it begins."""
        return cls(issue_time, expected, now, now, patience, {}, derived)

    def seen(self, reached: Mapping[str, Reached], now: datetime) -> "Awaited":
        """Return the wait after a look at how far the points reach."""
        moved = any(reached.get(point) != self.reached.get(point) for point in self.behind)
        return replace(self, reached=reached, moved_at=now if moved else self.moved_at)

    @property
    def complete(self) -> frozenset[str]:
        """The points whose quarter before the border is measured and over."""
        found = self.reached.items()
        return frozenset(point for point, at in found if at.completes(self.issue_time))

    @property
    def behind(self) -> frozenset[str]:
        """The expected points that are not complete."""
        return self.expected - self.complete - self._never_heard

    @property
    def _never_heard(self) -> frozenset[str]:
        """The derived points of which nothing lies before the border."""
        return frozenset(
            point
            for point in self.derived
            if point not in self.reached or self.reached[point].before_us is None
        )

    def ready(self, now: datetime) -> bool:
        """Whether to issue now, with what is known."""
        stood = now - self.moved_at >= self.patience.standing
        return not self.behind or stood or now - self.began >= self.patience.moving


def due(now: datetime, last_issue: datetime | None) -> datetime | None:
    """Return the issue time that is due: the newest border only, None when it was issued."""
    border = floor(now)
    return border if last_issue is None or last_issue < border else None


def is_set_back(now: datetime, last_issue: datetime | None) -> bool:
    """Whether the newest issue lies further ahead of now than any border can: time went back."""
    return last_issue is not None and last_issue - now > QUARTER


def next_border(now: datetime) -> datetime:
    """Return the first border after `now`."""
    return floor(now) + QUARTER
