"""The steps a plan has, of any length."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le, MaxLen
from numpy.typing import NDArray

from services.dispatch.domain.park.quantities import SHORTEST_H, Part, Series, must

Floats = NDArray[np.float64]
MOST_STEPS = 3000
FIRST_YEAR, LAST_YEAR = 2, 9000
"""Times within them can be told in any zone."""
MOMENT_H = 1e-5
"""Times nearer to each other than this are the same (§1)."""
HOURS_OF_A_DAY = 24.0
A_SECOND_H, NEARLY_H = 1.0 / 3600.0, 1e-4
StepLength = Annotated[float, Ge(SHORTEST_H), Le(24.0)]


def nearly_seconds_h(times_h: Floats) -> Floats:
    """Return times of which each that is nearly a whole second is that second, h (§1)."""
    seconds_h = np.round(times_h / A_SECOND_H) * A_SECOND_H
    nearly = np.abs(times_h - seconds_h) <= NEARLY_H
    return np.asarray(np.where(nearly, seconds_h, times_h), np.float64)


def nearly_a_second_h(time_h: float) -> float:
    """Return a time; one that is nearly a whole second is that second, h (§1)."""
    return float(nearly_seconds_h(np.array([time_h]))[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon(Part):
    """`steps` steps of `step_h`, or `steps_h`: each step's length. `start` has a zone.

    Without a start, clock intervals and times of day are counted from 2026-01-01 00:00 UTC.
    """

    start: datetime | None = None
    steps: Annotated[int, Ge(0), Le(MOST_STEPS)] = 0
    step_h: StepLength = 0.25
    steps_h: Annotated[tuple[StepLength, ...], MaxLen(MOST_STEPS)] = ()

    def __post_init__(self) -> None:
        must(
            bool(self.steps_h) != bool(self.steps),
            "give either steps (how many, of step_h each) or steps_h (each one's length)",
        )
        must(self.start is None or self.start.tzinfo is not None, "start needs a time zone")
        must(self.start is None or self.start.year >= FIRST_YEAR, f"start is before {FIRST_YEAR}")
        must(self.start is None or self.start.year < LAST_YEAR, f"start is after {LAST_YEAR}")

    @property
    def edges_h(self) -> Floats:
        """Where steps begin and end, (steps + 1,) h: nearly a whole second is that second (§1)."""
        lengths_h = self.steps_h or (self.step_h,) * self.steps
        return nearly_seconds_h(np.concatenate([[0.0], np.cumsum(lengths_h)]))

    @property
    def hours(self) -> Floats:
        """Each step's length, (steps,) h."""
        return np.asarray(np.diff(self.edges_h), np.float64)

    @property
    def ends_h(self) -> Floats:
        """When each step ends, (steps,) h from the start."""
        return self.edges_h[1:]

    @property
    def begins_h(self) -> Floats:
        """When each step begins, (steps,) h from the start."""
        return self.edges_h[:-1]

    def __len__(self) -> int:
        return len(self.steps_h) or self.steps

    def at(self, step: int) -> datetime | None:
        """When a step begins; None without a start."""
        if self.start is None:
            return None
        return self.start + timedelta(hours=float(self.begins_h[step]))

    def elapsed_h(self, interval_h: float) -> float:
        """How long before the start the running interval of the local clock began, h (§4.2).

        Intervals begin at multiples of their length after local midnight, and one of them at the
        start where there is none.
        """
        if self.start is None:
            return 0.0
        seconds = nearly_a_second_h(interval_h) / A_SECOND_H
        midnight = self.start.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        elapsed_s = (self.start.replace(tzinfo=None) - midnight).total_seconds() % seconds
        elapsed_h = elapsed_s * A_SECOND_H
        return 0.0 if interval_h - elapsed_h <= MOMENT_H else elapsed_h

    @property
    def days(self) -> NDArray[np.int64]:
        """Which day each step begins in, (steps,): 0 is the first; they are those of the start's
        zone (23, 24 or 25 h), and without a start 24 h each from the beginning.
        """
        begins_h = self.begins_h + MOMENT_H
        if self.start is None:
            return np.asarray(begins_h // HOURS_OF_A_DAY, np.int64)
        begun, zone = self.start.astimezone(UTC), self.start.tzinfo
        local = [begun + timedelta(hours=hours) for hours in begins_h.tolist()]
        days = [moment.astimezone(zone).toordinal() for moment in local]
        return np.array(days, np.int64) - self.start.toordinal()

    def overlap_h(self, from_h: float, to_h: float) -> Floats:
        """How long each step lies in `[from_h, to_h)`, (steps,) h."""
        inside = np.minimum(self.ends_h, to_h) - np.maximum(self.begins_h, from_h)
        return np.asarray(np.clip(inside, 0.0, None), np.float64)

    def array(self, series: Series) -> Floats:
        """A series as an array, (steps,); a single number stands for every step."""
        if isinstance(series, tuple):
            return np.array(series, np.float64)
        return np.full(len(self), float(series))
