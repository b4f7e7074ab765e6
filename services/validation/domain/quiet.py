"""The usual case, a whole frame at once: readings that go on from the level and dispute nothing.

A point is quiet in a frame when walking its readings one by one (`walk`) would accept each at
once and change nothing earlier; then its rows are its own doubts and the rings grow. Whether that
is so is decided on columns, cautiously: who is not quiet here is walked.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.energy.readings import Doubt
from services.validation.domain.analogue import FAR_OFF
from services.validation.domain.batch import Bytes, Mask, Times, Values
from services.validation.domain.rules import Rules
from services.validation.domain.state import NEVER_US, State
from services.validation.domain.walk import STUCK_GAPS

Rows = npt.NDArray[np.int64]
BEYOND, LATE, AHEAD = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Sorted:
    """Readings of one frame sorted by point row and event time.

    `place` tells where in time: BEYOND memory, LATE (not newer than all that is remembered) or
    AHEAD; `begins` marks the first of each point and place. Those beyond memory go on from nothing
    but each other.
    """

    row: Rows
    time_us: Times
    value: Values
    own: Bytes
    arrival_us: int
    place: Bytes
    begins: Mask

    def where(self, mask: Mask) -> "Sorted":
        """Return the readings of whole points or whole places of points."""
        row, place = self.row[mask], self.place[mask]
        return Sorted(
            row,
            self.time_us[mask],
            self.value[mask],
            self.own[mask],
            self.arrival_us,
            place,
            _beginnings(row, place),
        )


def sorted_readings(
    state: State, row: Rows, time_us: Times, value: Values, own: Bytes, arrival_us: int
) -> Sorted:
    """Return readings that lie in order of point and event time."""
    late = time_us <= state.newest_us[row]
    place = np.where(late, np.uint8(LATE), np.uint8(AHEAD))
    if late.any():
        place[late & (time_us <= state.floor_us[row])] = BEYOND
    return Sorted(row, time_us, value, own, arrival_us, place, _beginnings(row, place))


def _beginnings(row: Rows, place: Bytes) -> Mask:
    begins = np.ones(len(row), np.bool_)
    np.not_equal(row[1:], row[:-1], out=begins[1:])
    begins[1:] |= place[1:] != place[:-1]
    return begins


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What each reading goes on from: the accepted reading before it and the one before that."""

    last_us: Times
    level: Values
    before: Values
    run_us: Times
    fresh: Mask

    def where(self, mask: Mask) -> "Context":
        """Return the context of the readings of whole points."""
        return Context(
            self.last_us[mask],
            self.level[mask],
            self.before[mask],
            self.run_us[mask],
            self.fresh[mask],
        )


def context_of(state: State, readings: Sorted, rules: Rules) -> Context:
    """Return the context of each reading, supposed that all before it in the frame are quiet."""
    begins, row = readings.begins, readings.row
    known = _from_state(state, row, readings.place == BEYOND)
    if begins.all():
        return known
    last_us, level = known.last_us.copy(), known.level.copy()
    goes = np.flatnonzero(~begins)
    last_us[goes], level[goes] = readings.time_us[goes - 1], readings.value[goes - 1]
    before, fresh = known.before.copy(), known.fresh & begins
    before[goes] = level[goes - 1]
    run_us = _runs(readings, rules, last_us, level, known.run_us)
    return Context(last_us, level, before, run_us, fresh)


def _from_state(state: State, row: Rows, beyond: Mask) -> Context:
    last_us, level = state.level_us[row], state.level[row]
    before, run_us = state.before[row], state.run_us[row]
    if beyond.any():
        last_us[beyond], run_us[beyond] = NEVER_US, NEVER_US
        level[beyond], before[beyond] = np.nan, np.nan
    return Context(last_us, level, before, run_us, last_us == NEVER_US)


def _runs(readings: Sorted, rules: Rules, last_us: Times, level: Values, run_us: Times) -> Times:
    """Return since when the level before each reading has not changed."""
    at, row = np.arange(len(readings.row)), readings.row
    breaks_us = rules.stuck_after_us[row] / STUCK_GAPS
    changed = (readings.value != level) | (readings.time_us - last_us > breaks_us)
    since = np.maximum.accumulate(np.where(changed, at, -1))
    first = np.maximum.accumulate(np.where(readings.begins, at, 0))
    runs = np.where(since >= first, readings.time_us[since], run_us[first])
    before = np.concatenate([run_us[:1], runs[:-1]])
    return np.where(readings.begins, run_us, before)


def quiet(state: State, readings: Sorted, rules: Rules, context: Context) -> Mask:
    """Return which readings dispute nothing; their points may still have others that do."""
    row, value, time_us = readings.row, readings.value, readings.time_us
    rise = value - context.level
    ahead_us = time_us - context.last_us
    follows = (rise <= rules.up[row] + rules.slope[row] * ahead_us) & (rise >= -rules.down[row])
    follows |= context.fresh
    loud = np.flatnonzero(~follows)
    if len(loud):
        follows[loud] = _plain_steps(rules, readings, context, loud)
    newest_us = np.where(readings.begins, state.newest_us[row], np.append(0, time_us[:-1]))
    follows &= (time_us > newest_us) | ((readings.place == BEYOND) & readings.begins)
    follows &= readings.place != LATE
    follows &= (readings.own == Doubt.NONE) | (readings.own == Doubt.FIELD_QUESTIONABLE)
    follows &= (readings.arrival_us >= state.arrival_us[row]) & ~state.open[row]
    stands = value == context.level
    if stands.any():
        follows &= ~(stands & _stuck(rules, readings, context))
    return follows


def _stuck(rules: Rules, readings: Sorted, context: Context) -> Mask:
    lasted_us = readings.time_us - context.run_us
    moves = (readings.value != 0.0) | rules.stuck_at_zero[readings.row]
    stuck: Mask = ~context.fresh & moves & (lasted_us >= rules.stuck_after_us[readings.row])
    return stuck


def _plain_steps(
    rules: Rules, readings: Sorted, context: Context, at: npt.NDArray[np.intp]
) -> Mask:
    """Return which larger steps are just that: allowed, no slip, and no return from a spike."""
    row, value, level = readings.row[at], readings.value[at], context.level[at]
    before = context.before[at]
    seconds = (readings.time_us[at] - context.last_us[at]) / 1e6
    size = np.abs(value - level)
    plain = ~rules.is_register[row]
    plain &= size <= rules.step_at_once[row] + rules.step_per_s[row] * seconds
    plain &= (value != 0.0) | (np.abs(level) <= rules.dropout_above[row])
    small = (np.abs(value) * FAR_OFF <= np.abs(level)) & (value != 0.0)
    plain &= ~small | (np.abs(level) < rules.unit_slip_above[row])
    flipped = value * level < 0
    plain &= ~flipped | (np.abs(level) < rules.sign_slip_above[row])
    peaked = (level - before) * (level - value) > 0
    height = np.minimum(np.abs(level - before), size)
    result: Mask = plain & (~peaked | (height <= rules.spike_above[row]))
    return result


def append(state: State, readings: Sorted, context: Context, doubt: Bytes, rules: Rules) -> None:
    """Put quiet readings into the rings and their points' columns; all of them are ahead."""
    row, begins = readings.row, readings.begins
    ends = np.append(begins[1:], True) if len(row) else begins
    rank = _ranks(begins)
    total = rank[ends] + 1
    points = row[ends]
    _make_room(state, readings, points, total, np.flatnonzero(begins))
    last_places = rank >= np.repeat(total, total) - state.depth
    place = (state.start[row] + state.count[row] + rank) % state.depth + row * state.depth
    place = place[last_places]
    state.time_us[place], state.value[place] = (
        readings.time_us[last_places],
        readings.value[last_places],
    )
    state.first_us[place] = state.last_us[place] = readings.arrival_us
    state.own[place], state.doubt[place] = readings.own[last_places], doubt[last_places]
    _grow(state, points, total)
    _move_on(state, readings, context, ends, rules)


def _ranks(begins: Mask) -> Rows:
    """Return how many readings of the same point come before each."""
    at = np.arange(len(begins))
    return at - np.maximum.accumulate(np.where(begins, at, 0))


def _make_room(
    state: State, readings: Sorted, points: Rows, total: Rows, first: npt.NDArray[np.intp]
) -> None:
    """Note what is forgotten where a ring will run over."""
    over = state.count[points] + total - state.depth
    full = np.flatnonzero(over > 0)
    if not len(full):
        return
    at, gone = points[full], over[full]
    kept_all = gone <= state.count[at]
    place = (state.start[at] + gone - 1) % state.depth + at * state.depth
    new = np.minimum(first[full] + np.maximum(gone - state.count[at] - 1, 0), len(readings.row) - 1)
    state.floor_us[at] = np.where(kept_all, state.time_us[place], readings.time_us[new])


def _grow(state: State, points: Rows, total: Rows) -> None:
    count = state.count[points] + total
    over = np.maximum(count - state.depth, 0)
    state.start[points] = (state.start[points] + over) % state.depth
    state.count[points] = count - over


def _move_on(state: State, readings: Sorted, context: Context, ends: Mask, rules: Rules) -> None:
    row, time_us, value = readings.row[ends], readings.time_us[ends], readings.value[ends]
    level, last_us = context.level[ends], context.last_us[ends]
    goes_on = value == level
    goes_on &= time_us - last_us <= rules.stuck_after_us[row] / STUCK_GAPS
    state.run_us[row] = np.where(goes_on, context.run_us[ends], time_us)
    state.newest_us[row] = state.level_us[row] = time_us
    state.before[row], state.level[row] = level, value
    state.arrival_us[row] = readings.arrival_us
