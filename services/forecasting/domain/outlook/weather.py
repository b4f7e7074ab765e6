"""What the weather forecasts of a row alone make of the series there.

How far a series was off this expectation in the last hours tells how wrong the weather forecast is
now, which models then look at. Two forecasts that take both signs alike are the components of a
vector (wind to the east and to the north): its length stands beside them.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.booster import MEDIAN, Ground, Trees
from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.running import Running
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats, Ints

MOST_ROWS, FEWEST_ROWS = 10_000, 400
FOLDS = 3
BOTH_SIGNS, ALIKE = 0.1, 4.0  # least share of each sign, most ratio of sizes
ROWS_SEED = 11
LOW_SUN_W_M2 = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Weather:
    """Which columns are vectors, and trees from a row's forecasts to its value; None untaught."""

    vectors: tuple[tuple[int, int], ...] = ()
    trees: Trees | None = None

    def foreseen(self, foreseen: Floats) -> Floats:
        """Return the forecasts and the lengths of vectors, `(rows, columns)`."""
        lengths = [np.hypot(foreseen[:, i], foreseen[:, j]) for i, j in self.vectors]
        return np.column_stack([foreseen, *lengths]) if lengths else foreseen

    def expected(self, foreseen: Floats, days: Days, clear: Floats, task: Task) -> Floats:
        """Return the value expected by `foreseen()`'s columns, NaN where one is away."""
        found, rows = np.full(len(days), np.nan), np.isfinite(foreseen).all(axis=1)
        if self.trees is not None and foreseen.shape[1] and rows.any():
            found[rows] = self.trees.said(_columns(foreseen, days, clear, task)[rows])
        return found


def vectors_of(foreseen: Floats) -> tuple[tuple[int, int], ...]:
    """Return neighbouring columns that are components of one vector."""
    size = [_size_if_signed(column) for column in foreseen.T]
    return tuple(
        (i, i + 1)
        for i, (one, other) in enumerate(pairwise(size))
        if one and other and max(one, other) < ALIKE * min(one, other)
    )


def _size_if_signed(column: Floats) -> float:
    known = column[np.isfinite(column)]
    share = float((known > 0).mean()) if len(known) else 0.0
    return float(known.std()) if BOTH_SIGNS < share < 1.0 - BOTH_SIGNS else 0.0


def fit_weather(
    record: Record, task: Task, scale: float, clear: Floats, effort: Effort
) -> tuple[Weather, Floats]:
    """Return the weather's part, and what it expects of each row when not taught by its week."""
    bare = Weather(vectors_of(record.foreseen[: len(record)]))
    foreseen = bare.foreseen(record.foreseen)
    if not foreseen.shape[1]:
        return bare, np.full(len(foreseen), np.nan)
    value = record.value / scale
    matrix = _columns(foreseen, record.days, clear, task)
    seen: NDArray[np.bool_] = np.asarray(np.isfinite(foreseen).all(axis=1))
    usable = np.flatnonzero(seen[: len(value)] & np.isfinite(value))
    if len(usable) < FEWEST_ROWS:
        return bare, np.full(len(seen), np.nan)
    rows = np.sort(np.random.default_rng(ROWS_SEED).permutation(usable)[:MOST_ROWS])
    expected, fold = np.full(len(seen), np.nan), _fold(np.arange(len(seen)), task)
    for i in range(FOLDS):
        asked = seen & (fold == i)
        if asked.any():
            trees = _taught(matrix, value, rows[fold[rows] != i], effort)
            expected[asked] = trees.said(matrix[asked])
    return replace(bare, trees=_taught(matrix, value, rows, effort)), expected


def _taught(matrix: Floats, value: Floats, rows: Ints, effort: Effort) -> Trees:
    return Ground(matrix[rows], value[rows]).grow(np.ones(len(rows)), effort, MEDIAN)


def _fold(row: Ints, task: Task) -> Ints:
    """Return in which part of the past each row is left out: whole weeks in turn."""
    return row // max(1, min(7 * task.day, len(row) // FOLDS)) % FOLDS


def _columns(foreseen: Floats, days: Days, clear: Floats, task: Task) -> Floats:
    hour, row = task.hours(1), np.arange(len(foreseen))
    around, later = (np.minimum(row + 1 + h, len(row)) for h in (hour, 3 * hour))
    columns = [days.minute_of_day.astype(np.float64), clear]
    columns += _shares(foreseen, clear) if task.sun else []
    for column in foreseen.T:
        running, before = Running(column), column[np.maximum(row - hour, 0)]
        columns += [column, running.mean(around, 2 * hour + 1), running.mean(row, 3 * hour)]
        columns += [running.mean(later, 3 * hour), column - before]
    return np.column_stack(columns)


def _shares(foreseen: Floats, clear: Floats) -> list[Floats]:
    """Return which share of a clear sky each column foresees, by row."""
    with np.errstate(invalid="ignore"):
        sky = np.where(clear > LOW_SUN_W_M2, clear, np.nan)
    return [column / sky for column in foreseen.T]
