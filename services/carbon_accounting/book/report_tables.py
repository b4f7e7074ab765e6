"""Tables that reports need beside totals and entries: hours, factors, matching by month, doubts."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.tables import OPEN_ITEMS, open_item_row, utc, write_table
from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.certifying import Matched
from services.carbon_accounting.domain.inventory.consuming import Consumption
from services.carbon_accounting.domain.inventory.factors_used import FactorsUsed, Used
from services.carbon_accounting.domain.inventory.hourly_origins import HourlyOrigins
from services.carbon_accounting.domain.inventory.matched_periods import InPeriod, whole_park
from services.carbon_accounting.domain.inventory.open_items import OpenItem
from services.energy.time_grid import from_microseconds

ORIGINS = ("month", "enterprise", "origin", "hour", "energy_wh")
LINE = (
    *("ledger", "month", "enterprise", "scope", "category"),
    *("activity", "carrier", "origin", "gas", "unit"),
)
"""The columns that tell which line of the totals it is."""
FACTORS = (
    *(*LINE, "factors", "ng_per_unit", "factor", "version"),
    *("valid", "source", "trust", "unverified"),
)
PERIODS = ("enterprise", "granularity", "period", "load_wh", "matched_wh", "score")
UNKNOWN = ("start", "end")
OWN_ITEMS = ("enterprise", *OPEN_ITEMS)
WHOLE_PARK = "*"
"""Stands for all enterprises together."""
DIGITS = 6


def write_report_tables(
    folder: Path, inputs: Inputs, inventory: Inventory, found: Sequence[Matched]
) -> None:
    """Write what reports need beside the tables of the books."""
    write_table(folder / "origins_by_hour.csv", ORIGINS, origin_rows(inventory.by_hour))
    factors = factor_rows(inventory.factors, inputs.factors)
    write_table(folder / "factors_used.csv", FACTORS, factors)
    write_table(folder / "matching_by_period.csv", PERIODS, period_rows(found))
    unknown = unknown_rows(inventory.consumption)
    write_table(folder / "unknown_consumption.csv", UNKNOWN, unknown)
    own = own_item_rows(inventory.own_items)
    write_table(folder / "open_items_by_enterprise.csv", OWN_ITEMS, own)


def origin_rows(by_hour: HourlyOrigins) -> Iterator[tuple[object, ...]]:
    """Yield consumption by origin in the columns of ORIGINS."""
    for key, wh in sorted(by_hour.wh.items(), key=lambda item: item[0]):
        yield from ((*key, hour, energy) for hour, energy in enumerate(wh.tolist()) if energy)


def factor_rows(used: FactorsUsed, store: FactorStore) -> Iterator[tuple[object, ...]]:
    """Yield what each line was made with in the columns of FACTORS."""
    for each, doubts in sorted(used.doubts.items(), key=lambda item: item[0]):
        line = each.line
        place = (line.ledger.key, *(getattr(line, name) for name in LINE[1:]))
        reasons = "; ".join(sorted(doubts))
        yield from ((*place, *cells, reasons) for cells in _each_factor(each, store))


def _each_factor(used: Used, store: FactorStore) -> Iterator[tuple[object, ...]]:
    for name in used.factors.split("; "):
        factor_id, _, number = name.rpartition(" v")
        factor = store.version(factor_id, int(number))
        yield used.factors, used.ng_per_unit, factor_id, number, *_says(factor)


def _says(factor: Factor | None) -> tuple[str, str, str]:
    if factor is None:
        return "", "", ""  # what a certificate conveys is no factor of the store
    return str(factor.validity), factor.source, factor.trust


def period_rows(found: Sequence[Matched]) -> Iterator[tuple[object, ...]]:
    """Yield matching in the columns of PERIODS, the whole park first."""
    yield from (_period(WHOLE_PARK, one) for one in whole_park(m.by_period for m in found))
    yield from (_period(m.enterprise, one) for m in found for one in m.by_period)


def _period(enterprise: str, one: InPeriod) -> tuple[object, ...]:
    score = "" if one.score is None else f"{float(one.score):.{DIGITS}f}"
    return enterprise, one.granularity, one.period, one.load_wh, one.matched_wh, score


def unknown_rows(consumption: Consumption) -> Iterator[tuple[object, ...]]:
    """Yield the spans in which not all consumption is known."""
    dark = np.logical_not(consumption.known).astype(np.int8)
    edges = np.diff(dark, prepend=0, append=0)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    for first, after in zip(starts.tolist(), ends.tolist(), strict=True):
        start = from_microseconds(int(consumption.starts_us[first]))
        last = from_microseconds(int(consumption.starts_us[after - 1]))
        yield utc(start), utc(last + consumption.step)


def own_item_rows(items: Mapping[str, Sequence[OpenItem]]) -> Iterator[tuple[object, ...]]:
    """Yield the open items of each enterprise in the columns of OWN_ITEMS."""
    for enterprise, mine in items.items():
        yield from ((enterprise, *open_item_row(one)) for one in mine)
