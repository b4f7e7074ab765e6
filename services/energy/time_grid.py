"""The quarter-hour planning grid and half-open intervals (conventions §1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

QUARTER = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A half-open span [start, end) in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(f"interval {self.start}..{self.end} needs time zones; use UTC")
        if self.end <= self.start:
            raise ValueError(f"interval must end after it starts, got {self.start}..{self.end}")

    @property
    def duration(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def steps(self, step: timedelta) -> Iterator["Interval"]:
        """Yield consecutive intervals of `step`; the last may be shorter."""
        start = self.start
        while start < self.end:
            end = min(start + step, self.end)
            yield Interval(start, end)
            start = end


def floor(moment: datetime, step: timedelta = QUARTER) -> datetime:
    """Return the last grid border at or before `moment`; the grid is aligned to the epoch."""
    return moment - (moment - _EPOCH) % step


def ceiling(moment: datetime, step: timedelta = QUARTER) -> datetime:
    """Return the first grid border at or after `moment`."""
    down = floor(moment, step)
    return down if down == moment else down + step


def to_microseconds(moment: datetime) -> int:
    """Return microseconds since the epoch (exact, no float)."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Return the UTC instant of microseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=int(microseconds))
