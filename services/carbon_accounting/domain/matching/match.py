"""Covering consumption with attributes, period by period, in whole Wh (rules D.1, D.3).

In every period the lesser of load and supply is covered: `min(load_p, supply_p)`. What is left over
is never carried to another period. Within a period the covered Wh are spread over the intervals in
proportion to load and taken from the attributes in their turn: the hierarchy of D.1, and of equals
what expires first. So the outcome does not depend on the order of the input. An attribute whose
span is longer than the period proves no hour and
covers nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.matching.coverage import Coverage
from services.carbon_accounting.domain.matching.periods import Granularity, Periods
from services.carbon_accounting.domain.matching.supply import Attribute, Consumption, Int64


@dataclass(frozen=True, slots=True)
class Matching:
    """The outcome at one granularity. `*_by_period_wh` are (periods,).

    `volumetric_wh` is what matching by calendar year alone would cover; `unplaced_wh` is what the
    attributes hold outside the periods or in spans too long for them.
    """

    granularity: Granularity
    periods: Periods
    coverage: Coverage
    load_by_period_wh: Int64
    supply_by_period_wh: Int64
    volumetric_wh: int
    unplaced_wh: int

    @property
    def matched_by_period_wh(self) -> Int64:
        """What is covered in each period."""
        return np.minimum(self.load_by_period_wh, self.supply_by_period_wh)


@dataclass(frozen=True, slots=True)
class _Slices:
    """Parts of attributes by period, in the order they are used."""

    attribute: Int64
    period: Int64
    wh: Int64


def match(
    consumption: Consumption,
    attributes: Iterable[Attribute],
    granularity: Granularity,
    zone: ZoneInfo,
) -> Matching:
    """Return which Wh are covered; months and years are those of `zone`.

    ValueError when an interval of the consumption does not lie within one period.
    """
    ordered = sorted(attributes, key=lambda attribute: attribute.turn)
    _refuse_twins(ordered)
    balance = _balance(consumption, ordered, granularity, zone)
    yearly = balance
    if granularity is not Granularity.YEARLY:
        yearly = _balance(consumption, ordered, Granularity.YEARLY, zone)
    return Matching(
        granularity=granularity,
        periods=balance.periods,
        coverage=_coverage(consumption, ordered, balance),
        load_by_period_wh=balance.load_wh,
        supply_by_period_wh=balance.supply_wh,
        volumetric_wh=int(yearly.matched_wh.sum()),
        unplaced_wh=balance.unplaced_wh,
    )


@dataclass(frozen=True, slots=True)
class _Balance:
    """Load and supply by period, and in which period each interval lies."""

    periods: Periods
    period_of_interval: Int64
    slices: _Slices
    load_wh: Int64
    supply_wh: Int64
    unplaced_wh: int

    @property
    def matched_wh(self) -> Int64:
        return np.minimum(self.load_wh, self.supply_wh)


def _balance(
    consumption: Consumption,
    attributes: Sequence[Attribute],
    granularity: Granularity,
    zone: ZoneInfo,
) -> _Balance:
    start_us, end_us = int(consumption.starts_us[0]), int(consumption.ends_us[-1])
    periods = Periods.over(granularity, start_us, end_us, zone)
    period_of_interval = _period_of_intervals(consumption, periods, granularity)
    slices, unplaced_wh = _slices(attributes, periods)
    load_wh = _by_period(period_of_interval, consumption.load_wh, periods)
    supply_wh = _by_period(slices.period, slices.wh, periods)
    return _Balance(periods, period_of_interval, slices, load_wh, supply_wh, unplaced_wh)


def _coverage(
    consumption: Consumption, attributes: Sequence[Attribute], balance: _Balance
) -> Coverage:
    demand_wh = _in_proportion(
        consumption.load_wh, balance.period_of_interval, balance.load_wh, balance.matched_wh
    )
    given_wh = _first_come(balance.slices, balance.matched_wh)
    interval, row, wh = joined(demand_wh, given_wh)
    return Coverage(len(demand_wh), attributes, interval, balance.slices.attribute[row], wh)


def _refuse_twins(attributes: Sequence[Attribute]) -> None:
    count = Counter(attribute.id for attribute in attributes)
    twins = sorted(name for name, times in count.items() if times > 1)
    if twins:
        raise ValueError(f"attributes {', '.join(twins)} stand twice; each may be used once")


def _period_of_intervals(
    consumption: Consumption, periods: Periods, granularity: Granularity
) -> Int64:
    found = periods.holding(consumption.starts_us, consumption.ends_us)
    if (found < 0).any():
        raise ValueError(
            f"intervals of {consumption.step_us // 60_000_000} min do not fit into periods of "
            f"{granularity}; match at a coarser granularity"
        )
    return found


def _slices(attributes: Sequence[Attribute], periods: Periods) -> tuple[_Slices, int]:
    """Return the parts that lie within one period, ordered by period and use, and the rest's Wh."""
    if not attributes:
        none = np.zeros(0, dtype=np.int64)
        return _Slices(none, none, none), 0
    owner = np.repeat(np.arange(len(attributes)), [len(a.wh) for a in attributes])
    wh = np.concatenate([a.wh for a in attributes])
    starts_us = np.concatenate([a.starts_us for a in attributes])
    period = periods.holding(starts_us, np.concatenate([a.ends_us for a in attributes]))
    placed = period >= 0
    order = np.lexsort((owner[placed], period[placed]))
    slices = _Slices(owner[placed][order], period[placed][order], wh[placed][order])
    return slices, int(wh[~placed].sum())


def _by_period(period: Int64, wh: Int64, periods: Periods) -> Int64:
    total = np.zeros(periods.count, dtype=np.int64)
    np.add.at(total, period, wh)
    return total


def _in_proportion(
    load_wh: Int64, period: Int64, period_load_wh: Int64, matched_wh: Int64
) -> Int64:
    """Return covered Wh by interval: differences of rounded-down cumulative shares.

    Exact in Python's whole numbers (a year's Wh squared is beyond int64): they sum to the period's
    matched Wh, and none is more than its load.
    """
    ends = np.cumsum(load_wh)
    before = np.concatenate(([0], np.cumsum(period_load_wh)))[period]
    total = np.maximum(period_load_wh, 1)[period].astype(object)
    matched = matched_wh[period].astype(object)
    upto = (ends - before).astype(object) * matched // total
    since = (ends - load_wh - before).astype(object) * matched // total
    covered_wh: Int64 = (upto - since).astype(np.int64)
    return covered_wh


def _first_come(slices: _Slices, matched_wh: Int64) -> Int64:
    """Return what each slice gives: in order, until the period's matched Wh are reached."""
    ends = np.cumsum(slices.wh)
    totals = np.zeros(len(matched_wh), dtype=np.int64)
    np.add.at(totals, slices.period, slices.wh)
    before = np.concatenate(([0], np.cumsum(totals)))[slices.period]
    limit = matched_wh[slices.period]
    upto, since = np.minimum(ends - before, limit), np.minimum(ends - slices.wh - before, limit)
    given_wh: Int64 = upto - since
    return given_wh


def joined(demand_wh: Int64, given_wh: Int64) -> tuple[Int64, Int64, Int64]:
    """Lay demand and supply, both in order of time and of equal sum, side by side.

    Return rows (place of demand, place of supply, Wh) of their overlaps, in order.
    """
    demand_ends, given_ends = np.cumsum(demand_wh), np.cumsum(given_wh)
    borders = np.unique(np.concatenate(([0], demand_ends, given_ends)))
    starts = borders[:-1]
    interval = np.searchsorted(demand_ends, starts, side="right")
    row = np.searchsorted(given_ends, starts, side="right")
    return interval.astype(np.int64), row.astype(np.int64), np.diff(borders)
