"""Prices and intensities known per quarter; a later known-at wins slot by slot.

A value is absent until a curve has told it (§4). Stand-ins are the planner's choice and are named.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite

from services.energy.time_grid import QUARTER, ceiling, floor

KEPT = timedelta(days=8)
DAY = timedelta(days=1)
DAYS_BACK = 7


@dataclass(frozen=True, slots=True)
class Known:
    """One value with the time it became known and who said so."""

    value: float
    known_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A published curve: values from `start`, one per `step`."""

    source: str
    known_at: datetime
    start: datetime
    step: timedelta
    values: tuple[float, ...]

    def quarters(self) -> Iterable[tuple[datetime, float]]:
        """Yield each quarter whose start lies inside the curve with the value at its start."""
        if self.step <= timedelta(0):
            return
        quarter, end = ceiling(self.start), self.start + len(self.values) * self.step
        while quarter < end:
            yield quarter, self.values[(quarter - self.start) // self.step]
            quarter += QUARTER


@dataclass
class Book:
    """Everything known of one price or intensity. Repeats and any order give the same book."""

    quarters: dict[datetime, Known] = field(default_factory=dict)

    def learn(self, curve: Curve) -> bool:
        """Take a curve in; return whether anything changed."""
        changed = False
        for quarter, value in curve.quarters():
            former = self.quarters.get(quarter)
            if not isfinite(value) or (former and former.known_at > curve.known_at):
                continue
            known = Known(value, curve.known_at, curve.source)
            changed |= former is None or former.value != value
            self.quarters[quarter] = known
        return changed

    def forget(self, before: datetime) -> None:
        """Drop what is older than is ever asked for."""
        for quarter in [q for q in self.quarters if q < before - KEPT]:
            del self.quarters[quarter]

    def at(self, moment: datetime) -> Known | None:
        """Return what is known of the quarter that holds `moment`."""
        return self.quarters.get(floor(moment))

    def same_hour_before(self, moment: datetime) -> Known | None:
        """Return the newest value known for this quarter of an earlier day, at most a week back."""
        quarter = floor(moment)
        earlier = (self.quarters.get(quarter - days * DAY) for days in range(1, DAYS_BACK + 1))
        return next((known for known in earlier if known is not None), None)
