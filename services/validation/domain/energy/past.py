"""What each register moved in the quarter hours of the last weeks, and the like days made of it.

A like day is made of the quarters that were believed in full in the four weeks before the local
day on which a gap begins. So it follows from the set of readings like everything else does: a late
reading that changes one of those quarters changes the shape of the gaps after it, and they are
told again. Once the weeks before a gap are no longer held in full, its shape stays as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from services.energy.like_days import SLOTS, WEEKS, day_of, quarters_before
from services.validation.domain.energy.columns import Intervals
from services.validation.domain.energy.intervals import Parts
from services.validation.domain.energy.profiles import Profile, profile_of
from services.validation.domain.energy.splitting import QUARTER_US, Weight

MOST_QUARTERS = 8_000_000
MOST_DAYS, FEWEST_DAYS = 7 * (WEEKS + 1), 8
NOT_KNOWN, ESTIMATED = 2**32 - 1, 2**32 - 2
"""What stands for a quarter that is not known all along, and for one that is, but not measured."""
LARGEST_WH = ESTIMATED - 2
NEVER = -1
BELIEVED_WH, BELIEVED_US = (Parts._fields.index(name) for name in ("believed_wh", "believed_us"))
KNOWN_US = Parts._fields.index("known_us")

Int64s = npt.NDArray[np.int64]


def days_for(registers: int) -> int:
    """Return how many days of quarters of each register are held; 0 in very large parks."""
    days = min(MOST_DAYS, MOST_QUARTERS // (SLOTS * max(registers, 1)))
    return days if days >= FEWEST_DAYS else 0


class Past:
    """Column r is register r: a ring of its quarters; and the shapes of its gaps by local day.

    Quarter n since the epoch stands in row n modulo `length`, as Wh + 1 when it is believed in
    full, else as ESTIMATED, NOT_KNOWN or, when nobody told of it, 0; `newest` is the newest
    quarter told. Registers speak at the same time, so memory fills row by row.
    """

    def __init__(self, registers: int) -> None:
        self.length = days_for(registers) * SLOTS
        self.plus_one = np.zeros((self.length, registers), np.uint32)
        self.newest = np.full(registers, NEVER, np.int64)
        self.shapes: dict[int, dict[int, Profile | None]] = {}

    def take(self, intervals: Intervals) -> None:
        """Note quarters (sorted by register and start) as they stand now."""
        if not self.length or not len(intervals):
            return
        register, number = intervals.register, intervals.start_us // QUARTER_US
        self._clear_skipped(register, number)
        last = np.append(register[1:] != register[:-1], True)
        self.newest[register[last]] = np.maximum(self.newest[register[last]], number[last])
        held = number > self.newest[register] - self.length
        cells = (number[held] % self.length, register[held])
        self.plus_one[cells] = _cells(intervals.parts)[held]

    def _clear_skipped(self, register: Int64s, number: Int64s) -> None:
        """Forget what stands where quarters that nobody told of would be."""
        before = np.roll(number, 1)
        first = np.append(True, register[1:] != register[:-1])
        before[first] = self.newest[register[first]]
        for at in np.flatnonzero((number > before + 1) & (before != NEVER)).tolist():
            skipped = np.arange(max(before[at] + 1, number[at] - self.length), number[at])
            skipped = skipped[skipped > self.newest[register[at]]]
            self.plus_one[skipped % self.length, register[at]] = 0

    def shape_of(self, register: int, day: int, zone: ZoneInfo) -> Profile | None:
        """Return the shape of gaps that begin on a local day; asked for once, it stays."""
        shapes = self.shapes.setdefault(register, {})
        if day not in shapes:
            shapes[day] = self.like_day(register, day, zone)
        return shapes[day]

    def shape_anew(self, register: int, day: int, zone: ZoneInfo) -> None:
        """Make the shape of gaps that begin on a local day from the weeks as they are now."""
        self.shapes[register][day] = self.like_day(register, day, zone)

    def like_day(self, register: int, day: int, zone: ZoneInfo) -> Profile | None:
        """Return what the weeks before a local day say of that day."""
        if not self.length:
            return None
        numbers, slots = quarters_before(day, zone)
        newest = int(self.newest[register])
        held = (numbers > newest - self.length) & (numbers <= newest)
        cells = self.plus_one[numbers[held] % self.length, register].astype(np.int64)
        full = (cells > 0) & (cells < ESTIMATED)
        return profile_of(slots[held][full], cells[full] - 1, zone)

    def shaped_by(self, register: int, starts_us: Iterable[int], zone: ZoneInfo) -> list[int]:
        """Return the days of gaps whose shape follows from some of these quarters.

        Not those for which the weeks before are no longer held in full: they keep their shape.
        """
        if not (own := self.shapes.get(register)):
            return []
        changed = {day_of(start_us, zone) for start_us in starts_us}
        oldest = int(self.newest[register]) - self.length
        return [
            day
            for day in sorted(own)
            if any(day - 7 * WEEKS <= one < day for one in changed)
            and int(quarters_before(day, zone)[0][0]) > oldest
        ]

    def newest_day(self) -> npt.NDArray[np.uint32]:
        """Return what stands for the newest 96 quarters that any register told, (96, registers)."""
        if not self.length:
            return np.zeros((0, len(self.newest)), np.uint32)
        numbers = int(self.newest.max(initial=NEVER)) - np.arange(SLOTS)[:, np.newaxis]
        told = (numbers <= self.newest) & (numbers > self.newest - self.length)
        return np.where(told, self.plus_one[numbers[:, 0] % self.length], 0)

    def forget_later_shapes(self, completed: Intervals, zone: ZoneInfo) -> None:
        """Let go of shapes of days after these newest quarters: no gap begins there any more."""
        if not self.shapes or not len(completed):
            return
        first = np.append(True, completed.register[1:] != completed.register[:-1])
        starts = zip(completed.register[first], completed.start_us[first].tolist(), strict=True)
        for register, start_us in starts:
            if own := self.shapes.get(int(register)):
                newest = day_of(start_us, zone)
                self.shapes[int(register)] = {day: own[day] for day in own if day <= newest}

    def forget_shapes(self, register: int, before_us: int, zone: ZoneInfo) -> None:
        """Let go of the shapes of gaps that are out of memory."""
        if own := self.shapes.get(register):
            oldest = day_of(before_us, zone)
            self.shapes[register] = {day: own[day] for day in own if day >= oldest}


def _cells(parts: Int64s) -> Int64s:
    """Return what stands for quarters of these `Parts` (7, n)."""
    wh = parts[BELIEVED_WH]
    full = (parts[BELIEVED_US] == QUARTER_US) & (wh <= LARGEST_WH)
    known, withdrawn = parts[KNOWN_US] == QUARTER_US, ~parts.any(axis=0)
    return np.select([full, known, withdrawn], [wh + 1, ESTIMATED, 0], NOT_KNOWN)


@dataclass(frozen=True, slots=True)
class LikeDays:
    """The shapes of one register's gaps, from its past."""

    past: Past
    register: int
    zone: ZoneInfo

    def of_gap(self, start_us: int) -> Weight | None:
        """Return the weights of a gap that begins then; None when nothing was believed before."""
        profile = self.past.shape_of(self.register, day_of(start_us, self.zone), self.zone)
        return None if profile is None else profile.weight
