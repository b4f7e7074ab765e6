"""`advance(state, batch, rules) -> (state, judged)`: one raw frame taken in (§11)."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.energy.readings import Doubt
from services.validation.domain.alone import doubts_alone, misstamped, shown_values
from services.validation.domain.batch import Batch, Bytes, Index, Judged, Mask, Times, Values
from services.validation.domain.belated import Belated, belated, insert, note_repeats
from services.validation.domain.places import DOUBTS
from services.validation.domain.quiet import (
    AHEAD,
    LATE,
    Context,
    Sorted,
    append,
    context_of,
    quiet,
    sorted_readings,
)
from services.validation.domain.rejudging import Row, rejudge
from services.validation.domain.rules import Rules
from services.validation.domain.state import State

Places = npt.NDArray[np.intp]


@dataclass(slots=True)
class _Rows:
    """The parts of what a frame comes to, as they are found."""

    point_index: list[Index] = field(default_factory=list)
    event_time_us: list[Times] = field(default_factory=list)
    value: list[Values] = field(default_factory=list)
    doubt: list[Bytes] = field(default_factory=list)
    known_at_us: list[Times] = field(default_factory=list)
    restated: list[Mask] = field(default_factory=list)
    dropped: Counter[Doubt] = field(default_factory=Counter)

    def add(self, index: Index, times: Times, values: Values, doubt: Bytes, known_us: int) -> None:
        """Take in rows of the frame itself."""
        self.point_index.append(index)
        self.event_time_us.append(times)
        self.value.append(values)
        self.doubt.append(doubt)
        self.known_at_us.append(np.full(len(index), known_us, np.int64))
        self.restated.append(np.zeros(len(index), np.bool_))

    def add_walked(self, index: int, rows: dict[int, Row]) -> None:
        """Take in what walking one point came to."""
        told = list(rows.values())
        self.point_index.append(np.full(len(told), index, np.uint32))
        self.event_time_us.append(np.array(list(rows), np.int64))
        self.value.append(np.array([row.value for row in told], np.float64))
        self.doubt.append(np.array([row.doubt for row in told], np.uint8))
        self.known_at_us.append(np.array([row.known_us for row in told], np.int64))
        self.restated.append(np.array([row.restated for row in told], np.bool_))

    def judged(self) -> Judged:
        """Return all of it as columns."""
        return Judged(
            point_index=np.concatenate(self.point_index),
            event_time_us=np.concatenate(self.event_time_us),
            value=np.concatenate(self.value),
            doubt=np.concatenate(self.doubt),
            known_at_us=np.concatenate(self.known_at_us),
            restated=np.concatenate(self.restated),
            dropped=dict(self.dropped),
        )


def advance(state: State, batch: Batch, rules: Rules) -> tuple[State, Judged]:
    """Return the state after a raw frame and the rows the frame comes to.

    `state` is consumed: use the returned one. The same state and frame give the same rows.
    """
    rows = rules.rows_of(batch.point_ids)[batch.point_index]
    values, own = shown_values(batch), doubts_alone(batch, rows, rules)
    found = _Rows()
    placed = np.arange(len(batch))
    if own.any() and (apart := misstamped(own)).any():
        _take_misstamped(found, batch, values, own, np.flatnonzero(apart))
        placed = np.flatnonzero(~apart)
    _take_placed(found, state, rules, batch, rows, values, own, placed)
    return state, found.judged()


def _take_misstamped(found: _Rows, batch: Batch, values: Values, own: Bytes, at: Places) -> None:
    """Show readings that have no place among others, one a key; none of them is remembered."""
    order = at[np.lexsort((values[at], batch.event_time_us[at], batch.point_index[at]))]
    index, times = batch.point_index[order], batch.event_time_us[order]
    last = np.append((index[1:] != index[:-1]) | (times[1:] != times[:-1]), True)
    found.dropped.update(Doubt(int(doubt)) for doubt in own[order[~last]])
    kept = order[last]
    found.add(
        batch.point_index[kept],
        batch.event_time_us[kept],
        values[kept],
        own[kept],
        batch.arrival_us,
    )


def _take_placed(
    found: _Rows,
    state: State,
    rules: Rules,
    batch: Batch,
    rows: npt.NDArray[np.int64],
    values: Values,
    own: Bytes,
    placed: Places,
) -> None:
    order = placed[_sorting(rows[placed], batch.event_time_us[placed])]
    row, index = rows[order], batch.point_index[order]
    readings = sorted_readings(
        state, row, batch.event_time_us[order], values[order], own[order], batch.arrival_us
    )
    context = context_of(state, readings, rules)
    undisputed = quiet(state, readings, rules, context)
    late = np.flatnonzero(readings.place == LATE)
    if len(late):
        seen = belated(state, rules, readings.where(readings.place == LATE))
        undisputed[late] = seen.settled
    loud = np.zeros(len(rules), np.bool_)
    loud[row[~undisputed]] = True
    calm = ~loud[row]
    if len(late):
        _take_belated(found, state, rules, readings, index, seen, late, calm)
    ahead = calm if not len(late) else calm & (readings.place != LATE)
    _take_quiet(found, state, rules, readings, context, index, ahead)
    if not calm.all():
        _take_loud(found, state, rules, readings.where(~calm), index[~calm])


def _sorting(row: npt.NDArray[np.int64], time_us: Times) -> Places:
    """Return the order by point and event time; cheap where they lie in order already."""
    rising = (row[1:] > row[:-1]) | ((row[1:] == row[:-1]) & (time_us[1:] >= time_us[:-1]))
    return np.arange(len(row)) if rising.all() else np.lexsort((time_us, row))


def _take_quiet(
    found: _Rows,
    state: State,
    rules: Rules,
    readings: Sorted,
    context: Context,
    index: Index,
    mine: Mask,
) -> None:
    """Believe the points that dispute nothing, and remember what is not beyond memory."""
    if not mine.all():
        readings, context, index = readings.where(mine), context.where(mine), index[mine]
    doubt = _undisputed(rules, readings)
    found.add(index, readings.time_us, readings.value, doubt, readings.arrival_us)
    ahead = readings.place == AHEAD
    if not ahead.all():
        readings, context, doubt = readings.where(ahead), context.where(ahead), doubt[ahead]
    if len(readings.row):
        append(state, readings, context, doubt, rules)


def _undisputed(rules: Rules, readings: Sorted) -> Bytes:
    """Return the doubt of readings that nothing disputes: their own, or late."""
    late = readings.arrival_us - readings.time_us > rules.late_after_us[readings.row]
    late &= readings.own == Doubt.NONE
    return np.where(late, np.uint8(Doubt.LATE), readings.own)


def _take_belated(
    found: _Rows,
    state: State,
    rules: Rules,
    readings: Sorted,
    index: Index,
    seen: Belated,
    late: Places,
    calm: Mask,
) -> None:
    """Put late and repeated readings in place where their point disputes nothing."""
    repeats, fits = late[seen.repeats & calm[late]], late[seen.fits & calm[late]]
    rank = np.zeros(len(readings.row), np.int64)
    rank[late] = seen.rank
    if len(repeats):
        note_repeats(state, readings.row[repeats], rank[repeats], readings.arrival_us)
        found.dropped[Doubt.DUPLICATE] += len(repeats)
    if len(fits):
        those = np.zeros(len(readings.row), np.bool_)
        those[fits] = True
        fitting = readings.where(those)
        doubt = _undisputed(rules, fitting)
        insert(state, fitting, rank[fits], doubt)
        found.add(index[fits], fitting.time_us, fitting.value, doubt, fitting.arrival_us)


def _take_loud(found: _Rows, state: State, rules: Rules, readings: Sorted, index: Index) -> None:
    """Walk the points that have something to dispute, one by one."""
    rows = readings.row
    starts = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))
    ends = np.append(starts[1:], len(rows))
    times, values = readings.time_us.tolist(), readings.value.tolist()
    own = [DOUBTS[doubt] for doubt in readings.own.tolist()]
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        of_point = list(zip(times[start:end], values[start:end], own[start:end], strict=True))
        outcome = rejudge(state, rules, int(rows[start]), of_point, readings.arrival_us)
        found.dropped.update(outcome.dropped)
        found.add_walked(int(index[start]), outcome.rows)
    state.prune()
