"""Which grid power is covered by which certificate, and how well consumption is matched in time.

What certificates change in the ledgers covers grid power alone; the scores tell of all
consumption, with what came directly from wind and sun beside the certificates.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.booking import Claimed
from services.carbon_accounting.domain.inventory.consuming import Consumed, Consumption
from services.carbon_accounting.domain.inventory.electricity import Certificate
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.matching import supply
from services.carbon_accounting.domain.matching.match import Matching, match
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.matching.scores import (
    Score,
    Unmatched,
    scores,
    unmatched,
)
from services.carbon_accounting.domain.matching.supply import Attribute, EmissionRate, Share

Attributes = Mapping[str, Sequence[Attribute]]
"""What may be matched, by claimant."""
MICROSECONDS = 1_000_000
ALWAYS_FIRST_US = 0
OWN = EmissionRate("own green power", 0, "V2")


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """One enterprise: scores at all granularities, unmatched hours, what its attributes cover."""

    enterprise: str
    scores: Mapping[Granularity, Score]
    unmatched: tuple[Unmatched, ...]
    ledger: Matching


def matched(
    consumption: Consumption, attributes: Attributes, granularity: Granularity, zone: ZoneInfo
) -> Iterator[Matched]:
    """Yield the matching of each enterprise that consumes."""
    for enterprise, consumed in sorted(consumption.by_enterprise.items()):
        own = attributes.get(enterprise, ())
        load = _load(consumption, consumed, consumed.all_wh)
        direct = _direct(consumption, consumed)
        with_direct = [*own, direct]
        hourly = match(load, with_direct, _finest(consumption), zone)
        yield Matched(
            enterprise,
            scores(load, with_direct, zone),
            tuple(unmatched(hourly)),
            match(_load(consumption, consumed, consumed.grid_wh), own, granularity, zone),
        )


def claimed(
    matchings: Sequence[Matched], *, gec_counts_in_park_core: bool
) -> dict[Ledger, Claimed]:
    """Return what certificates cover in the market-based ledger and in the park's core.

    In the core attributes that came with their power count, those bought apart only under the
    switch that annex 4 leaves open (rules A.2).
    """
    return {
        Ledger.MARKET_BASED: _claimed(matchings, lambda _: True),
        Ledger.PARK_ACCEPTANCE: _claimed(
            matchings, lambda attribute: attribute.bundled or gec_counts_in_park_core
        ),
    }


def _claimed(matchings: Sequence[Matched], counts: Callable[[Attribute], bool]) -> Claimed:
    found: dict[str, dict[Certificate, Whole]] = {}
    for one in matchings:
        coverage = one.ledger.coverage
        for attribute in coverage.attributes:
            wh = coverage.by_attribute(attribute.id)
            if counts(attribute) and wh.any():
                certificate = Certificate(attribute.id, attribute.rate)
                found.setdefault(one.enterprise, {})[certificate] = wh
    return found


def _load(consumption: Consumption, consumed: Consumed, wh: Whole) -> supply.Consumption:
    step_us = int(consumption.step.total_seconds()) * MICROSECONDS
    return supply.Consumption(consumption.starts_us, step_us, wh, consumed.known)


def _direct(consumption: Consumption, consumed: Consumed) -> Attribute:
    """Return what came directly from wind and sun as an attribute of just its intervals."""
    step_us = int(consumption.step.total_seconds()) * MICROSECONDS
    there = np.flatnonzero(consumed.green_wh)
    starts = consumption.starts_us[there]
    return Attribute(
        "own green power",
        OWN,
        Share.PHYSICAL,
        True,
        ALWAYS_FIRST_US,
        starts,
        starts + step_us,
        consumed.green_wh[there],
    )


def _finest(consumption: Consumption) -> Granularity:
    """Return hours, or the year where intervals are longer."""
    hour_s = 3600
    return Granularity.HOURLY if consumption.step.total_seconds() <= hour_s else Granularity.YEARLY
