"""Energy by the hour, with the hours in which it is not known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.carbon_accounting.domain.matching.periods import Periods

Wh = NDArray[np.int64]
Mask = NDArray[np.bool_]
HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True, eq=False)
class HourlyEnergy:
    """Wh of consecutive hours and where they are known, shape (hours,); 0 where they are not."""

    wh: Wh
    known: Mask

    @classmethod
    def unknown(cls, hours: int) -> "HourlyEnergy":
        """Return that nothing is known of so many hours."""
        return cls(np.zeros(hours, np.int64), np.zeros(hours, np.bool_))

    @classmethod
    def summed(
        cls, starts_us: Wh, step_us: int, known_wh: "HourlyEnergy", hours: Periods
    ) -> "HourlyEnergy":
        """Return shorter intervals summed up; an hour is known when all that it has are."""
        hour = hours.holding(starts_us, starts_us + step_us)
        there = (hour >= 0) & known_wh.known
        wh, count = np.zeros(hours.count, np.int64), np.zeros(hours.count, np.int64)
        np.add.at(wh, hour[there], known_wh.wh[there])
        np.add.at(count, hour[there], 1)
        whole = count * step_us == HOUR_US
        return cls(np.where(whole, wh, 0), whole)

    def less(self, taken_wh: Wh) -> "HourlyEnergy":
        """Return what is left where so much is taken, never below 0."""
        return HourlyEnergy(np.maximum(self.wh - taken_wh, 0), self.known)
