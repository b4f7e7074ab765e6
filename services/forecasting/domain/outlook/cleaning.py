"""Values that cannot be true are missing: spikes, unit slips and what breaks the bounds.

Judged by what is known so far only, so the newest value is judged by its past alone. What lasts
longer than a day is no slip but a new level, and is believed; so is after two hours what is as
large or as small as a plant that starts or stops: neither the same all the time nor about a
thousand times what is usual, or a thousandth. Live readings were judged by validation before; files
were not.

A plant of the sun that was dark by day and night is back with its first light: what it gave while
it was dead (a trip, snow, not switched on yet) is missing then, since it tells nothing of what it
gives and of when it is night.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats

JUDGED_DAYS = 90
USUAL_QUANTILE = 0.98
WILD, SPIKE = 10.0, 4.0  # times the usually largest magnitude
SLIPPED = 0.01  # of the usually smallest magnitude
BEYOND_BOUNDS = 0.05  # of the usually largest magnitude; less is the meter's own error
FEWEST_VALUES = 48
SETTLED_H, SETTLED_VALUES = 2, 4  # a start or a stop is believed after
LIKE_A_SLIP = (300.0, 3000.0)  # times the usual magnitude, or its part: perhaps another unit
DEAD_SHARE = 0.005  # of the largest magnitude

Flags = NDArray[np.bool_]


def cleaned(record: Record, task: Task) -> Record:
    """Return the record without values that cannot be true."""
    return replace(record, value=believable(record.value, task))


def believable(value: Floats, task: Task) -> Floats:
    """Return the values, NaN where one cannot be true; slightly out of bounds is at the bound."""
    near = value[-JUDGED_DAYS * task.day :]
    size = np.abs(near[np.isfinite(near)])
    if not len(size):
        return value
    largest = float(np.quantile(size, USUAL_QUANTILE))
    doubted = _beyond(value, task, largest)
    if len(size) >= FEWEST_VALUES and largest > 0.0:
        smallest = float(np.quantile(size[size > 0.0], 1.0 - USUAL_QUANTILE))
        magnitude = np.abs(np.where(np.isfinite(value), value, 0.0))
        wild, small = magnitude > WILD * largest, magnitude < SLIPPED * smallest
        for odd in (_short(wild, task.day), _short(small & (magnitude > 0.0), task.day)):
            doubted |= odd & ~_settled(odd, magnitude, float(np.median(size[size > 0.0])), task)
        doubted |= _lone(magnitude, largest)
    believed = task.bounded(np.where(doubted, np.nan, value))
    return _alive(believed, task) if task.sun else believed


def _alive(value: Floats, task: Task) -> Floats:
    """Return the values without those of whole days in which a plant, now lit again, was dead."""
    size = np.abs(np.where(np.isfinite(value), value, 0.0))
    peak = size[-JUDGED_DAYS * task.day :].max(initial=0.0)
    lit = np.concatenate(([-1], np.flatnonzero(size > DEAD_SHARE * peak)))
    alive = value.copy()
    for i in np.flatnonzero(np.diff(lit) > task.day):
        dead = slice(lit[i] + 1, lit[i + 1])
        hour = np.flatnonzero(np.isfinite(value[dead])) % task.day
        if len(np.unique(hour)) == task.day:  # not only nights between days that are not known
            alive[dead] = np.nan
    return alive


def _beyond(value: Floats, task: Task, largest: float) -> Flags:
    """Return which values break a bound by more than a meter's error."""
    margin = BEYOND_BOUNDS * min(largest, task.highest, abs(task.lowest) or np.inf)
    found: Flags = (value < task.lowest - margin) | (value > task.highest + margin)
    return found


def _lone(magnitude: Floats, largest: float) -> Flags:
    """Return which values stand far out of both neighbours."""
    usual = magnitude <= largest
    before = np.concatenate(([True], usual[:-1]))
    after = np.concatenate((usual[1:], [True]))
    found: Flags = (magnitude > SPIKE * largest) & before & after
    return found


def _settled(odd: Flags, magnitude: Floats, usual: float, task: Task) -> Flags:
    """Return which odd values are those of a plant that has started, or stopped."""
    settled = np.zeros_like(odd)
    fewest = max(SETTLED_VALUES, SETTLED_H * task.day // 24)
    for begin, end in _runs(odd):
        run = magnitude[begin:end]
        times = float(np.median(run)) / usual
        like_a_slip = LIKE_A_SLIP[0] <= max(times, 1.0 / times) <= LIKE_A_SLIP[1]
        settled[begin:end] = len(run) >= fewest and np.ptp(run) > 0.0 and not like_a_slip
    return settled


def _short(doubted: Flags, longest: int) -> Flags:
    """Return the doubted values in runs no longer than `longest`."""
    kept = doubted.copy()
    for begin, end in _runs(doubted):
        kept[begin:end] = end - begin <= longest
    return kept


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Return where each run of flags begins and ends."""
    if not flags.any():
        return []
    edge = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0)).tolist()
    return list(zip(edge[::2], edge[1::2], strict=True))
