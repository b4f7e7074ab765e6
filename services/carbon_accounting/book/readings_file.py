"""The readings of `book`: CSV or Parquet, long or wide, into activity data.

Long: columns `time`, `meter`, `value`, optional `quality` (measured, estimated). Wide: `time` and
one column a meter or stream. `time` is the start of an interval (of a register: when it was read),
with its offset; a time without one is the park's clock. An empty value is unknown, never zero.
The same row twice counts once; two values for one place are a mistake.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from services.carbon_accounting.book.arrow_tables import Table, table_of
from services.carbon_accounting.book.cells import NOTHING, Wrong, numbers, texts, times
from services.carbon_accounting.book.mistakes import BadFiles, Mistake
from services.carbon_accounting.domain.inventory.amounts import Amounts, Floats, TooLarge, whole
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.readings import ActivityData, Mask
from services.carbon_accounting.domain.inventory.registers import counted
from services.carbon_accounting.domain.inventory.site import Counts, Site
from services.energy.time_grid import from_microseconds
from services.runtime.park_file_values import nearest

QUALITIES = ("measured", "estimated")
LONG = ("time", "meter", "value")
MICROSECOND = timedelta(microseconds=1)
MOST_INTERVALS = 35_136 * 5


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Cells one after the other: place in the grid, value, whether it is known and measured."""

    field: str
    lines: Amounts
    times_us: Amounts
    row: Amounts
    values: Floats
    known: Mask
    measured: Mask


def read_readings(path: Path, site: Site) -> ActivityData:
    """Return the activity data of a file; BadFiles with every mistake."""
    table = table_of(path)
    mistakes: list[Mistake] = [*table.odd]
    meters = tuple(sorted(site.units))
    cells = _read(table, site, meters, mistakes)
    for cell in cells:
        _check_negative(table, cell, mistakes)
    if mistakes or not cells or not len(table):
        raise BadFiles(mistakes or [_mistake(table, 0, "file", "holds no readings", "give some")])
    grid = _grid(table, site, cells)
    placed = _placed(table, site, meters, cells, grid, mistakes)
    if mistakes:
        raise BadFiles(mistakes)
    return placed


def _read(
    table: Table, site: Site, meters: tuple[str, ...], mistakes: list[Mistake]
) -> list[_Cells]:
    if "time" not in table.columns:
        cure = "name the columns time, meter, value; or time and one a meter"
        mistakes.append(Mistake(table.file, 1, "time", "is no column", cure))
        return []
    wrong: list[Wrong] = []
    times_us = times(table.columns["time"], site.time_zone, wrong)
    _tell(table, "time", wrong, mistakes)
    _check_steps(table, site, times_us, mistakes)
    if set(LONG) <= set(table.columns):
        return [_long(table, meters, times_us, mistakes)]
    return _wide(table, meters, times_us, mistakes)


def _check_steps(table: Table, site: Site, times_us: Amounts, mistakes: list[Mistake]) -> None:
    off = np.flatnonzero((times_us % (site.step // MICROSECOND) != 0) & (times_us != NOTHING))
    for row in off.tolist():
        what = f"is {from_microseconds(int(times_us[row])).isoformat()}, between two intervals"
        cure = f"intervals of {site.step} begin on the hour"
        mistakes.append(_mistake(table, row, "time", what, cure))


def _long(
    table: Table, meters: tuple[str, ...], times_us: Amounts, mistakes: list[Mistake]
) -> _Cells:
    for name in sorted(set(table.columns) - {*LONG, "quality"}):
        what, cure = "is no column of readings", nearest(name, [*LONG, "quality"])
        mistakes.append(Mistake(table.file, 1, name, what, cure))
    names, of_row = texts(table.columns["meter"])
    rows = {meter: row for row, meter in enumerate(meters)}
    index = np.array([rows.get(name, -1) for name in names], np.int64)
    for at in np.flatnonzero(index < 0).tolist():
        first = int(np.flatnonzero(of_row == at)[0])
        what = f"names {names[at]!r}, which the park file does not declare"
        mistakes.append(_mistake(table, first, "meter", what, nearest(names[at], meters)))
    wrong: list[Wrong] = []
    values, known = numbers(table.columns["value"], wrong)
    _tell(table, "value", wrong, mistakes)
    measured = _measured(table, mistakes)
    return _Cells("value", table.lines, times_us, index[of_row], values, known, measured)


def _measured(table: Table, mistakes: list[Mistake]) -> Mask:
    if "quality" not in table.columns:
        return np.ones(len(table), bool)
    names, of_row = texts(table.columns["quality"])
    for at, name in enumerate(names):
        if name not in (*QUALITIES, ""):
            first = int(np.flatnonzero(of_row == at)[0])
            cure = nearest(name, QUALITIES)
            mistakes.append(_mistake(table, first, "quality", f"is {name!r}", cure))
    return np.array([name != QUALITIES[1] for name in names], bool)[of_row]


def _wide(
    table: Table, meters: tuple[str, ...], times_us: Amounts, mistakes: list[Mistake]
) -> list[_Cells]:
    cells = []
    rows = {meter: row for row, meter in enumerate(meters)}
    for name, column in table.columns.items():
        if name == "time":
            continue
        if name not in rows:
            what, cure = "is a column that the park file does not declare", nearest(name, meters)
            mistakes.append(Mistake(table.file, 1, name, what, cure))
            continue
        wrong: list[Wrong] = []
        values, known = numbers(column, wrong)
        _tell(table, name, wrong, mistakes)
        row, measured = np.full(len(table), rows[name]), np.ones(len(table), bool)
        cells.append(_Cells(name, table.lines, times_us, row, values, known, measured))
    return cells


def _grid(table: Table, site: Site, cells: Sequence[_Cells]) -> Amounts:
    """Return the starts of all intervals from the first to the last that is named."""
    first = min(int(cell.times_us.min()) for cell in cells)
    last = max(int(cell.times_us.max()) for cell in cells)
    step = site.step // MICROSECOND
    if (last - first) // step >= MOST_INTERVALS:
        begins, ends = from_microseconds(first).date(), from_microseconds(last).date()
        what = f"reaches from {begins} to {ends}"
        raise BadFiles([_mistake(table, 0, "time", what, "book five years at most at once")])
    return np.arange(first, last + step, step)


def _placed(
    table: Table,
    site: Site,
    meters: tuple[str, ...],
    cells: Sequence[_Cells],
    grid: Amounts,
    mistakes: list[Mistake],
) -> ActivityData:
    shape = (len(meters), len(grid))
    amounts, known, measured = (
        np.zeros(shape, np.int64),
        np.zeros(shape, bool),
        np.ones(shape, bool),
    )
    for cell in cells:
        base = _in_base_units(table, site, meters, cell, mistakes)
        at = (cell.times_us - grid[0]) // int(site.step // MICROSECOND)
        keep = np.flatnonzero(cell.known)
        row, column, value = cell.row[keep], at[keep], base[keep]
        amounts[row, column], known[row, column] = value, True
        measured[row, column] = cell.measured[keep]
        for i in np.flatnonzero(amounts[row, column] != value).tolist():
            what = f"of {meters[row[i]]} is given twice with two values"
            mistakes.append(_mistake(table, int(keep[i]), cell.field, what, "keep the right one"))
    data = ActivityData(grid, site.step, meters, amounts, known, measured)
    return _as_intervals(table, site, data, mistakes)


def _as_intervals(
    table: Table, site: Site, data: ActivityData, mistakes: list[Mistake]
) -> ActivityData:
    """Return what was counted in each interval, of registers the differences."""
    amounts, known = data.amounts.copy(), data.known.copy()
    for row, meter in enumerate(data.meters):
        if site.counts[meter] is not Counts.REGISTER:
            continue
        found = counted(amounts[row], known[row])
        amounts[row], known[row] = found.amounts, found.known
        for at in np.flatnonzero(found.fell).tolist():
            start = from_microseconds(int(data.starts_us[at])).isoformat()
            what, cure = (
                f"falls after {start}",
                "give a register that only grows, or interval values",
            )
            mistakes.append(Mistake(table.file, 1, meter, what, cure))
    return ActivityData(data.starts_us, data.step, data.meters, amounts, known, data.measured)


def _check_negative(table: Table, cell: _Cells, mistakes: list[Mistake]) -> None:
    for row in np.flatnonzero(cell.known & (cell.values < 0)).tolist():
        what = f"is {cell.values[row]:g}: nothing counts below zero"
        cure = "give the other direction a meter of its own"
        mistakes.append(_mistake(table, row, cell.field, what, cure))


def _in_base_units(
    table: Table, site: Site, meters: tuple[str, ...], cell: _Cells, mistakes: list[Mistake]
) -> Amounts:
    base = np.zeros(len(cell.values), np.int64)
    for row in np.unique(cell.row).tolist():
        here = np.flatnonzero(cell.row == row)
        try:
            base[here] = whole(cell.values[here], in_base(site.units[meters[row]])[0])
        except TooLarge as error:
            at = int(here[np.abs(cell.values[here]).argmax()])
            mistakes.append(_mistake(table, at, cell.field, str(error), "check the unit"))
    return base


def _tell(table: Table, field: str, wrong: Sequence[Wrong], mistakes: list[Mistake]) -> None:
    mistakes += [_mistake(table, one.row, field, one.what, one.cure) for one in wrong]


def _mistake(table: Table, row: int, field: str, what: str, cure: str) -> Mistake:
    line = int(table.lines[row]) if row < len(table) else 1
    return Mistake(table.file, line, field, what, cure)
