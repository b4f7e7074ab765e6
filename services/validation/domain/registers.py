"""Whether a cumulative register may show a value, next to what is known of it.

It never falls (§2.3) and never rises faster than its device can move energy, give or take a quarter
hour. One that keeps to another level for `CONFIRMED_AFTER_US` has been exchanged or reset: from
then on that level is believed. A spike or a short fault never lasts that long, and without this
rule one wrong reading too high, or a new meter, would silence a register for ever.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.energy.readings import Doubt

CONFIRMED_AFTER_US = 3_600_000_000
CONFIRMED_BY = 5
QUARTER_US = 900_000_000


@dataclass(frozen=True, slots=True)
class Level:
    """The last believed reading of a register, and how fast it may rise (Wh per microsecond)."""

    time_us: int
    value_wh: float
    steepest: float

    def doubt_of(self, time_us: int, value_wh: float) -> Doubt:
        """Return why a later reading does not follow this level, or NONE."""
        if value_wh < self.value_wh:
            return Doubt.REGISTER_BACKWARDS
        allowed_us = time_us - self.time_us + QUARTER_US
        if value_wh - self.value_wh > self.steepest * allowed_us:
            return Doubt.OUT_OF_RANGE
        return Doubt.NONE

    def moved(self, time_us: int, value_wh: float) -> "Level":
        """Return the level after a believed reading."""
        return Level(time_us, value_wh, self.steepest)


@dataclass(frozen=True, slots=True)
class Rival:
    """Another level that rejected readings agree on: since when, how many, the last of them."""

    since_us: int
    count: int
    last: Level

    def joined(self, time_us: int, value_wh: float) -> "Rival":
        """Return this level with one more reading, or a new one where it does not follow."""
        if time_us <= self.last.time_us:
            return self
        if self.last.doubt_of(time_us, value_wh) is not Doubt.NONE:
            return Rival(time_us, 1, self.last.moved(time_us, value_wh))
        return Rival(self.since_us, self.count + 1, self.last.moved(time_us, value_wh))

    @property
    def is_confirmed(self) -> bool:
        """Whether it has lasted long enough to be the truth."""
        lasted_us = self.last.time_us - self.since_us
        return self.count >= CONFIRMED_BY and lasted_us >= CONFIRMED_AFTER_US


def follow(
    level: Level, rival: Rival | None, readings: Iterable[tuple[int, float]]
) -> tuple[list[Doubt], Rival | None]:
    """Judge readings newer than `level`, in time order; return their doubts and the rival left."""
    doubts = []
    for time_us, value_wh in readings:
        doubt = level.doubt_of(time_us, value_wh)
        if doubt is not Doubt.NONE:
            newcomer = Rival(time_us, 1, level.moved(time_us, value_wh))
            rival = newcomer if rival is None else rival.joined(time_us, value_wh)
            if rival.is_confirmed:
                doubt = Doubt.NONE
        if doubt is Doubt.NONE:
            level, rival = level.moved(time_us, value_wh), None
        doubts.append(doubt)
    return doubts, rival
