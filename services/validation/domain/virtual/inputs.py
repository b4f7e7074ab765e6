"""The newest judged readings of the points that formulas need, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from services.energy.readings import Verdict

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
UInt8s = npt.NDArray[np.uint8]
SHALLOWEST, DEEPEST, MOST_READINGS = 32, 4096, 2_000_000


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
    """Per slot the newest usable value, NaN where there is none, with its verdict and doubt."""

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

    def newest_in(self, row: int, start_us: Int64s, step_us: int) -> Newest:
        """Return the newest reading of [start, start + step) that is not rejected."""
        used = self.used[row]
        usable = self.verdicts[row, :used] != Verdict.REJECTED
        usable &= np.isfinite(self.values[row, :used])
        times = self.times[row, :used][usable]
        if not len(times):
            nothing = np.zeros(len(start_us), np.uint8)
            return Newest(np.full(len(start_us), np.nan), nothing, nothing)
        at = np.searchsorted(times, start_us + step_us) - 1
        there = (at >= 0) & (times[at] >= start_us)
        columns = (self.values, self.verdicts, self.doubts)
        value, verdict, doubt = (column[row, :used][usable][at] for column in columns)
        zero = np.uint8(0)
        return Newest(
            np.where(there, value, np.nan),
            np.where(there, verdict, zero),
            np.where(there, doubt, zero),
        )

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
