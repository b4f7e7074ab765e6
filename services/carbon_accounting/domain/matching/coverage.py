"""Which Wh of which interval are covered by which attribute: a sparse table, exact (rules D.3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.matching.supply import (
    Attribute,
    EmissionRate,
    Int64,
    Share,
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows (interval, attribute, Wh): no attribute gives more than it has, none is used twice."""

    intervals: int
    attributes: Sequence[Attribute]
    interval: Int64
    attribute: Int64
    wh: Int64

    @property
    def covered_wh(self) -> Int64:
        """Covered Wh by interval, (intervals,)."""
        return _sums(self.interval, self.wh, self.intervals)

    @property
    def used_wh(self) -> Int64:
        """What each attribute gave, (attributes,)."""
        return _sums(self.attribute, self.wh, len(self.attributes))

    @property
    def surplus_wh(self) -> Int64:
        """What each attribute has left, unused, (attributes,)."""
        return np.array([a.quantity_wh for a in self.attributes], np.int64) - self.used_wh

    def by_attribute(self, attribute_id: str) -> Int64:
        """Return the Wh one attribute covers by interval, (intervals,)."""
        return self._where(lambda attribute: attribute.id == attribute_id)

    def by_rate(self) -> dict[EmissionRate, Int64]:
        """Return covered Wh by emission rate and interval, for the market-based ledger."""
        rates = dict.fromkeys(attribute.rate for attribute in self.attributes)
        return {rate: self._where(lambda a, rate=rate: a.rate == rate) for rate in rates}  # type: ignore[misc]

    def by_share(self) -> dict[Share, Int64]:
        """Return covered Wh by share and interval; physical and certificate apart (0.1(6))."""
        return {share: self._where(lambda a, share=share: a.share is share) for share in Share}  # type: ignore[misc]

    def _where(self, chosen: Callable[[Attribute], bool]) -> Int64:
        wanted = np.array([chosen(attribute) for attribute in self.attributes], dtype=bool)
        rows = wanted[self.attribute] if len(self.attributes) else slice(0)
        return _sums(self.interval[rows], self.wh[rows], self.intervals)


def _sums(place: Int64, wh: Int64, length: int) -> Int64:
    """Exact sums by place; `np.bincount` would go through floats."""
    total = np.zeros(length, dtype=np.int64)
    np.add.at(total, place, wh)
    return total
