"""The input file: a series and its covariates on the grid of the task."""

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.forecasting.backtest.meta import ABSURD
from services.forecasting.backtest.mistakes import BadFiles, Mistake
from services.forecasting.backtest.stamps import BadStamp, Stamp
from services.forecasting.backtest.tables import rows_of
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats

MOST_ROWS = 6_000_000
_NOTHING = ("", "nan", "null", "none", "na", "n/a")


@dataclass(frozen=True, slots=True, eq=False)
class SeriesFile:
    """Rows from `first_minute` on, one a step, NaN where the file says nothing."""

    first_minute: int
    aware: bool
    value: Floats
    measured: Floats
    foreseen: Floats


class _Reading:
    """Rows as they are read, and what was wrong with them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []
        self.lines: list[int] = []
        self.stamps: list[Stamp] = []
        self.cells: list[list[float]] = []

    def wrong(self, line: int, text: str) -> None:
        self.mistakes.append(Mistake(self.file, line, text))

    def take(self, line: int, cells: list[str], names: list[str]) -> None:
        if len(cells) != len(names):
            self.wrong(line, f"has {len(cells)} cells, the header {len(names)}")
            return
        numbers = [self._number(line, n, c) for n, c in zip(names, cells, strict=True) if n != "ts"]
        try:
            stamp = Stamp.of(cells[names.index("ts")])
        except BadStamp as mistake:
            self.wrong(line, str(mistake))
            return
        self.lines.append(line)
        self.stamps.append(stamp)
        self.cells.append(numbers)

    def _number(self, line: int, name: str, cell: str) -> float:
        if cell.lower() in _NOTHING:
            return math.nan
        try:
            number = float(cell)
        except ValueError:
            self.wrong(line, f"{name} {cell!r} is no number; leave it empty where nothing is known")
            return math.nan
        return number if abs(number) <= ABSURD else math.nan  # no more a value than `inf` is


def series_from(path: Path, task: Task) -> SeriesFile:
    """Return the series of a file; of rows with one stamp the last stands. BadFiles otherwise."""
    rows = rows_of(path)
    _, names = next(rows, (1, []))
    columns = [name for name in names if name != "ts"]
    reading = _Reading(path.name)
    _check_header(reading, names)
    if not reading.mistakes:
        for line, cells in rows:
            reading.take(line, cells, names)
    minute = _minutes(reading, task)
    if reading.mistakes:
        raise BadFiles(sorted(reading.mistakes, key=lambda mistake: mistake.line))
    table = _table(minute, reading.cells, task.step_min)
    covariate = {p: [i for i, n in enumerate(columns) if n.startswith(p)] for p in ("p_", "f_")}
    return SeriesFile(
        first_minute=int(minute.min()),
        aware=reading.stamps[0].aware,
        value=table[:, columns.index("value")],
        measured=table[:, covariate["p_"]],
        foreseen=table[:, covariate["f_"]],
    )


def _check_header(reading: _Reading, names: list[str]) -> None:
    for name in ("ts", "value"):
        if names.count(name) != 1:
            reading.wrong(1, f"needs one column {name!r}; it has {', '.join(names) or 'nothing'}")
    for name in names:
        if name not in ("ts", "value") and not name.startswith(("p_", "f_")):
            reading.wrong(1, f"unknown column {name!r}: covariates are named p_… or f_…")


def _minutes(reading: _Reading, task: Task) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the rows' minutes; mistakes for stamps beside the grid, or in mixed clocks."""
    minute = np.array([stamp.minute for stamp in reading.stamps], np.int64)
    if not len(minute):
        if not reading.mistakes:
            reading.wrong(0, "has no rows")
        return minute
    phase = Counter((minute % task.step_min).tolist()).most_common(1)[0][0]
    for i in np.flatnonzero(minute % task.step_min != phase):
        text = f"{reading.stamps[i].text} is not on the grid of {task.step_min} min"
        reading.wrong(reading.lines[i], text)
    zoned = reading.stamps[0].aware
    for line, stamp in zip(reading.lines, reading.stamps, strict=True):
        if stamp.aware is not zoned:
            reading.wrong(line, f"{stamp.text}: either all stamps name their zone or none does")
    if (rows := (int(minute.max()) - int(minute.min())) // task.step_min) > MOST_ROWS:
        reading.wrong(0, f"spans {rows} steps, more than {MOST_ROWS}: is a stamp's year right?")
    return minute


def _table(
    minute: np.ndarray[tuple[int], np.dtype[np.int64]], cells: list[list[float]], step_min: int
) -> Floats:
    row = (minute - minute.min()) // step_min
    table = np.full((int(row.max()) + 1, len(cells[0])), np.nan)
    table[row] = np.array(cells)  # the last of equal rows stands
    return table
