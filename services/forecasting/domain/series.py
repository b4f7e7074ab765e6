"""A power series on the quarter grid.

A *quarter number* counts quarters since the epoch; the last value of a series is the quarter that
ends at the issue time, so a model cannot see further.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from services.energy.time_grid import QUARTER

QUARTERS_A_DAY = 96
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Mean power of consecutive quarters, `power_w` (quarters,), NaN where nothing was believed."""

    first_quarter: int
    power_w: Floats

    @property
    def end_quarter(self) -> int:
        """The first quarter after the values: where a forecast begins."""
        return self.first_quarter + len(self.power_w)

    @property
    def history_days(self) -> float:
        """Days of quarters that have a value."""
        return float(np.isfinite(self.power_w).sum()) / QUARTERS_A_DAY

    @property
    def newest_age_quarters(self) -> int:
        """Quarters without a value at the end; the whole length when there is none at all."""
        seen = np.flatnonzero(np.isfinite(self.power_w))
        return len(self.power_w) - 1 - int(seen[-1]) if len(seen) else len(self.power_w)


def quarter_number(moment: datetime) -> int:
    """Return the quarter that holds `moment`."""
    return (moment - _EPOCH) // QUARTER


def quarter_start(number: int) -> datetime:
    """Return when a quarter begins."""
    return _EPOCH + number * QUARTER
