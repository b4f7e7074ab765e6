"""The usual case for all registers at once: believed readings, each soon after the one before.

Ordinary is a row that `steps.steps_of` would count as one believed step across at most one border
of the grid, on a register that is `calm`. When one row of a register is not, none of its rows is.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.validation.domain.energy.claims import released
from services.validation.domain.energy.columns import NO_INTERVALS, Intervals
from services.validation.domain.energy.intervals import Parts
from services.validation.domain.energy.memory import NEVER_US, Int64s, Registers
from services.validation.domain.energy.readings import Counts, JudgedRows
from services.validation.domain.energy.splitting import (
    HOUR_US,
    LONGEST_EXACT_US,
    QUARTER_US,
    first_parts,
)
from services.validation.domain.energy.suspense import Posting
from services.validation.domain.energy.table import NO_BOUND, RegisterTable

Mask = npt.NDArray[np.bool_]
BELIEVED_WH = Parts._fields.index("believed_wh")
BELIEVED_US = Parts._fields.index("believed_us")
KNOWN_US = Parts._fields.index("known_us")


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Row i is the step that ends at reading i; `first` marks the first one of its register."""

    rows: JudgedRows
    first: Mask
    from_us: Int64s
    rise_wh: Int64s
    is_start: Mask  # a register's very first reading: a step without duration

    def picked(self, mask: Mask) -> "_Steps":
        return _Steps(
            self.rows.picked(mask),
            self.first[mask],
            self.from_us[mask],
            self.rise_wh[mask],
            self.is_start[mask],
        )

    @property
    def duration_us(self) -> Int64s:
        return self.rows.event_time_us - self.from_us


def take_ordinary(
    registers: Registers, table: RegisterTable, rows: JudgedRows, known_at_us: int
) -> tuple[JudgedRows, Intervals, list[Posting]]:
    """Take in the ordinary rows; return the others, the completed quarters and what was released.

    `rows` are sorted by register and time, with no key twice.
    """
    steps = _steps(registers, rows)
    strange = np.zeros(len(registers), np.bool_)
    strange[rows.register[~_is_ordinary(registers, table, steps)]] = True
    usual = ~strange[rows.register]
    postings = released(registers, table, rows.register[usual & steps.first], known_at_us)
    completed = _count(registers, steps.picked(usual))
    return rows.picked(~usual), completed, postings


def _steps(registers: Registers, rows: JudgedRows) -> _Steps:
    register, time_us = rows.register, rows.event_time_us
    first = np.ones(len(rows), np.bool_)
    first[1:] = register[1:] != register[:-1]
    from_us, from_wh = np.empty_like(time_us), np.empty_like(rows.wh)
    from_us[1:], from_wh[1:] = time_us[:-1], rows.wh[:-1]
    from_us[first] = registers.level_us[register[first]]
    from_wh[first] = registers.level_wh[register[first]]
    is_start = from_us == NEVER_US
    from_us = np.where(is_start, time_us, from_us)
    from_wh = np.where(is_start, rows.wh, from_wh)
    return _Steps(rows, first, from_us, rows.wh - from_wh, is_start)


def _is_ordinary(registers: Registers, table: RegisterTable, steps: _Steps) -> Mask:
    register, duration_us = steps.rows.register, steps.duration_us
    bound_w = table.largest_w[register]
    credible_us = np.clip(duration_us, 0, LONGEST_EXACT_US) + QUARTER_US
    plausible = (bound_w == NO_BOUND) | (steps.rise_wh <= bound_w * credible_us // HOUR_US)
    newer = ~steps.first | (steps.rows.event_time_us > registers.newest_us[register])
    soon = newer & (duration_us > 0) & (duration_us <= table.gap_after_us[register])
    borders_us = _quarter(steps.rows.event_time_us) - _quarter(steps.from_us)
    usual: Mask = registers.calm[register] & (steps.rows.counts == Counts.BELIEVED)
    usual &= (soon | steps.is_start) & (steps.rise_wh >= 0) & plausible
    return usual & (borders_us <= QUARTER_US) & (_place_in_run(steps.first) < registers.depth)


def _count(registers: Registers, steps: _Steps) -> Intervals:
    """Add the steps to their quarters and to memory; return the quarters that are complete."""
    rows = steps.rows
    if not len(rows):
        return NO_INTERVALS
    register, start_us, parts = _quarters(steps)
    opens = np.ones(len(register), np.bool_)
    opens[1:] = register[1:] != register[:-1]
    closes = np.append(opens[1:], True)
    parts[:, opens] += registers.open_parts[:, register[opens]]
    registers.open_parts[:, register[closes]] = parts[:, closes]
    registers.append(rows, _place_in_run(steps.first))
    registers.level_us[rows.register] = rows.event_time_us
    registers.level_wh[rows.register] = rows.wh
    return Intervals(register[~closes], start_us[~closes], parts[:, ~closes])


def _quarters(steps: _Steps) -> tuple[Int64s, Int64s, Int64s]:
    """Return each (register, quarter) that the steps touch, in order, with what they add to it."""
    begun, ended = _quarter(steps.from_us), _quarter(steps.rows.event_time_us)
    duration_us = steps.duration_us
    early_us = np.where(ended > begun, ended - steps.from_us, duration_us)
    early_wh = first_parts(steps.rise_wh, early_us, duration_us)
    start_us = np.column_stack([begun, ended]).ravel()
    wh = np.column_stack([early_wh, steps.rise_wh - early_wh]).ravel()
    us = np.column_stack([early_us, duration_us - early_us]).ravel()
    register = np.repeat(steps.rows.register, 2)
    changes = (register[1:] != register[:-1]) | (start_us[1:] != start_us[:-1])
    at = np.flatnonzero(np.append(True, changes))
    parts = np.zeros((len(Parts._fields), len(at)), np.int64)
    parts[BELIEVED_WH] = np.add.reduceat(wh, at)
    parts[BELIEVED_US] = parts[KNOWN_US] = np.add.reduceat(us, at)
    return register[at], start_us[at], parts


def _quarter(time_us: Int64s) -> Int64s:
    return time_us - time_us % QUARTER_US


def _place_in_run(first: Mask) -> Int64s:
    places = np.arange(len(first))
    place: Int64s = places - np.maximum.accumulate(np.where(first, places, 0))
    return place
