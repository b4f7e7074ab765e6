"""The believed readings that ingest still remembers: for duplicates, corrections and registers.

Bounded: of each point the newest `depth` readings by event time. What fell out of memory is
unknown again; a repeat of it is then believed once more, which writes the same row (§6.3).
Whoever holds it may lose it: `remember` over the frames of the log gives it back.
"""

import numpy as np
import numpy.typing as npt

from services.validation.domain.registers import Rival

MOST_READINGS = 4_000_000
DEEPEST = 2048
NEVER_US = np.iinfo(np.int64).min

Times = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


class Memory:
    """Per point row: believed event times (rising), their values, a register's rival level."""

    def __init__(self, points: int, depth: int | None = None) -> None:
        self.depth = depth or max(16, min(DEEPEST, MOST_READINGS // max(points, 1)))
        self._times = np.empty((points, 2 * self.depth), np.int64)
        self._values = np.empty((points, 2 * self.depth), np.float64)
        self._count = np.zeros(points, np.int64)
        self.newest_us = np.full(points, NEVER_US, np.int64)
        self.newest_value = np.full(points, np.nan)
        self.rivals: dict[int, Rival] = {}

    def of(self, row: int) -> tuple[Times, Values]:
        """Return the remembered times (rising) and values of one point."""
        count = self._count[row]
        return self._times[row, :count], self._values[row, :count]

    def remember(self, rows: Rows, times: Times, values: Values) -> None:
        """Take believed readings in; of one (point, time) the last one counts."""
        if not len(rows):
            return
        alone = np.bincount(rows, minlength=len(self._count))[rows] == 1
        newer = alone & (times > self.newest_us[rows])
        self._append(rows[newer], times[newer], values[newer])
        for row in np.unique(rows[~newer]):
            mine = (rows == row) & ~newer
            self._merge(int(row), times[mine], values[mine])

    def _append(self, rows: Rows, times: Times, values: Values) -> None:
        for row in rows[self._count[rows] == 2 * self.depth]:
            self._keep(int(row), *self.of(int(row)))
        place = self._count[rows]
        self._times[rows, place] = times
        self._values[rows, place] = values
        self._count[rows] += 1
        self.newest_us[rows] = times
        self.newest_value[rows] = values

    def _merge(self, row: int, times: Times, values: Values) -> None:
        known_times, known_values = self.of(row)
        all_times = np.concatenate([known_times, times])
        all_values = np.concatenate([known_values, values])
        order = np.argsort(all_times, kind="stable")
        all_times, all_values = all_times[order], all_values[order]
        last = np.append(all_times[1:] != all_times[:-1], True)
        self._keep(row, all_times[last], all_values[last])

    def _keep(self, row: int, times: Times, values: Values) -> None:
        times, values = times[-self.depth :].copy(), values[-self.depth :].copy()
        count = len(times)
        self._times[row, :count] = times
        self._values[row, :count] = values
        self._count[row] = count
        self.newest_us[row] = times[-1]
        self.newest_value[row] = values[-1]
