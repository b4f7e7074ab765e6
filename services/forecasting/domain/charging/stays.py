"""Vehicles' courses: from when to when each draws its port's rating, if nobody steers it.

What happens in a quarter hour rests on words of that and earlier quarters only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.charging.words import Words
from services.forecasting.domain.series import Floats

LONGEST_MIN = 24 * 60.0
"""A course that would last longer is cut: 168 kWh at 7 kW."""
FORGOTTEN_QUARTERS = 96
"""A port that was silent for a day begins anew."""
LOOK_BACK_QUARTERS = FORGOTTEN_QUARTERS + int(LONGEST_MIN) // 15
TOLD_WH, UNTOLD_WH = 50.0, -1.0
"""By how much a wish must rise to be a new one: ports round."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Stays:
    """Courses in columns `(courses,)`: minutes since the epoch, W."""

    begin_min: Floats
    end_min: Floats
    rating_w: Floats


@dataclass
class _Port:
    """Courses of one port in their order; the last one may be cut."""

    rating_w: float
    begin: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)

    def free(self, at: float) -> None:
        """The vehicle is gone: whatever it still wanted is not drawn."""
        if self.end:
            self.end[-1] = max(self.begin[-1], min(self.end[-1], at))

    def come(self, at: float, wish_wh: float) -> None:
        """Another vehicle says what it wants."""
        self.free(at)
        self._draw(at, wish_wh)

    def raised(self, at: float, more_wh: float) -> None:
        """The vehicle wants more than it said: that follows what it wanted before."""
        self._draw(max(at, self.end[-1]) if self.end else at, more_wh)

    def _draw(self, begin: float, energy_wh: float) -> None:
        self.begin.append(begin)
        self.end.append(begin + min(60.0 * energy_wh / self.rating_w, LONGEST_MIN))


@dataclass(frozen=True, slots=True, eq=False)
class _Turns:
    """What rows mean beside the row before them of the same port."""

    before_wh: Floats
    stayed: Bools
    rose: Bools
    swapped: Bools
    vacated: Bools


def stays_of(words: Words, rating_w: Sequence[float]) -> Stays:
    """Return the courses that joined words tell; a word's `port` is its place in `rating_w`."""
    ports = [_Port(rating) for rating in rating_w]
    turns = _turns(words)
    for row in np.flatnonzero(turns.rose | turns.vacated | turns.swapped):
        _take(ports[words.port[row]], words, turns, row)
    return Stays(
        np.array([begin for port in ports for begin in port.begin]),
        np.array([end for port in ports for end in port.end]),
        np.array([port.rating_w for port in ports for _ in port.begin]),
    )


def _take(port: _Port, words: Words, turns: _Turns, row: np.intp) -> None:
    wish_wh, wish_min = float(words.wish_wh[row]), float(words.wish_min[row])
    free_min = float(words.free_min[row])
    before_free = not free_min <= wish_min  # also where it never was free
    if turns.rose[row] and before_free and turns.stayed[row]:
        port.raised(wish_min, wish_wh - float(turns.before_wh[row]))
    elif turns.rose[row] and before_free:
        port.come(wish_min, wish_wh)
    if turns.vacated[row]:
        port.free(free_min)
    if turns.swapped[row]:
        port.come(free_min, float(words.left_wh[row]))
    elif turns.rose[row] and not before_free:
        port.come(wish_min, wish_wh)
        if words.plugged[row] == 0.0:  # came and went: until the last word of that quarter hour
            port.free(float(words.plugged_min[row]))


def tells(words: Words) -> Bools:
    """Return in which rows a port is known to be free, or what its vehicle wants."""
    there, left_wh, _ = _standing(words)
    known: Bools = (there == 0.0) | (left_wh >= 0.0)
    return known


def _standing(words: Words) -> tuple[Floats, Floats, Bools]:
    """Return the last words at the end of each row's quarter, and which rows follow another.

    Whether a vehicle is there (NaN unknown) and what it wants (NaN or negative: unknown); a port
    that says things once when they change is believed until it says otherwise.
    """
    row = np.arange(len(words))
    last = np.maximum(row - 1, 0)
    follows = (row > 0) & (words.port[last] == words.port)
    follows &= words.quarter - words.quarter[last] <= FORGOTTEN_QUARTERS
    there = _carried(words.plugged, follows)
    gone = (words.plugged == 0.0) & ~(words.left_wh > TOLD_WH)
    return there, _carried(np.where(gone, UNTOLD_WH, words.left_wh), follows), follows


def _carried(column: Floats, follows: Bools) -> Floats:
    """Return the newest known value of each row and those it follows, NaN without any."""
    row = np.arange(len(column))
    begun = np.maximum.accumulate(np.where(follows, 0, row))
    known = np.maximum.accumulate(np.where(np.isfinite(column), row, -1))
    return np.where(known >= begun, column[np.maximum(known, 0)], np.nan)


def _turns(words: Words) -> _Turns:
    there, left_wh, follows = _standing(words)
    last = np.maximum(np.arange(len(words)) - 1, 0)
    # A port that does not say whether a vehicle is there has one while something is wanted.
    stayed = follows & (there[last] != 0.0)
    before_wh = np.where(stayed, np.fmax(left_wh[last], 0.0), 0.0)
    with np.errstate(invalid="ignore"):
        after_free = words.wish_min >= words.free_min
        rose = words.wish_wh > np.where(after_free, 0.0, before_wh) + TOLD_WH
        back = (words.plugged > 0.0) & (words.plugged_min > words.free_min)
        swapped = stayed & back & ~(rose & after_free) & (words.left_wh > TOLD_WH)
        vacated = np.isfinite(words.free_min) & (stayed | (rose & ~after_free))
    return _Turns(before_wh, stayed, rose, swapped, vacated)
