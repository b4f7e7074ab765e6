"""Matching a park: each enterprise's own attributes first, then the park's over what is left.

What the park holds for all is matched against the uncovered consumption of all together and shared
in each interval in proportion to it, in whole Wh: the shares sum to what its attributes gave.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.matching.coverage import Coverage
from services.carbon_accounting.domain.matching.match import Matching, joined, match
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.matching.supply import Attribute, Consumption, Int64

PARK = "park"
"""The beneficiary of attributes bought for all."""


@dataclass(frozen=True, slots=True)
class ParkMatching:
    """Matching of each enterprise with its own, of the rest with the park's, and the park's shares.

    `own` and `shared` have the same enterprises; their covered Wh add up, never beyond the load.
    """

    own: Mapping[str, Matching]
    common: Matching
    shared: Mapping[str, Coverage]

    def coverages(self, enterprise: str) -> tuple[Coverage, Coverage]:
        """Return what an enterprise has covered by its own attributes and by the park's."""
        return self.own[enterprise].coverage, self.shared[enterprise]

    def covered_wh(self, enterprise: str) -> Int64:
        """Return all Wh an enterprise has covered, by interval."""
        own, shared = self.coverages(enterprise)
        return own.covered_wh + shared.covered_wh


def match_park(
    consumption: Mapping[str, Consumption],
    attributes: Mapping[str, Sequence[Attribute]],
    granularity: Granularity,
    zone: ZoneInfo,
) -> ParkMatching:
    """Return the matching of a park; `attributes` by beneficiary, `PARK` for all together.

    All consumption has the same intervals. ValueError for attributes of nobody's.
    """
    _refuse_strangers(consumption, attributes)
    own = {
        enterprise: match(load, attributes.get(enterprise, ()), granularity, zone)
        for enterprise, load in sorted(consumption.items())
    }
    left_wh = {
        enterprise: consumption[enterprise].load_wh - found.coverage.covered_wh
        for enterprise, found in own.items()
    }
    together = _together(consumption, left_wh)
    common = match(together, attributes.get(PARK, ()), granularity, zone)
    return ParkMatching(own, common, _shared(common.coverage, left_wh))


def _refuse_strangers(
    consumption: Mapping[str, Consumption], attributes: Mapping[str, Sequence[Attribute]]
) -> None:
    if strangers := sorted(attributes.keys() - consumption.keys() - {PARK}):
        raise ValueError(
            f"attributes of {', '.join(strangers)} have no consumption; beneficiaries are "
            f"{', '.join(sorted(consumption))} and {PARK}"
        )
    starts = {load.starts_us.tobytes() for load in consumption.values()}
    if len(starts) != 1:
        raise ValueError("the enterprises need consumption of the same intervals, at least one")


def _together(consumption: Mapping[str, Consumption], left_wh: Mapping[str, Int64]) -> Consumption:
    any_one = next(iter(consumption.values()))
    total_wh: Int64 = np.array(list(left_wh.values()), dtype=np.int64).sum(axis=0)
    return replace(any_one, wh=total_wh, known=np.ones(len(total_wh), dtype=bool))


def _shared(coverage: Coverage, left_wh: Mapping[str, Int64]) -> dict[str, Coverage]:
    """Share what is covered of each interval in proportion to what each had left."""
    matrix = _in_proportion(np.array(list(left_wh.values())).T, coverage.covered_wh)
    cell, row, wh = joined(matrix.ravel(), coverage.wh)
    interval, enterprise = np.divmod(cell, len(left_wh))
    return {
        name: replace(
            coverage,
            interval=interval[enterprise == place],
            attribute=coverage.attribute[row][enterprise == place],
            wh=wh[enterprise == place],
        )
        for place, name in enumerate(left_wh)
    }


def _in_proportion(left_wh: Int64, covered_wh: Int64) -> Int64:
    """Return (intervals, enterprises): differences of rounded-down cumulative shares.

    Whole Wh that sum to the covered Wh of each interval, none above what its enterprise had left.
    """
    upto = np.cumsum(left_wh, axis=1).astype(object)
    total = np.maximum(left_wh.sum(axis=1), 1).astype(object)
    reached = upto * covered_wh.astype(object)[:, None] // total[:, None]
    shares: Int64 = np.diff(reached, axis=1, prepend=0).astype(np.int64)
    return shares
