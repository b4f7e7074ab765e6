"""The newest judged readings of the points that formulas need, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from services.energy.readings import Verdict
from services.validation.domain.searching import first_at_or_after

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
UInt8s = npt.NDArray[np.uint8]
SHALLOWEST, DEEPEST, MOST_READINGS = 32, 4096, 2_000_000
NO_ROW = 0
"""Verdict and doubt where there is no reading."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgements:
    """Row i is the newest word of the judge on (input row, event time); the last one counts."""

    row: Int64s
    event_time_us: Int64s
    value: Floats
    verdict: UInt8s
    doubt: UInt8s

    def __len__(self) -> int:
        return len(self.row)

    def picked(self, places: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "Judgements":
        """Return the rows at these places."""
        return Judgements(
            self.row[places],
            self.event_time_us[places],
            self.value[places],
            self.verdict[places],
            self.doubt[places],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Newest:
    """A value each, NaN where there is none, with its verdict and doubt (then NO_ROW)."""

    value: Floats
    verdict: UInt8s
    doubt: UInt8s


class Inputs:
    """Per input the newest `depth` to 2 × `depth` readings, in the order of event time."""

    def __init__(self, ids: Sequence[str], depth: int | None = None) -> None:
        self.ids = tuple(ids)
        room = max(SHALLOWEST, min(DEEPEST, MOST_READINGS // max(1, len(ids))))
        self.depth = depth or room
        shape = (len(ids), 2 * self.depth)
        self.times = np.empty(shape, np.int64)
        self.values = np.empty(shape, np.float64)
        self.verdicts = np.empty(shape, np.uint8)
        self.doubts = np.empty(shape, np.uint8)
        self.used = np.zeros(len(ids), np.int64)
        self.truncated = np.zeros(len(ids), np.bool_)

    def is_beyond(self, rows: Judgements) -> npt.NDArray[np.bool_]:
        """Return which rows are older than what is remembered of their input."""
        oldest = self.times[rows.row, 0]
        beyond: npt.NDArray[np.bool_] = self.truncated[rows.row] & (rows.event_time_us < oldest)
        return beyond

    def take(self, rows: Judgements) -> None:
        """Take rows in that are not beyond; sorted by row and time, no key twice."""
        if not len(rows):
            return
        first = np.append(True, rows.row[1:] != rows.row[:-1])
        alone = first & np.append(first[1:], True)
        used = self.used[rows.row]
        newest = self.times[rows.row, np.maximum(used - 1, 0)]
        simple = alone & (used < 2 * self.depth) & ((used == 0) | (rows.event_time_us > newest))
        self._append(rows.picked(simple))
        for row in np.unique(rows.row[~simple]).tolist():
            self._merge(row, rows.picked(~simple & (rows.row == row)))

    def newest_in(self, row: Int64s, start_us: Int64s, step_us: Int64s) -> Newest:
        """Return the newest usable reading of [start, start + step) of each row."""
        at = first_at_or_after(self.times, self.used, row, start_us + step_us) - 1
        there = self._within(row, at, start_us)
        while np.any(passed := there & ~self._usable(row, at)):
            at = np.where(passed, at - 1, at)
            there &= self._within(row, at, start_us)
        return self._read(row, at, there)

    def has_any_in(self, row: Int64s, start_us: Int64s, step_us: Int64s) -> npt.NDArray[np.bool_]:
        """Return whether a row has a reading in [start, end), usable or not."""
        at = first_at_or_after(self.times, self.used, row, start_us + step_us) - 1
        return self._within(row, at, start_us)

    def standing(self, row: Int64s, time_us: Int64s) -> Newest:
        """Return the reading of each row at exactly this time."""
        at = first_at_or_after(self.times, self.used, row, time_us)
        there = at < self.used[row]
        there[there] = self.times[row[there], at[there]] == time_us[there]
        return self._read(row, at, there)

    def _within(self, row: Int64s, at: Places, start_us: Int64s) -> npt.NDArray[np.bool_]:
        there: npt.NDArray[np.bool_] = at >= 0
        there[there] = self.times[row[there], at[there]] >= start_us[there]
        return there

    def _usable(self, row: Int64s, at: Places) -> npt.NDArray[np.bool_]:
        usable: npt.NDArray[np.bool_] = self.verdicts[row, at] != Verdict.REJECTED
        return usable & np.isfinite(self.values[row, at])

    def _read(self, row: Int64s, at: Places, there: npt.NDArray[np.bool_]) -> Newest:
        places = (row[there], at[there])
        value = np.full(len(row), np.nan)
        verdict, doubt = np.zeros((2, len(row)), np.uint8)
        value[there] = self.values[places]
        verdict[there], doubt[there] = self.verdicts[places], self.doubts[places]
        return Newest(value, verdict, doubt)

    def _append(self, rows: Judgements) -> None:
        at = self.used[rows.row]
        self.times[rows.row, at] = rows.event_time_us
        self.values[rows.row, at] = rows.value
        self.verdicts[rows.row, at] = rows.verdict
        self.doubts[rows.row, at] = rows.doubt
        self.used[rows.row] = at + 1

    def _merge(self, row: int, rows: Judgements) -> None:
        used = self.used[row]
        stays = ~np.isin(self.times[row, :used], rows.event_time_us)
        times = np.concatenate([self.times[row, :used][stays], rows.event_time_us])
        order = np.argsort(times, kind="stable")
        if len(order) > 2 * self.depth:
            order, self.truncated[row] = order[-self.depth :], True
        columns: tuple[tuple[npt.NDArray[Any], npt.NDArray[Any]], ...] = (
            (self.times, rows.event_time_us),
            (self.values, rows.value),
            (self.verdicts, rows.verdict),
            (self.doubts, rows.doubt),
        )
        for column, comes in columns:
            column[row, : len(order)] = np.concatenate([column[row, :used][stays], comes])[order]
        self.used[row] = len(order)
