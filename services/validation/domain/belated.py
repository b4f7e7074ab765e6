"""Late and repeated readings that dispute nothing: put in place without walking anew.

A repeat of what is remembered changes nothing. A late reading changes nothing either when it lies
within quiet steps of the readings before and after it, when what follows goes on in quiet steps for
as long as the recent past reaches, and when no run of equal values begins or ends with it. Both are
decided on columns, cautiously: who is not settled here is told anew (`retelling`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from services.energy.readings import Doubt
from services.validation.domain.batch import Mask, Times, Values
from services.validation.domain.places import accepted, forget
from services.validation.domain.quiet import Sorted
from services.validation.domain.rules import Rules
from services.validation.domain.state import NEVER_US, OWN, PLACE_COLUMNS, UNSETTLED, State
from services.validation.domain.walk import RECENT, STUCK_GAPS

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Belated:
    """By late reading: how many remembered are older, whether it repeats one, whether it fits."""

    rank: Rows
    repeats: Mask
    fits: Mask

    @property
    def settled(self) -> Mask:
        """Readings that need no walk."""
        return self.repeats | self.fits


def belated(state: State, rules: Rules, readings: Sorted) -> Belated:
    """Return which readings only repeat or only fit in; `state` is only read."""
    rank = _ranks(state, readings)
    repeats = _repeats(state, readings, rank)
    fits = ~repeats & (rank < state.count[readings.row])
    fits &= (rank > 0) | (state.floor_us[readings.row] == NEVER_US)
    fits &= (readings.own == Doubt.NONE) | (readings.own == Doubt.FIELD_QUESTIONABLE)
    fits &= ~state.open[readings.row]
    if fits.any():
        fits &= _disputes_nothing(state, rules, readings, rank)
    overtaken = fits & (readings.arrival_us < state.arrival_us[readings.row])
    if overtaken.any():
        fits[overtaken] = _in_their_turn(state, readings, rank, np.flatnonzero(overtaken))
    return Belated(rank, repeats, fits)


def _ranks(state: State, readings: Sorted) -> Rows:
    """Return how many remembered readings of its point are older than each reading."""
    low, high = np.zeros(len(readings.row), np.int64), state.count[readings.row].copy()
    for _ in range(int(state.depth).bit_length()):
        middle = (low + high) // 2
        older = state.time_us[_places(state, readings.row, middle)] < readings.time_us
        older &= middle < high
        low = np.where(older, middle + 1, low)
        high = np.where(older, high, middle)
    return low


def _places(state: State, row: Rows, rank: Rows) -> Rows:
    places: Rows = (state.start[row] + rank) % state.depth + row * state.depth
    return places


def _repeats(state: State, readings: Sorted, rank: Rows) -> Mask:
    """Return which readings say again what only they say of their time."""
    row, count = readings.row, state.count[readings.row]
    here, after = _places(state, row, rank), _places(state, row, rank + 1)
    same = (rank < count) & (state.time_us[here] == readings.time_us)
    same &= (state.value[here] == readings.value) & (state.own[here] & OWN == readings.own)
    same &= (rank + 1 >= count) | (state.time_us[after] != readings.time_us)
    result: Mask = same & (state.first_us[here] <= readings.arrival_us)
    return result


def _disputes_nothing(state: State, rules: Rules, readings: Sorted, rank: Rows) -> Mask:
    row, time_us, value = readings.row, readings.time_us, readings.value
    before, after = _places(state, row, rank - 1), _places(state, row, rank)
    chained = np.zeros(len(row), np.bool_)
    chained[1:] = (row[1:] == row[:-1]) & (rank[1:] == rank[:-1])
    last_us, last = state.time_us[before], state.value[before]
    last_us[chained], last[chained] = time_us[:-1][chained[1:]], value[:-1][chained[1:]]
    chains = np.append(chained[1:], False)
    oldest = (rank == 0) & ~chained  # nothing before it: it goes on from nothing
    last_us[oldest], last[oldest] = NEVER_US, value[oldest]
    next_us, following = state.time_us[after], state.value[after]
    next_us[chains], following[chains] = time_us[1:][chains[:-1]], value[1:][chains[:-1]]
    fits = (last_us < time_us) & (time_us < next_us)
    fits &= oldest | _quiet(rules, row, time_us - last_us, value - last)
    fits &= _quiet(rules, row, next_us - time_us, following - value)
    fits &= _keeps_runs(state, rules, readings, rank, before, after)
    fits &= _is_calm_around(state, rules, row, rank)
    return fits


def _quiet(rules: Rules, row: Rows, ahead_us: Times, rise: Values) -> Mask:
    quiet: Mask = rise <= rules.up[row] + rules.slope[row] * ahead_us
    return quiet & (rise >= -rules.down[row])


def _keeps_runs(
    state: State, rules: Rules, readings: Sorted, rank: Rows, before: Rows, after: Rows
) -> Mask:
    """Return which readings leave the runs of equal values before and after as they are."""
    low = np.where(rank > 0, state.value[before], np.nan)
    start_us = np.where(rank > 0, state.time_us[before], readings.time_us)
    high, apart_us = state.value[after], state.time_us[after] - start_us
    stuck_us = rules.stuck_after_us[readings.row]
    within = (readings.value == low) & (low == high) & (apart_us <= stuck_us / STUCK_GAPS)
    beside = (readings.value != low) & (readings.value != high) & (low != high)
    keeps: Mask = within | (beside & (apart_us < stuck_us))
    return keeps


def _is_calm_around(state: State, rules: Rules, row: Rows, rank: Rows) -> Mask:
    """Return whether the reading before and those that remember it were accepted at once."""
    calm = np.ones(len(row), np.bool_)
    count = state.count[row]
    earlier = _places(state, row, rank - 1)
    for further in range(-1, RECENT + 1):
        here = _places(state, row, rank + further)
        held = (rank + further < count) & (rank + further >= 0)
        calm &= ~held | _accepted_at_once(state, here)
        if further > 0:
            ahead_us = state.time_us[here] - state.time_us[earlier]
            rise = state.value[here] - state.value[earlier]
            calm &= ~held | _quiet(rules, row, ahead_us, rise)
        earlier = here
    return calm


def _in_their_turn(state: State, readings: Sorted, rank: Rows, at: npt.NDArray[np.intp]) -> Mask:
    """Return which of the readings `at` came in order of arrival as far as they matter (§11.8).

    The reading before was there already, those that remember a late one arrived after it one after
    the other, and all of them have been what they are since they arrived.
    """
    row, rank = readings.row[at], rank[at]
    now_us = np.full(len(at), readings.arrival_us)
    before = _places(state, row, rank - 1)
    turn = (rank == 0) | ((state.first_us[before] <= now_us) & _never_changed(state, row, before))
    for further in range(RECENT + 1):
        here = _places(state, row, rank + further)
        held = rank + further < state.count[row]
        turn &= ~held | ((state.first_us[here] >= now_us) & _never_changed(state, row, here))
        now_us = np.where(held, state.first_us[here], now_us)
    result: Mask = turn
    return result


def _never_changed(state: State, row: Rows, places: Rows) -> Mask:
    """Return which readings have been what they are since they arrived."""
    times = state.time_us[places]
    keys = zip(row.tolist(), times.tolist(), strict=True)
    return np.fromiter((key not in state.known for key in keys), np.bool_, len(row))


def _accepted_at_once(state: State, places: Rows) -> Mask:
    doubt = state.doubt[places]
    settled = (state.own[places] & UNSETTLED) == 0
    result: Mask = settled & accepted(doubt) & (doubt != Doubt.STUCK)
    return result


def note_repeats(state: State, row: Rows, rank: Rows, arrival_us: int) -> None:
    """Note that remembered readings came again."""
    np.maximum.at(state.last_us, _places(state, row, rank), arrival_us)
    np.maximum.at(state.arrival_us, row, arrival_us)


def insert(state: State, readings: Sorted, rank: Rows, doubt: npt.NDArray[np.uint8]) -> None:
    """Put readings that fit into the rings, point by point."""
    starts = np.flatnonzero(readings.begins)
    for start, end in zip(starts, np.append(starts[1:], len(rank)), strict=True):
        _insert_into(state, int(readings.row[start]), readings, rank, doubt, slice(start, end))


def _insert_into(
    state: State,
    row: int,
    readings: Sorted,
    rank: Rows,
    doubt: npt.NDArray[np.uint8],
    mine: slice,
) -> None:
    old, first = state.places(row), int(rank[mine][0])
    arrivals = np.full(mine.stop - mine.start, readings.arrival_us)
    new: tuple[npt.NDArray[Any], ...] = (
        readings.time_us[mine],
        readings.value[mine],
        arrivals,
        arrivals,
        readings.own[mine],
        doubt[mine],
    )
    total = len(old) + len(arrivals)
    over = max(total - state.depth, 0)
    is_new = np.zeros(total - first, np.bool_)
    is_new[rank[mine] - first + np.arange(len(arrivals))] = True
    start = (int(state.start[row]) + over) % state.depth
    at = (int(state.start[row]) + np.arange(first, total)) % state.depth + row * state.depth
    if over:
        _forget_oldest(state, row, old, new[0], is_new, first, over)
    for name, values in zip(PLACE_COLUMNS, new, strict=True):
        column: npt.NDArray[Any] = getattr(state, name)
        merged = np.empty(len(is_new), column.dtype)
        merged[is_new], merged[~is_new] = values, column[old[first:]]
        column[at[max(over - first, 0) :]] = merged[max(over - first, 0) :]
    state.start[row], state.count[row] = start, min(total, state.depth)
    state.arrival_us[row] = max(int(state.arrival_us[row]), readings.arrival_us)


def _forget_oldest(
    state: State, row: int, old: Rows, new_us: Times, is_new: Mask, first: int, over: int
) -> None:
    """Note which event times fall out of memory."""
    times = np.empty(len(is_new), np.int64)
    times[is_new], times[~is_new] = new_us, state.time_us[old[first:]]
    for gone_us in np.concatenate([state.time_us[old[:first]], times])[:over].tolist():
        forget(state, row, gone_us)
