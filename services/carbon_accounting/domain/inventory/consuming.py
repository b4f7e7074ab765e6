"""Who consumed how much electricity when: all of it, and what of it was grid power or green."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.electricity import Use
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.inventory.site import PARK
from services.energy.time_grid import Interval, to_microseconds

MICROSECOND = timedelta(microseconds=1)


@dataclass
class Consumed:
    """One enterprise's electricity, Wh, arrays of shape (intervals,)."""

    all_wh: Whole
    grid_wh: Whole
    green_wh: Whole

    @classmethod
    def nothing(cls, intervals: int) -> "Consumed":
        """Return no consumption yet."""
        return cls(*(np.zeros(intervals, np.int64) for _ in range(3)))

    def add(self, use: Use, here: slice) -> None:
        """Add a use."""
        self.all_wh[here] += use.wh
        if use.is_grid:
            self.grid_wh[here] += use.wh
        elif use.origin.is_green:
            self.green_wh[here] += use.wh


@dataclass
class Consumption:
    """Every enterprise's, over the intervals of the data; `known` is False where not all is."""

    starts_us: Whole
    step: timedelta
    known: Mask
    by_enterprise: dict[str, Consumed] = field(default_factory=dict)

    @classmethod
    def nothing(cls, starts_us: Whole, step: timedelta) -> "Consumption":
        """Return that nobody consumed anything in these intervals."""
        return cls(starts_us, step, np.ones(len(starts_us), bool))

    @classmethod
    def none(cls) -> "Consumption":
        """Return the consumption of no interval."""
        return cls.nothing(np.zeros(0, np.int64), timedelta(minutes=15))

    def add(self, uses: Iterable[Use], here: slice, known: Mask) -> None:
        """Add the uses of some intervals, and where all of them is known."""
        self.known[here] = known
        for use in uses:
            if use.enterprise not in self.by_enterprise:
                self.by_enterprise[use.enterprise] = Consumed.nothing(len(self.starts_us))
            self.by_enterprise[use.enterprise].add(use, here)

    def wh_of(self, enterprise: str, span: Interval) -> int | None:
        """Return what an enterprise consumed in a span, PARK all together; None for strangers."""
        ones = [self.by_enterprise[enterprise]] if enterprise in self.by_enterprise else []
        if enterprise == PARK:
            ones = [*self.by_enterprise.values()]
        if not ones:
            return None
        start, end = to_microseconds(span.start), to_microseconds(span.end)
        first, last = np.searchsorted(self.starts_us, [start, end]).tolist()
        return sum(int(one.all_wh[first:last].sum()) for one in ones)
