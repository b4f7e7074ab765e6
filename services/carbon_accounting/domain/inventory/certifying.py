"""Which grid power is covered by which certificate, and how well consumption is matched in time.

What certificates change in the ledgers covers grid power alone; the scores tell of all
consumption, with what came directly from wind and sun beside the certificates. Certificates of
`park` are for all enterprises together, after each one's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.booking import Claimed
from services.carbon_accounting.domain.inventory.consuming import Consumed, Consumption
from services.carbon_accounting.domain.inventory.electricity import Certificate
from services.carbon_accounting.domain.inventory.matched_periods import InPeriod, by_period
from services.carbon_accounting.domain.inventory.site import PARK, Choices
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.matching import supply
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.matching.scores import Score, Unmatched
from services.carbon_accounting.domain.matching.sharing import ParkMatching, match_park
from services.carbon_accounting.domain.matching.supply import (
    Attribute,
    EmissionRate,
    Share,
)
from services.energy.time_grid import from_microseconds

Attributes = Mapping[str, Sequence[Attribute]]
"""What may be matched, by claimant."""
MICROSECONDS = 1_000_000
ALWAYS_FIRST_US = 0
OWN = EmissionRate("own green power", 0, "V2")
COMMON = "park: common areas"
"""Matching's name of the park as one that consumes; `park` is there who buys for all."""


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """One enterprise: its score at each granularity, and the hours that nothing green covers.

    `by_period` tells of months (and of years, at the yearly granularity) what `scores` tell of all.
    """

    enterprise: str
    scores: Mapping[Granularity, Score]
    unmatched: tuple[Unmatched, ...]
    by_period: tuple[InPeriod, ...] = ()


def matched(consumption: Consumption, attributes: Attributes, zone: ZoneInfo) -> list[Matched]:
    """Return the matching of each enterprise that consumes, over all its consumption."""
    if not consumption.by_enterprise:
        return []
    found = _found(consumption, attributes, _granularities(consumption), zone)
    ones = sorted(consumption.by_enterprise)
    return [_matched(enterprise, found, consumption, zone) for enterprise in ones]


def claimed_in(
    choices: Choices, zone: ZoneInfo, consumption: Consumption, attributes: Attributes
) -> dict[Ledger, Claimed]:
    """Return what certificates cover, by ledger: all in the market-based one, what annex 4 lets
    count in the park's (those that came with their power; others only under the switch, A.2).
    """
    granularity, counts = Granularity(choices.matching), choices.gec_counts_in_park_core
    in_core = {
        claimant: supply.counting_in_park_core(some, gec_counts_in_park_core=counts)
        for claimant, some in attributes.items()
    }
    return {
        Ledger.MARKET_BASED: claimed(consumption, attributes, granularity, zone),
        Ledger.PARK_ACCEPTANCE: claimed(consumption, in_core, granularity, zone),
    }


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Load and what of it something green covers, by hour; arrays of shape (hours,)."""

    load_wh: Whole
    covered_wh: Whole


def by_hour(consumption: Consumption, attributes: Attributes, zone: ZoneInfo) -> dict[str, Hours]:
    """Return the hourly matching of each enterprise that consumes."""
    if not consumption.by_enterprise:
        return {}
    found = _found(consumption, attributes, [Granularity.HOURLY], zone)[Granularity.HOURLY]
    return {
        enterprise: Hours(
            found.own[_name(enterprise)].load_by_period_wh,
            _by_period(found, _name(enterprise), consumption),
        )
        for enterprise in sorted(consumption.by_enterprise)
    }


def claimed(
    consumption: Consumption, attributes: Attributes, granularity: Granularity, zone: ZoneInfo
) -> Claimed:
    """Return which grid power of whom the attributes cover, matched at a granularity."""
    if not consumption.by_enterprise:
        return {}
    loads = {
        _name(e): _load(consumption, one, one.grid_wh)
        for e, one in consumption.by_enterprise.items()
    }
    found = match_park(loads, attributes, granularity, zone)
    by_enterprise = {e: _covered(found, _name(e)) for e in sorted(consumption.by_enterprise)}
    return {enterprise: covered for enterprise, covered in by_enterprise.items() if covered}


def _covered(found: ParkMatching, enterprise: str) -> dict[Certificate, Whole]:
    covered: dict[Certificate, Whole] = {}
    for coverage in found.coverages(enterprise):
        for attribute in coverage.attributes:
            wh = coverage.by_attribute(attribute.id)
            if wh.any():
                covered[Certificate(attribute.id, attribute.rate)] = wh
    return covered


def _found(
    consumption: Consumption,
    attributes: Attributes,
    granularities: Sequence[Granularity],
    zone: ZoneInfo,
) -> dict[Granularity, ParkMatching]:
    """Return the matching of all consumption, with what came directly from wind and sun."""
    loads = {
        _name(e): _load(consumption, one, one.all_wh)
        for e, one in consumption.by_enterprise.items()
    }
    direct = {e: _direct(consumption, e, one) for e, one in consumption.by_enterprise.items()}
    green = dict(attributes) | {
        _name(e): [*(attributes.get(e, ()) if e != PARK else ()), one] for e, one in direct.items()
    }
    return {g: match_park(loads, green, g, zone) for g in granularities}


def _matched(
    enterprise: str,
    found: Mapping[Granularity, ParkMatching],
    consumption: Consumption,
    zone: ZoneInfo,
) -> Matched:
    name = _name(enterprise)
    consumed = consumption.by_enterprise[enterprise]
    load_wh = _load(consumption, consumed, consumed.all_wh).load_wh
    by_interval = {g: one.covered_wh(name) for g, one in found.items()}
    covered = {g: int(wh.sum()) for g, wh in by_interval.items()}
    load = int(load_wh.sum())
    scores = {g: Score(g, load, wh, covered[Granularity.YEARLY]) for g, wh in covered.items()}
    hourly = found.get(Granularity.HOURLY)
    short = () if hourly is None else _unmatched(hourly, name, consumption)
    months = by_period(consumption.starts_us, load_wh, by_interval, zone)
    return Matched(enterprise, scores, short, tuple(months))


def _unmatched(found: ParkMatching, name: str, consumption: Consumption) -> tuple[Unmatched, ...]:
    """Return the hours whose load is not all covered, in order of time."""
    own = found.own[name]
    covered = _by_period(found, name, consumption)
    short = np.flatnonzero(own.load_by_period_wh > covered).tolist()
    borders = own.periods.borders_us
    return tuple(
        Unmatched(
            from_microseconds(int(borders[at])),
            from_microseconds(int(borders[at + 1])),
            int(own.load_by_period_wh[at]),
            int(covered[at]),
        )
        for at in short
    )


def _by_period(found: ParkMatching, name: str, consumption: Consumption) -> Whole:
    periods = found.own[name].periods
    ends = consumption.starts_us + int(consumption.step.total_seconds()) * MICROSECONDS
    sums = np.zeros(periods.count, np.int64)
    np.add.at(sums, periods.holding(consumption.starts_us, ends), found.covered_wh(name))
    return sums


def _name(enterprise: str) -> str:
    return COMMON if enterprise == PARK else enterprise


def _load(consumption: Consumption, consumed: Consumed, wh: Whole) -> supply.Consumption:
    step_us = int(consumption.step.total_seconds()) * MICROSECONDS
    return supply.Consumption(consumption.starts_us, step_us, wh, consumed.known)


def _direct(consumption: Consumption, enterprise: str, consumed: Consumed) -> Attribute:
    """Return what came directly from wind and sun as an attribute of just its intervals."""
    step_us = int(consumption.step.total_seconds()) * MICROSECONDS
    there = np.flatnonzero(np.where(consumed.known, consumed.green_wh, 0))
    starts = consumption.starts_us[there]
    return Attribute(
        f"own green power of {enterprise}",
        OWN,
        Share.PHYSICAL,
        True,
        ALWAYS_FIRST_US,
        starts,
        starts + step_us,
        consumed.green_wh[there],
    )


def _granularities(consumption: Consumption) -> list[Granularity]:
    """Return those that the intervals fit into."""
    step_us = int(consumption.step.total_seconds()) * MICROSECONDS
    return [g for g in Granularity if g.longest_us is None or step_us <= g.longest_us]
