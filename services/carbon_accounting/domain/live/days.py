"""Sums of entries by local day and line: what a step changes of them, exact."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.live.differing import Difference
from services.carbon_accounting.domain.live.lines import LINE_BITS, Entries, together
from services.energy.time_grid import from_microseconds

HALF = 32
LOW = (1 << HALF) - 1


@dataclass(frozen=True, slots=True)
class DayChange:
    """By how much the sums of one line on one local day change; whole numbers of any size."""

    day: date
    line_id: int
    amount: int
    emissions_ng: int
    entries: int
    estimated: int


def day_changes(found: Difference, zone: ZoneInfo) -> list[DayChange]:
    """Return what booking and reversing change of the days, by day and line."""
    signed = [(found.booked, 1), (found.reversed, -1)]
    parts = [part for part, _ in signed]
    starts = np.concatenate([part.starts_us for part in parts])
    if not len(starts):
        return []
    signs = np.concatenate([np.full(len(part), sign, np.int64) for part, sign in signed])
    lines = np.concatenate([part.line_ids for part in parts])
    amounts = np.concatenate([part.amounts for part in parts])
    emissions = np.concatenate([part.emissions_ng for part in parts])
    estimated = np.concatenate([~part.measured for part in parts])
    days = _days(starts, zone)
    keys, at = np.unique(days << LINE_BITS | lines, return_inverse=True)
    sums = [_sums(values, signs, at, len(keys)) for values in (amounts, emissions)]
    counts = [_counts(values * signs, at, len(keys)) for values in (np.ones_like(at), estimated)]
    return [
        DayChange(date.fromordinal(int(key >> LINE_BITS)), int(key & LOW), *of_key)
        for key, *of_key in zip(keys, *sums, *counts, strict=True)
    ]


def day_sums(entries: Entries, zone: ZoneInfo) -> list[DayChange]:
    """Return the sums of entries by day and line."""
    return day_changes(Difference(together([entries]), Entries.nothing()), zone)


def _sums(values: Whole, signs: Whole, at: Whole, size: int) -> list[int]:
    """Return exact sums however large: halves of 32 bits are added apart."""
    high, low = (np.zeros(size, np.int64) for _ in range(2))
    np.add.at(high, at, (values >> HALF) * signs)
    np.add.at(low, at, (values & LOW) * signs)
    return [(h << HALF) + o for h, o in zip(high.tolist(), low.tolist(), strict=True)]


def _counts(values: Whole, at: Whole, size: int) -> list[int]:
    found = np.zeros(size, np.int64)
    np.add.at(found, at, values)
    counts: list[int] = found.tolist()
    return counts


def _days(starts_us: Whole, zone: ZoneInfo) -> Whole:
    """Return the ordinal of the local day of each start."""
    unique, at = np.unique(starts_us, return_inverse=True)
    local = (from_microseconds(int(us)).astimezone(zone).date().toordinal() for us in unique)
    days: Whole = np.fromiter(local, np.int64, len(unique))[at]
    return days
