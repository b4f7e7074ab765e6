"""The price of each position in each interval: from tariffs by the local clock, or as published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from services.carbon_accounting.domain.costing.declared import (
    Pricing,
    Tariff,
    nanos_per_base_unit,
)
from services.carbon_accounting.domain.factoring.exact import Whole
from services.energy.time_grid import from_microseconds

Mask = npt.NDArray[np.bool_]
Priced = tuple[str, str]
"""What is priced: a position and the base unit that its amounts are counted in."""
MINUTES = 60


@dataclass(frozen=True, slots=True, eq=False)
class PriceLine:
    """Nanos per base unit by interval, shape (intervals,); where not `known` there is no price."""

    nanos: Whole
    known: Mask

    @classmethod
    def none(cls, intervals: int) -> "PriceLine":
        """Return that there is no price."""
        return cls(np.zeros(intervals, np.int64), np.zeros(intervals, bool))


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """Prices of spans `[start, end)` in UTC microseconds, in order, none over another; nanos."""

    starts_us: Whole
    ends_us: Whole
    nanos: Whole

    def __post_init__(self) -> None:
        backwards = self.starts_us >= self.ends_us
        overlaps = self.ends_us[:-1] > self.starts_us[1:]
        if backwards.any() or overlaps.any():
            raise ValueError("published prices overlap or end before they begin: give each once")

    def at(self, starts_us: Whole) -> PriceLine:
        """Return the prices of intervals, none of which is longer than its span."""
        if not len(self.starts_us):
            return PriceLine.none(len(starts_us))
        place = np.searchsorted(self.starts_us, starts_us, side="right") - 1
        known = (place >= 0) & (starts_us < self.ends_us[place])
        return PriceLine(np.where(known, self.nanos[place], 0), known)


@dataclass(frozen=True, slots=True, eq=False)
class LocalClock:
    """Intervals as the local clock shows their starts; arrays of shape (intervals,)."""

    days: Whole
    months: Whole
    minutes: Whole

    @classmethod
    def of(cls, starts_us: Whole, zone: ZoneInfo) -> "LocalClock":
        """Return the clock of intervals; an hour that is shown twice has its price twice."""
        shown = [from_microseconds(int(at)).astimezone(zone) for at in starts_us]
        columns = (
            [one.toordinal() for one in shown],
            [one.month for one in shown],
            [one.hour * MINUTES + one.minute for one in shown],
        )
        return cls(*(np.array(column, np.int64) for column in columns))


@dataclass(frozen=True, eq=False)
class Prices:
    """What is declared and what is published, which goes before; `zone` is the tariffs' clock."""

    zone: ZoneInfo
    pricing: Pricing
    published: Mapping[Priced, Published] = field(default_factory=dict)

    @property
    def is_asked(self) -> bool:
        """Whether costs are kept."""
        return self.pricing.is_declared or bool(self.published)

    @property
    def positions(self) -> frozenset[Priced]:
        """What has a price at some time."""
        declared = {one.line for one in self.pricing.tariffs}
        return frozenset(declared | self.published.keys())

    def on(self, starts_us: Whole) -> "PricesThen":
        """Return the prices of intervals."""
        return PricesThen(self, starts_us, LocalClock.of(starts_us, self.zone))


@dataclass(frozen=True, slots=True, eq=False)
class PricesThen:
    """The prices of some intervals."""

    prices: Prices
    starts_us: Whole
    clock: LocalClock

    def of(self, position: str, unit: str) -> PriceLine:
        """Return the price of a position, counted in a base unit."""
        if (published := self.prices.published.get((position, unit))) is not None:
            return published.at(self.starts_us)
        return _by_clock(self.prices.pricing.tariffs_of(position, unit), self.clock)


def _by_clock(tariffs: Sequence[Tariff], clock: LocalClock) -> PriceLine:
    """Return the price of each interval by the tariff that holds on its local day."""
    found = PriceLine.none(len(clock.days))
    for tariff in tariffs:
        here = clock.days >= _ordinal(tariff.valid_from)
        found.known[here] = tariff.micros is not None
        found.nanos[here] = _nanos(tariff, tariff.micros or 0)
        for window in reversed(tariff.windows):
            then = here & (clock.minutes >= window.begin) & (clock.minutes < window.end)
            if window.months:
                then &= np.isin(clock.months, sorted(window.months))
            found.nanos[then], found.known[then] = _nanos(tariff, window.micros), True
    return found


def _nanos(tariff: Tariff, micros: int) -> int:
    return nanos_per_base_unit(micros, tariff.unit)


def _ordinal(day: date) -> int:
    return day.toordinal()
