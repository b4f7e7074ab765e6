"""Absolute times as hours of a horizon: elapsed time, so the day the clocks change is as long as
it is.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from services.dispatch.domain.park.horizon import MOMENT_H, Floats, Horizon
from services.dispatch.domain.park.quantities import Series
from services.energy.time_grid import Interval

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A horizon that begins at `start`."""

    start: datetime
    horizon: Horizon

    def h(self, moment: datetime) -> float:
        """Return a moment as hours from the start; before it they are negative."""
        return (moment.astimezone(UTC) - self.start.astimezone(UTC)) / HOUR

    @property
    def end_h(self) -> float:
        """When the horizon ends."""
        return float(self.horizon.ends_h[-1])

    def steps_of(self, window: Interval) -> NDArray[np.bool_]:
        """Return the steps of which more than a moment lies in a window, (steps,)."""
        inside_h = self.horizon.overlap_h(self.h(window.start), self.h(window.end))
        return np.asarray(inside_h > MOMENT_H)

    def at_most(self, series: Series, most: float, steps: NDArray[np.bool_]) -> tuple[float, ...]:
        """Return a series that is `most` at most, either way, in some steps."""
        values: Floats = self.horizon.array(series)
        return tuple(np.where(steps, np.clip(values, -most, most), values).tolist())
