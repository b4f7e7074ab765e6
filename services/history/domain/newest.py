"""How far the readings of each point reach, as one writer remembers it from its own commits.

What is newer than that has no row yet as far as this writer knows: it is written without looking
first, and the key of the relation tells if another writer was there.
"""

import numpy as np
from numpy.typing import NDArray

from services.history.domain.standing import Rows, usable

UNKNOWN_US = 2**63 - 1
"""Nothing is newer than what nobody remembers: the database is asked first."""
LONG_AGO_US = -(2**62)


class Newest:
    """The newest event time of each point, of any reading and of a usable one."""

    def __init__(self) -> None:
        self._any = np.empty(0, dtype=np.int64)
        self._usable = np.empty(0, dtype=np.int64)

    def unknown(self, rows: Rows) -> NDArray[np.int32]:
        """Return the points of `rows` of which nothing is remembered."""
        self._hold(rows.point_id)
        unknown: NDArray[np.int32] = rows.point_id[self._any[rows.point_id] == UNKNOWN_US]
        return np.unique(unknown)

    def learn(self, points: NDArray[np.int32], time_us: NDArray[np.int64]) -> None:
        """Remember what the database has of points; `LONG_AGO_US` where it has nothing."""
        self._hold(points)
        self._any[points] = time_us
        self._usable[points] = time_us

    def is_news(self, rows: Rows) -> NDArray[np.bool_]:
        """Return which rows are newer than every row of their point."""
        self._hold(rows.point_id)
        mask: NDArray[np.bool_] = rows.event_time_us > self._any[rows.point_id]
        return mask

    def usable_before(self, rows: Rows) -> NDArray[np.int64]:
        """Return when the usable reading before each row was, or earlier; rows sorted by key."""
        self._hold(rows.point_id)
        time_us = np.where(usable(rows.verdict, rows.value), rows.event_time_us, LONG_AGO_US)
        begins = np.ones(len(rows), dtype=bool)
        begins[1:] = rows.point_id[1:] != rows.point_id[:-1]
        before = np.empty_like(time_us)
        before[1:] = time_us[:-1]
        before[begins] = self._usable[rows.point_id[begins]]
        return before

    def note(self, rows: Rows) -> None:
        """Remember rows that are committed.

        Where the usable reading itself was taken back, the one before it is not known any more.
        """
        self._hold(rows.point_id)
        np.maximum.at(self._any, rows.point_id, rows.event_time_us)
        fine = usable(rows.verdict, rows.value)
        np.maximum.at(self._usable, rows.point_id[fine], rows.event_time_us[fine])
        taken_back = ~fine & (rows.event_time_us == self._usable[rows.point_id])
        self._usable[rows.point_id[taken_back]] = LONG_AGO_US

    def _hold(self, points: NDArray[np.int32]) -> None:
        """Make room for points."""
        size = int(points.max(initial=-1)) + 1
        if (more := size - len(self._any)) > 0:
            self._any = np.append(self._any, np.full(more, UNKNOWN_US))
            self._usable = np.append(self._usable, np.full(more, LONG_AGO_US))
