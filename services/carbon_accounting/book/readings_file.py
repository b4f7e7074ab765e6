"""The readings of `book`: CSV or Parquet, long or wide, into activity data.

Long: columns `time`, `meter`, `value`, optional `quality` (measured, estimated). Wide: `time` and
one column a meter or stream. `time` is the start of an interval (of a register: when it was read),
with its offset; a time without one is the park's clock. An empty value is unknown, never zero.
The same row twice counts once; two values for one place are a mistake. The last reading of a
register ends an interval and begins none.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np

from services.carbon_accounting.book.arrow_tables import Table, table_of
from services.carbon_accounting.book.cells import NOTHING, Wrong, numbers, texts, times
from services.carbon_accounting.book.decimals import Decimals
from services.carbon_accounting.domain.inventory.amounts import (
    LARGEST,
    Amounts,
    Floats,
    TooLarge,
    whole,
)
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.readings import ActivityData, Mask
from services.carbon_accounting.domain.inventory.registers import counted
from services.carbon_accounting.domain.inventory.site import Counts, Site
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake
from services.energy.time_grid import from_microseconds
from services.runtime.park_file_values import nearest

QUALITIES = ("measured", "estimated")
LONG = ("time", "meter", "value")
MICROSECOND = timedelta(microseconds=1)
MOST_INTERVALS = 35_136 * 5
MOST_LETTERS = 200
MOST_LINES = 20
"""So many lines of one mistake are told each; a year of a misspelt meter is told in these."""
NOWHERE = -1
"""The place of a row whose time or meter is none."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Values of one meter in a column of the file, and how well each is known.

    `exact`: the same values, where the file has them as decimals.
    """

    field: str
    values: Floats
    known: Mask
    measured: Mask | None = None
    exact: Decimals | None = None

    def whole(self, keep: Mask, ratio: Fraction) -> Amounts:
        """Return some of the values × ratio in whole units; TooLarge where one does not fit."""
        return (
            whole(self.values[keep], ratio) if self.exact is None else self.exact[keep].whole(ratio)
        )


@dataclass
class _Board:
    """The grid that is filled from a file, and every mistake met on the way."""

    table: Table
    site: Site
    meters: tuple[str, ...]
    mistakes: list[Mistake] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mistakes += self.table.odd
        self.at, self.starts_us = self._columns()
        shape = (len(self.meters), len(self.starts_us))
        self.amounts, self.known = np.zeros(shape, np.int64), np.zeros(shape, bool)
        self.measured = np.ones(shape, bool)
        self.rows_of: dict[int, Amounts] = {}

    def _columns(self) -> tuple[Amounts, Amounts]:
        """Return which interval each row is of, and the starts of all intervals."""
        wrong: list[Wrong] = []
        times_us = times(self.table.columns["time"], self.site.time_zone, wrong)
        self.tell("time", wrong)
        step = self.site.step // MICROSECOND
        there = times_us != NOTHING
        off = there & (times_us % step != 0)
        for row in np.flatnonzero(off).tolist():
            what = f"is {from_microseconds(int(times_us[row])).isoformat()}, between two intervals"
            self.mistake(row, "time", what, f"intervals of {self.site.step} begin on the hour")
        there &= ~off
        if not there.any():
            return np.full(len(times_us), NOWHERE), np.zeros(0, np.int64)
        first, last = int(times_us[there].min()), int(times_us[there].max())
        if (last - first) // step >= MOST_INTERVALS:
            begins, ends = from_microseconds(first).date(), from_microseconds(last).date()
            what = f"reaches from {begins} to {ends}"
            self.mistake(int(times_us.argmax()), "time", what, "book at most five years")
            return np.full(len(times_us), NOWHERE), np.zeros(0, np.int64)
        starts = np.arange(first, last + step, step)
        return np.where(there, (times_us - first) // step, NOWHERE), starts

    def tell(self, name: str, wrong: list[Wrong]) -> None:
        """Keep what is wrong with cells of a column."""
        for one in wrong:
            self.mistake(one.row, name, one.what, one.cure)

    def mistake(self, row: int, name: str, what: str, cure: str) -> None:
        """Keep a mistake in a row of the file."""
        line = int(self.table.lines[row])
        self.mistakes.append(Mistake(self.table.file, line, name, what, cure))

    def each(self, rows: Amounts, name: str, what: str, cure: str) -> None:
        """Keep one mistake in all its rows; of very many the first, and how many more there are."""
        for row in rows[:MOST_LINES].tolist():
            self.mistake(row, name, what, cure)
        if (more := len(rows) - MOST_LINES) > 0:
            after = f"{what}, the first of {more:,} more lines that say so"
            self.mistake(int(rows[MOST_LINES]), name, after, cure)

    def place(self, meter: int, rows: Amounts, cells: _Cells) -> None:
        """Put one meter's cells, of these rows of the file, into their intervals."""
        self._tell_negative(rows, cells)
        ratio = in_base(self.site.units[self.meters[meter]])[0]
        fits = self._told_too_large(rows, cells, ratio)
        keep = cells.known & fits & (self.at[rows] != NOWHERE)
        if self.site.counts[self.meters[meter]] is Counts.REGISTER:
            self.rows_of[meter] = rows[keep]
        at, values = self.at[rows][keep], cells.values[keep]
        try:
            base = cells.whole(keep, ratio)
        except TooLarge as error:
            row = int(rows[keep][np.abs(values).argmax()])
            self.mistake(row, cells.field, str(error), "check the unit")
            return
        self.amounts[meter, at], self.known[meter, at] = base, True
        if cells.measured is not None:
            self.measured[meter, at] = cells.measured[keep]
        name = self.meters[meter]
        for i in np.flatnonzero(self.amounts[meter, at] != base).tolist():
            later = int(rows[keep][(at == at[i]) & (base == self.amounts[meter, at[i]])][-1])
            of = "" if cells.field == name else f"of {name} "
            what = f"{of}is given twice with two values, here and in line {self.table.lines[later]}"
            self.mistake(int(rows[keep][i]), cells.field, what, "keep the right one")

    def _tell_negative(self, rows: Amounts, cells: _Cells) -> None:
        for i in np.flatnonzero(cells.known & (cells.values < 0)).tolist():
            what = f"is {cells.values[i]:g}: nothing counts below zero"
            cure = "give the other direction a meter of its own"
            self.mistake(int(rows[i]), cells.field, what, cure)

    def _told_too_large(self, rows: Amounts, cells: _Cells, ratio: Fraction) -> Mask:
        """Return which values whole base units can count; the others are told."""
        large = cells.known & (np.abs(cells.values * float(ratio)) >= LARGEST)
        for i in np.flatnonzero(large).tolist():
            what = f"{cells.values[i]:g} is more than whole base units can count"
            self.mistake(int(rows[i]), cells.field, what, "check the unit")
        fits: Mask = ~large
        return fits

    def as_intervals(self) -> ActivityData:
        """Return what was counted in each interval, of registers the differences."""
        registers = [self.site.counts[meter] is Counts.REGISTER for meter in self.meters]
        only_read = not self.known[np.logical_not(registers), -1].any() and any(registers)
        for row in np.flatnonzero(registers).tolist():
            self._difference(row, self.meters[row])
        here = slice(0, -1 if only_read else None)
        return ActivityData(
            self.starts_us[here],
            self.site.step,
            self.meters,
            self.amounts[:, here],
            self.known[:, here],
            self.measured[:, here],
        )

    def _difference(self, row: int, meter: str) -> None:
        found = counted(self.amounts[row], self.known[row])
        self.amounts[row], self.known[row] = found.amounts, found.known
        for at in np.flatnonzero(found.fell).tolist():
            start = from_microseconds(int(self.starts_us[at])).isoformat()
            what, cure = (
                f"falls after {start}",
                "give a register that only grows, or interval values",
            )
            rows = self.rows_of[row]
            later = int(rows[self.at[rows] == at + 1][0])
            self.mistake(later, meter, what, cure)


def read_readings(path: Path, site: Site) -> ActivityData:
    """Return the activity data of a file; BadFiles with every mistake."""
    table = table_of(path)
    if "time" not in table.columns:
        cure = "name the columns time, meter, value; or time and one a meter"
        raise BadFiles([*table.odd, Mistake(table.file, 1, "time", "is no column", cure)])
    if missing := [*_missing_of_long(table, site)]:
        raise BadFiles([*table.odd, *missing])
    board = _Board(table, site, tuple(sorted(site.units)))
    if set(LONG) <= set(table.columns):
        _fill_long(board)
    else:
        _fill_wide(board)
    if not len(table) and not board.mistakes:
        board.mistakes.append(Mistake(table.file, 1, "file", "holds no readings", "give some"))
    if len(board.starts_us):
        data = board.as_intervals()  # what falls is told beside all else
        if not len(data) and not board.mistakes:
            what = "holds one reading of each register, which counts nothing"
            board.mistakes.append(Mistake(table.file, 1, "file", what, "give the next reading too"))
    if board.mistakes:
        raise BadFiles(board.mistakes)
    return data


def lines_of(path: Path, site: Site, meter: str, starts_us: Amounts) -> list[int]:
    """Return the lines that say what a meter counted from these starts on; none of another file.

    What a register counted in an interval is said where it is read at the interval's end.
    """
    table = table_of(path)
    board, rows = _Board(table, site, ()), np.arange(len(table))
    if set(LONG) <= set(table.columns):
        names, of_row = texts(table.columns["meter"])
        rows = np.flatnonzero(of_row == (names.index(meter) if meter in names else NOWHERE))
    elif meter not in table.columns:
        return []
    step = site.step // MICROSECOND
    later_us = step if site.counts[meter] is Counts.REGISTER else 0
    rows = rows[board.at[rows] != NOWHERE]
    said = np.isin(board.starts_us[board.at[rows]], starts_us + later_us)
    return [int(line) for line in table.lines[rows[said]]]


def _missing_of_long(table: Table, site: Site) -> Iterator[Mistake]:
    """Yield what lacks of a file with a row a reading: `meter` or `value` says it is one."""
    columns = table.columns.keys() - site.units.keys()
    if not columns & {"meter", "value"}:
        return
    others = sorted(table.columns.keys() - {*LONG, "quality"})
    for name in sorted({*LONG} - table.columns.keys()):
        cure = f"name one of {', '.join(others)} so" if others else "add it"
        yield Mistake(table.file, 1, name, "is no column", f"{cure}; a row is time, meter, value")


def _fill_long(board: _Board) -> None:
    columns = board.table.columns
    for name in sorted(set(columns) - {*LONG, "quality"}):
        cure = nearest(name, [*LONG, "quality"])
        board.mistakes.append(Mistake(board.table.file, 1, name, "is no column of readings", cure))
    names, of_row = texts(columns["meter"])
    wrong: list[Wrong] = []
    values, known = numbers(columns["value"], wrong)
    decimals = Decimals.of(columns["value"])
    board.tell("value", wrong)
    measured = _measured(board)
    order = np.argsort(of_row, kind="stable")
    borders = np.searchsorted(of_row[order], np.arange(len(names) + 1))
    numbered = {meter: number for number, meter in enumerate(board.meters)}
    for at, name in enumerate(names):
        rows = order[borders[at] : borders[at + 1]]
        if (meter := numbered.get(name)) is None:
            what = f"names {name!r}, which the park file does not declare"
            board.each(rows, "meter", what, _cure(name, board.meters))
            continue
        exact = None if decimals is None else decimals[rows]
        board.place(meter, rows, _Cells("value", values[rows], known[rows], measured[rows], exact))


def _measured(board: _Board) -> Mask:
    columns = board.table.columns
    if "quality" not in columns:
        return np.ones(len(board.table), bool)
    names, of_row = texts(columns["quality"])
    for at, name in enumerate(names):
        if name not in (*QUALITIES, ""):
            rows = np.flatnonzero(of_row == at)
            board.each(rows, "quality", f"is {name!r}", nearest(name, QUALITIES))
    return np.array([name != QUALITIES[1] for name in names], bool)[of_row]


def _fill_wide(board: _Board) -> None:
    columns, rows = board.table.columns, np.arange(len(board.table))
    numbered = {meter: number for number, meter in enumerate(board.meters)}
    for name in [name for name in columns if name != "time"]:
        column = columns.pop(name)  # what is read is let go: a large file stands here once
        if (meter := numbered.get(name)) is None:
            what, cure = "is a column that the park file does not declare", _cure(name, numbered)
            board.mistakes.append(Mistake(board.table.file, 1, name, what, cure))
            continue
        wrong: list[Wrong] = []
        values, known = numbers(column, wrong)
        board.tell(name, wrong)
        board.place(meter, rows, _Cells(name, values, known, exact=Decimals.of(column)))


def _cure(name: str, known: Collection[str]) -> str:
    """Return the nearest meter, or all of a small park; a large one has too many to list."""
    cure = nearest(name, known)
    long = len(cure) > MOST_LETTERS
    return "declare it under accounting.meters or streams, or leave it out" if long else cure
