"""When an issue is made: at each quarter border, once the sources have passed it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.energy.time_grid import QUARTER, floor

ISSUE_VALID = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Awaited:
    """An issue that is due, and what it still waits for.

    `expected` are the points whose source was moving at the last issue: one that has been silent
    since before then keeps nobody waiting. Waiting ends at `latest`, with what is known by then.
    """

    issue_time: datetime
    expected: frozenset[str]
    latest: datetime

    def ready(self, passed: frozenset[str], now: datetime) -> bool:
        """Whether to issue now; `passed` are the points with a reading at or after the border."""
        return self.expected <= passed or now >= self.latest


def due(now: datetime, last_issue: datetime | None) -> datetime | None:
    """Return the issue time that is due: the newest border only, None when it was issued."""
    border = floor(now)
    return border if last_issue is None or last_issue < border else None


def next_border(now: datetime) -> datetime:
    """Return the first border after `now`."""
    return floor(now) + QUARTER
