"""Energies by the hour out of a file: CSV or Parquet of `time` and a column a name, kWh.

Rows are an hour apart or evenly less; what is between them counts as their step says. Values are
amounts, not shapes: an hour is known when every row of it is there and has a number.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.book.arrow_tables import Table, table_of
from services.carbon_accounting.book.cells import Wrong, numbers, times
from services.carbon_accounting.domain.certificates.contracts import MOST_WH
from services.carbon_accounting.domain.certificates.hourly_energy import HOUR_US, HourlyEnergy
from services.carbon_accounting.domain.inventory.amounts import Amounts, whole
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.matching.periods import Periods
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake

PER_KWH = in_base("kWh")[0]
TIME = "time"


@dataclass(frozen=True, slots=True, eq=False)
class HourlyFile:
    """Energies in Wh by name, shape (rows,); each row counts `step_us` from its start on."""

    file: str
    starts_us: Amounts
    step_us: int
    by_name: Mapping[str, HourlyEnergy]

    def of(self, name: str, hours: Periods) -> HourlyEnergy:
        """Return a column by the hour; KeyError for none of this name."""
        return HourlyEnergy.summed(self.starts_us, self.step_us, self.by_name[name], hours)


def read_hourly(path: Path | None, zone: ZoneInfo) -> HourlyFile:
    """Return what a file says, nothing without one; BadFiles with every mistake."""
    if path is None:
        return HourlyFile("", np.zeros(0, np.int64), HOUR_US, {})
    table = table_of(path)
    if TIME not in table.columns:
        cure = "name the columns time, and one for each name"
        raise BadFiles([*table.odd, Mistake(table.file, 1, TIME, "is no column", cure)])
    wrong: list[Wrong] = []
    starts_us = times(table.columns[TIME], zone, wrong)
    step_us = _step_us(starts_us, wrong)
    mistakes = [*table.odd, *_told(table, TIME, wrong)]
    names = [name for name in table.columns if name != TIME]
    by_name = {name: _energy(table, name, mistakes) for name in names}
    if mistakes:
        raise BadFiles(mistakes)
    return HourlyFile(table.file, starts_us, step_us, by_name)


def _step_us(starts_us: Amounts, wrong: list[Wrong]) -> int:
    """Return how far rows are apart, an hour where there is one row alone."""
    if wrong or not len(starts_us):
        return HOUR_US
    order = np.argsort(starts_us, kind="stable")
    apart = np.diff(starts_us[order])
    twice = order[1:][apart == 0]
    wrong += [Wrong(int(row), "stands twice", "give each time once") for row in twice]
    step_us = int(np.min(apart[apart > 0], initial=HOUR_US))
    if HOUR_US % step_us or (odd := (starts_us - starts_us[0]) % step_us).any():
        row = 0 if HOUR_US % step_us else int(np.flatnonzero(odd)[0])
        cure = "give rows an hour apart, or evenly less as 15 minutes"
        wrong.append(Wrong(row, "does not lie evenly with the other rows", cure))
    return step_us


def _energy(table: Table, name: str, mistakes: list[Mistake]) -> HourlyEnergy:
    wrong: list[Wrong] = []
    values, known = numbers(table.columns[name], wrong)
    odd = (values < 0) | (values * float(PER_KWH) > MOST_WH)
    cure = f"write kWh from 0 to {MOST_WH / PER_KWH}, and nothing where it is not known"
    wrong += [Wrong(int(row), f"is {values[row]:g}", cure) for row in np.flatnonzero(odd)]
    mistakes += _told(table, name, wrong)
    return HourlyEnergy(whole(np.where(odd, 0.0, values), PER_KWH), known & ~odd)


def _told(table: Table, name: str, wrong: list[Wrong]) -> Iterator[Mistake]:
    for one in wrong:
        yield Mistake(table.file, int(table.lines[one.row]), name, one.what, one.cure)
