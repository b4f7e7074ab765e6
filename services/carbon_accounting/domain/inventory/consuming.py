"""Who consumed how much electricity when: all of it, and what of it was grid power or green."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.electricity import Use
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.inventory.site import PARK
from services.energy.time_grid import Interval, to_microseconds

MICROSECOND = timedelta(microseconds=1)


@dataclass
class Consumed:
    """One enterprise's electricity, Wh; arrays of shape (intervals,).

    `known` is False where not all of its lines are traced.
    """

    all_wh: Whole
    grid_wh: Whole
    green_wh: Whole
    known: Mask

    @classmethod
    def nothing(cls, intervals: int) -> "Consumed":
        """Return no consumption yet."""
        all_wh, grid_wh, green_wh = (np.zeros(intervals, np.int64) for _ in range(3))
        return cls(all_wh, grid_wh, green_wh, np.ones(intervals, bool))

    def first(self, count: int) -> "Consumed":
        """Return the first so many intervals."""
        here = slice(count)
        return Consumed(
            self.all_wh[here], self.grid_wh[here], self.green_wh[here], self.known[here]
        )

    def add(self, use: Use, here: slice) -> None:
        """Add a use."""
        self.all_wh[here] += use.wh
        if use.is_grid:
            self.grid_wh[here] += use.wh
        elif use.origin.is_green:
            self.green_wh[here] += use.wh


@dataclass
class Consumption:
    """Every enterprise's, over the intervals of the data."""

    starts_us: Whole
    step: timedelta
    by_enterprise: dict[str, Consumed] = field(default_factory=dict)

    @classmethod
    def nothing(cls, starts_us: Whole, step: timedelta) -> "Consumption":
        """Return that nobody consumed anything in these intervals."""
        return cls(starts_us, step)

    @classmethod
    def none(cls) -> "Consumption":
        """Return the consumption of no interval."""
        return cls.nothing(np.zeros(0, np.int64), timedelta(minutes=15))

    def add(self, uses: Iterable[Use], here: slice, unknown: Mapping[str, Mask]) -> None:
        """Add the uses of some intervals, and where not all of an enterprise's are known."""
        for use in uses:
            self._of(use.enterprise).add(use, here)
        for enterprise, dark in unknown.items():
            self._of(enterprise).known[here] = ~dark

    @property
    def known(self) -> Mask:
        """Where the consumption of all enterprises is known."""
        everything = np.ones(len(self.starts_us), np.bool_)
        for one in self.by_enterprise.values():
            everything = np.logical_and(everything, one.known)
        return everything

    def before(self, moment: datetime) -> "Consumption":
        """Return what was consumed in the intervals that begin before a moment."""
        count = int(np.searchsorted(self.starts_us, to_microseconds(moment)))
        by_enterprise = {name: one.first(count) for name, one in self.by_enterprise.items()}
        kept = by_enterprise if count else {}
        return Consumption(self.starts_us[:count], self.step, kept)

    def _of(self, enterprise: str) -> Consumed:
        if enterprise not in self.by_enterprise:
            self.by_enterprise[enterprise] = Consumed.nothing(len(self.starts_us))
        return self.by_enterprise[enterprise]

    def wh_of(self, enterprise: str, span: Interval) -> int | None:
        """Return what an enterprise consumed in a span, PARK all together; None for strangers."""
        ones = [self.by_enterprise[enterprise]] if enterprise in self.by_enterprise else []
        if enterprise == PARK:
            ones = [*self.by_enterprise.values()]
        if not ones:
            return None
        return sum(int(one.all_wh[self._within(span)].sum()) for one in ones)

    def _within(self, span: Interval) -> slice:
        borders = [to_microseconds(span.start), to_microseconds(span.end)]
        first, last = np.searchsorted(self.starts_us, borders).tolist()
        return slice(first, last)
