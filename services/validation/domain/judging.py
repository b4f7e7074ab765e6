"""Which readings we believe: one pure step over a whole batch.

Rules, in this order; the first that applies names the doubt:

1. A point that is not in the park file is UNKNOWN_POINT; what is not finite is NOT_A_NUMBER;
   a stamp ahead of `now` by more than the tolerance is IN_FUTURE, one before the oldest allowed
   is TOO_OLD; a value outside the point's range is OUT_OF_RANGE. All rejected, all kept.
2. The same value under the same (point, event time) is DUPLICATE: rejected and *not kept*, so that
   coming twice never turns a believed row into a rejected one.
3. A register (§2.3) below the believed reading before it, or above the one after it, in event time,
   is REGISTER_BACKWARDS, one that rose faster than its device can is OUT_OF_RANGE: rejected, until
   it has kept to its new level (`registers`). A late value that fits between its neighbours is
   neither.
4. What is older than the newest believed reading of its point is LATE: believed.
5. Another value under a known (point, event time) is a correction (§3.3): judged like any reading
   against its other neighbours; when believed, it wins.
6. A rejected reading never displaces a believed one of the same (point, event time): not kept.
   Of several under one key in a batch the last believed one is kept, else the last one.

Order does not matter for readings that are sound: any order and any repetition of them leaves the
same believed set.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.energy.readings import Doubt, Verdict
from services.validation.domain.batch import Batch
from services.validation.domain.memory import NEVER_US, Memory, Rows
from services.validation.domain.registers import QUARTER_US, Level, Rival, follow
from services.validation.domain.rules import UNKNOWN, Rules

Mask = npt.NDArray[np.bool_]
Doubts = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class StampRules:
    """How far an event time may be from now, in microseconds."""

    future_tolerance_us: int
    oldest_us: int


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Row i judges reading i of the batch; `kept` masks the rows that go into history."""

    batch: Batch
    rows: Rows
    verdict: npt.NDArray[np.uint8]
    doubt: npt.NDArray[np.uint8]
    kept: Mask
    rivals: dict[int, Rival | None]

    @property
    def believed(self) -> Mask:
        """Mask of the rows that are believed and kept."""
        mask: Mask = self.kept & (self.verdict == Verdict.BELIEVED)
        return mask


def judge(
    memory: Memory, batch: Batch, points: Rules, rules: StampRules, *, now_us: int
) -> Judgement:
    """Return the verdict on every reading; `memory` is only read."""
    rows = points.rows_of(batch.point_ids)[batch.point_index]
    doubt = _doubt_alone(batch, rows, points, rules, now_us)
    sound = np.flatnonzero(doubt == Doubt.NONE)
    superseded = np.zeros(len(batch), np.bool_)
    single = np.bincount(rows[sound], minlength=len(points))[rows[sound]] == 1
    ahead = single & (batch.event_time_us[sound] > memory.newest_us[rows[sound]])
    rivals: dict[int, Rival | None] = {}
    _judge_newest(memory, batch, rows, points, sound[ahead], doubt, rivals)
    rest = sound[~ahead]
    for row in np.unique(rows[rest]):
        mine = rest[rows[rest] == row]
        _judge_point(memory, int(row), points, batch, mine, doubt, superseded, rivals)
    verdict = np.where(
        (doubt == Doubt.NONE) | (doubt == Doubt.LATE), Verdict.BELIEVED, Verdict.REJECTED
    )
    verdict = verdict.astype(np.uint8)
    kept = ~superseded & (doubt != Doubt.DUPLICATE)
    kept &= ~_displacing(memory, batch, rows, verdict, kept)
    return Judgement(batch, rows, verdict, doubt, kept, rivals)


def remember(memory: Memory, judgement: Judgement) -> Memory:
    """Return `memory` with what was believed; call it once the frame is safe."""
    mask = judgement.believed
    batch = judgement.batch
    memory.remember(judgement.rows[mask], batch.event_time_us[mask], batch.value[mask])
    for row, rival in judgement.rivals.items():
        if rival is None:
            memory.rivals.pop(row, None)
        else:
            memory.rivals[row] = rival
    return memory


def _doubt_alone(
    batch: Batch, rows: Rows, points: Rules, rules: StampRules, now_us: int
) -> npt.NDArray[np.uint8]:
    """Return the doubts that need no other reading (rule 1)."""
    known = rows != UNKNOWN
    safe_rows = np.where(known, rows, 0)
    times, values = batch.event_time_us, batch.value
    if not len(points):
        return np.full(len(batch), Doubt.UNKNOWN_POINT, np.uint8)
    outside = (values < points.minimum[safe_rows]) | (values > points.maximum[safe_rows])
    return np.select(
        [
            ~known,
            ~np.isfinite(values),
            times > now_us + rules.future_tolerance_us,
            times < now_us - rules.oldest_us,
            outside,
        ],
        [
            Doubt.UNKNOWN_POINT,
            Doubt.NOT_A_NUMBER,
            Doubt.IN_FUTURE,
            Doubt.TOO_OLD,
            Doubt.OUT_OF_RANGE,
        ],
        Doubt.NONE,
    ).astype(np.uint8)


def _judge_newest(
    memory: Memory,
    batch: Batch,
    rows: Rows,
    points: Rules,
    at: Places,
    doubt: Doubts,
    rivals: dict[int, Rival | None],
) -> None:
    """Judge the usual case, all at once: one reading of its point, newer than all before."""
    at = at[points.is_register[rows[at]] & (memory.newest_us[rows[at]] != NEVER_US)]
    mine = rows[at]
    rise = batch.value[at] - memory.newest_value[mine]
    allowed_us = batch.event_time_us[at] - memory.newest_us[mine] + QUARTER_US
    wrong = (rise < 0) | (rise > points.steepest[mine] * allowed_us)
    for row in mine[~wrong]:
        if row in memory.rivals:
            rivals[int(row)] = None
    for place in at[wrong]:
        _follow(memory, int(rows[place]), points, batch, place[np.newaxis], doubt, rivals)


def _follow(
    memory: Memory,
    row: int,
    points: Rules,
    batch: Batch,
    at: Places,
    doubt: Doubts,
    rivals: dict[int, Rival | None],
) -> None:
    """Judge the register readings `at`, in time order and newer than all before, one by one."""
    newest_us, newest = int(memory.newest_us[row]), float(memory.newest_value[row])
    if newest_us == NEVER_US:
        newest_us, newest = int(batch.event_time_us[at[0]]), float(batch.value[at[0]])
    level = Level(newest_us, newest, float(points.steepest[row]))
    readings = zip(batch.event_time_us[at].tolist(), batch.value[at].tolist(), strict=True)
    doubts, rival = follow(level, memory.rivals.get(row), readings)
    doubt[at] = doubts
    rivals[row] = rival


def _judge_point(
    memory: Memory,
    row: int,
    points: Rules,
    batch: Batch,
    at: Places,
    doubt: Doubts,
    superseded: Mask,
    rivals: dict[int, Rival | None],
) -> None:
    """Judge the sound readings `at` of one point in event-time order."""
    at = at[np.argsort(batch.event_time_us[at], kind="stable")]
    last = np.append(batch.event_time_us[at][1:] != batch.event_time_us[at][:-1], True)
    superseded[at[~last]] = True
    doubt[at[~last]] = _doubt_of_superseded(batch, at, last)
    at = at[last]
    repeated = _repeated(memory, row, batch, at)
    doubt[at[repeated]] = Doubt.DUPLICATE
    at = at[~repeated]
    late = batch.event_time_us[at] < memory.newest_us[row]
    doubt[at[late]] = Doubt.LATE
    if points.is_register[row]:
        newer = at[batch.event_time_us[at] > memory.newest_us[row]]
        between = at[batch.event_time_us[at] <= memory.newest_us[row]]
        doubt[between[_out_of_order(memory, row, points, batch, between)]] = (
            Doubt.REGISTER_BACKWARDS
        )
        if len(newer):
            _follow(memory, row, points, batch, newer, doubt, rivals)


def _repeated(memory: Memory, row: int, batch: Batch, at: Places) -> Mask:
    """Return which readings are known with the same value."""
    times, values = memory.of(row)
    place = np.searchsorted(times, batch.event_time_us[at])
    hit = place < len(times)
    hit[hit] = times[place[hit]] == batch.event_time_us[at[hit]]
    hit[hit] = values[place[hit]] == batch.value[at[hit]]
    return hit


def _doubt_of_superseded(batch: Batch, at: Places, last: Mask) -> npt.NDArray[np.uint8]:
    """Return DUPLICATE for a value that is repeated in the batch; a corrected one has no doubt."""
    values = batch.value[at]
    following = np.append(values[1:], np.nan)
    return np.where(values[~last] == following[~last], Doubt.DUPLICATE, Doubt.NONE).astype(np.uint8)


def _out_of_order(memory: Memory, row: int, points: Rules, batch: Batch, at: Places) -> Mask:
    """Return which late or corrected register values do not fit between their neighbours.

    What rose too fast before a believed neighbour cannot fit below it, so order is all there is to
    check; only of a value with nothing known after it the steepness matters, and that is newest.
    """
    known_times, known_values = memory.of(row)
    times, values = batch.event_time_us[at], batch.value[at]
    padded = np.concatenate([[-np.inf], known_values, [np.inf]])
    floor = padded[np.searchsorted(known_times, times, side="left")]
    ceiling = padded[np.searchsorted(known_times, times, side="right") + 1]
    fits = (values >= floor) & (values <= ceiling)
    highest_so_far = np.maximum.accumulate(np.where(fits, values, -np.inf))
    fits &= values >= np.append(-np.inf, highest_so_far[:-1])[: len(values)]
    return np.asarray(~fits, np.bool_)


def _displacing(
    memory: Memory, batch: Batch, rows: Rows, verdict: npt.NDArray[np.uint8], kept: Mask
) -> Mask:
    """Return the kept rows that would hide another row of the same key (rule 6)."""
    hidden = np.zeros(len(batch), np.bool_)
    rejected = np.flatnonzero(kept & (verdict == Verdict.REJECTED))
    if not len(rejected):
        return hidden
    here: dict[tuple[int, int], int] = {}
    for i in np.flatnonzero(kept & (verdict == Verdict.BELIEVED)):
        here[int(batch.point_index[i]), int(batch.event_time_us[i])] = int(i)
    for i in rejected[::-1]:
        key = int(batch.point_index[i]), int(batch.event_time_us[i])
        hidden[i] = key in here or _is_believed(memory, int(rows[i]), key[1])
        here.setdefault(key, int(i))
    return hidden


def _is_believed(memory: Memory, row: int, time_us: int) -> bool:
    if row == UNKNOWN:
        return False
    times, _ = memory.of(row)
    place = int(np.searchsorted(times, time_us))
    return place < len(times) and int(times[place]) == time_us
