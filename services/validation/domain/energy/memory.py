"""What is remembered of each register: its newest readings, its level, its open quarter hour.

Linear and compact: 17 bytes a reading, `depth` to 2 × `depth` readings a register. What fell out
of memory no longer restates: `stepping.advance` hands such rows back as `beyond`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from services.validation.domain.energy.edits import Edit, Standing, standing_of
from services.validation.domain.energy.intervals import Parts
from services.validation.domain.energy.past import Past
from services.validation.domain.energy.readings import Counts, JudgedRows
from services.validation.domain.energy.splitting import quarter_of
from services.validation.domain.energy.steps import Reading
from services.validation.domain.searching import first_at_or_after

MOST_READINGS = 4_000_000
SHALLOWEST, DEEPEST = 32, 8192
CLAIMS_KEPT = 8
NEVER_US = int(np.iinfo(np.int64).min)

Int64s = npt.NDArray[np.int64]
UInt8s = npt.NDArray[np.uint8]
Columns = tuple[Int64s, Int64s, UInt8s]
"""Event times (rising), Wh and `Counts` of one register's readings."""


def depth_for(registers: int) -> int:
    """Return how many readings of each register are surely remembered."""
    return max(SHALLOWEST, min(DEEPEST, MOST_READINGS // max(registers, 1)))


class Registers:
    """The state of the energy step; row r of every column belongs to `ids[r]`.

    `newest_us` is the event time of the newest reading; `level_us` and `level_wh` are the newest
    reading that energy is counted to, `open_parts` (7, n) the `Parts` of the quarter hour that
    holds it. `calm`: the level is believed, all that is newer is rejected and no edit is about
    this register; `pending`: there is something newer. `past` is what like days are made of.
    """

    def __init__(self, ids: Sequence[str], depth: int | None = None) -> None:
        count = len(ids)
        self.ids = tuple(ids)
        self.depth = depth or depth_for(count)
        self.times = np.empty((count, 2 * self.depth), np.int64)
        self.wh = np.empty((count, 2 * self.depth), np.int64)
        self.counts = np.empty((count, 2 * self.depth), np.uint8)
        self.used = np.zeros(count, np.int64)
        self.truncated = np.zeros(count, np.bool_)
        self.newest_us = np.full(count, NEVER_US, np.int64)
        self.level_us = np.full(count, NEVER_US, np.int64)
        self.level_wh = np.zeros(count, np.int64)
        self.open_parts = np.zeros((len(Parts._fields), count), np.int64)
        self.calm = np.ones(count, np.bool_)
        self.pending = np.zeros(count, np.bool_)
        self.edits: dict[int, dict[str, Edit]] = {}
        self.past = Past(count)

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, register: int) -> Columns:
        """Return the readings of one register."""
        used = self.used[register]
        return (
            self.times[register, :used],
            self.wh[register, :used],
            self.counts[register, :used],
        )

    def standing(self, register: int) -> Standing:
        """Return the edits of one register that hold."""
        return standing_of(self.edits.get(register, {}).values())

    def open_of(self, register: int) -> tuple[int, Parts]:
        """Return start and parts of the quarter hour that holds the level."""
        start_us = quarter_of(int(self.level_us[register]))
        return start_us, Parts(*self.open_parts[:, register].tolist())

    def append(self, rows: JudgedRows, place_in_run: Int64s) -> None:
        """Take in rows newer than all of their register, in order; row i is the k-th of its run."""
        longest = int(place_in_run.max(initial=0)) + 1
        if longest > self.depth:
            raise ValueError(f"{longest} rows of one register at once; at most {self.depth} fit")
        self._make_room(rows.register[place_in_run == 0], longest)
        at = self.used[rows.register] + place_in_run
        self.times[rows.register, at] = rows.event_time_us
        self.wh[rows.register, at] = rows.wh
        self.counts[rows.register, at] = rows.counts
        self.newest_us[rows.register] = rows.event_time_us
        self.used[rows.register] = at + 1  # of one register's rows the last one counts

    def replace(self, register: int, columns: Columns) -> None:
        """Put these readings in place of a register's; the oldest go when they are too many."""
        columns = _fewer_claims(columns, 2 * self.depth)
        if len(columns[0]) > 2 * self.depth:
            times, wh, counts = columns
            columns = times[-self.depth :], wh[-self.depth :], counts[-self.depth :]
            self.truncated[register] = True
        used = len(columns[0])
        self.times[register, :used] = columns[0]
        self.wh[register, :used] = columns[1]
        self.counts[register, :used] = columns[2]
        self.newest_us[register] = columns[0][-1] if used else NEVER_US
        self.used[register] = used

    def settle(self, register: int, level: Reading | None, parts: Parts) -> None:
        """Note where a register stands after its readings were gone through."""
        self.level_us[register] = NEVER_US if level is None else level.time_us
        self.level_wh[register] = 0 if level is None else level.wh
        self.open_parts[:, register] = parts
        times, _, counts = self.of(register)
        newer = times > self.level_us[register]
        believed = level.counts == Counts.BELIEVED if level else not len(times)
        calm = believed and bool(np.all(counts[newer] == Counts.CLAIMED))
        self.calm[register] = calm and register not in self.edits
        self.pending[register] = bool(newer.any())

    def knows(self, rows: JudgedRows) -> npt.NDArray[np.bool_]:
        """Return which rows say nothing new: remembered exactly so, or withdraw what is not."""
        at = first_at_or_after(self.times, self.used, rows.register, rows.event_time_us)
        found: npt.NDArray[np.bool_] = at < self.used[rows.register]
        found[found] = self.times[rows.register[found], at[found]] == rows.event_time_us[found]
        known: npt.NDArray[np.bool_] = ~found & (rows.counts == Counts.NOTHING)
        here = (rows.register[found], at[found])
        same_wh = self.wh[here] == rows.wh[found]
        known[found] = same_wh & (self.counts[here] == rows.counts[found])
        return known

    def _make_room(self, registers: Int64s, for_rows: int) -> None:
        full = registers[self.used[registers] + for_rows > 2 * self.depth]
        for own in (self.times, self.wh, self.counts):
            _shift_to_front(own, full, self.used[full], self.depth)
        self.truncated[full] |= self.used[full] > self.depth
        self.used[full] = np.minimum(self.used[full], self.depth)


def _fewer_claims(columns: Columns, most: int) -> Columns:
    """Return the readings without the older claims where they are too many.

    Of rejected readings only the newest says what is claimed, and one that is believed after all
    comes again; so a register that is rejected for hours does not push its level out of memory.
    """
    claimed = np.flatnonzero(columns[2] == Counts.CLAIMED)
    if len(columns[0]) <= most or len(claimed) <= CLAIMS_KEPT:
        return columns
    stays = np.ones(len(columns[0]), np.bool_)
    stays[claimed[:-CLAIMS_KEPT]] = False
    times, wh, counts = columns
    return times[stays], wh[stays], counts[stays]


def _shift_to_front(column: Int64s | UInt8s, registers: Int64s, used: Int64s, keep: int) -> None:
    """Move the newest `keep` values of each register to the front of its row."""
    first = np.maximum(used - keep, 0)
    column[registers, :keep] = column[
        registers[:, np.newaxis], first[:, np.newaxis] + np.arange(keep)
    ]
