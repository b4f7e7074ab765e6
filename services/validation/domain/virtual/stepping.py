"""The step of virtual points: judged readings in, the slots whose value changed out.

A point has one value a slot [start, start + step): its formula over the newest usable value of each
input within the slot, stamped with the slot's start. It is as good as its worst input and absent
when an input is absent. So it depends on the set of readings only, not on their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from services.energy.formula import VirtualPoint, evaluated, in_order
from services.energy.readings import Doubt, Verdict
from services.validation.domain.virtual.inputs import Floats, Inputs, Int64s, Judgements, UInt8s

MICROSECOND = timedelta(microseconds=1)
NO_JUDGEMENTS = Judgements(
    np.empty(0, np.int64),
    np.empty(0, np.int64),
    np.empty(0, np.float64),
    np.empty(0, np.uint8),
    np.empty(0, np.uint8),
)


@dataclass(frozen=True, slots=True, eq=False)
class Formulas:
    """Virtual points in the order they are evaluated, and the rows of everything they touch."""

    points: tuple[VirtualPoint, ...]
    ids: tuple[str, ...]
    row_of: Mapping[str, int] = field(repr=False)
    used_by: tuple[tuple[int, ...], ...] = field(repr=False)  # by row: places in `points`

    @classmethod
    def of(cls, points: Sequence[VirtualPoint]) -> "Formulas":
        """Return the formulas; ValueError when they need each other in a ring."""
        ordered = in_order(points)
        names = tuple(dict.fromkeys(name for p in ordered for name in (*p.inputs, p.id)))
        row_of = {name: row for row, name in enumerate(names)}
        used_by: list[list[int]] = [[] for _ in names]
        for place, point in enumerate(ordered):
            for name in point.inputs:
                used_by[row_of[name]].append(place)
        return cls(ordered, names, row_of, tuple(map(tuple, used_by)))

    def rows_of(self, point_ids: Sequence[str]) -> Int64s:
        """Return the row of each point, -1 where no formula needs it."""
        return np.array([self.row_of.get(name, -1) for name in point_ids], np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Slots:
    """The values of one virtual point in some slots; absent ones are NaN."""

    value: Floats
    verdict: UInt8s
    doubt: UInt8s


def advance_virtual(
    inputs: Inputs, formulas: Formulas, rows: Judgements
) -> tuple[Inputs, Judgements, Judgements]:
    """Return the inputs after the rows, the virtual rows that changed, and rows beyond memory.

    `rows` name inputs by `formulas.row_of`. A slot that lost its value comes as NaN and rejected.
    """
    if inputs.ids != formulas.ids:
        raise ValueError("the state is of other points than the formulas; make it anew")
    rows = _in_order(rows)
    beyond = inputs.is_beyond(rows)
    late, rows = rows.picked(beyond), rows.picked(~beyond)
    touched = _touched(formulas, rows)
    before = {place: _slots(inputs, formulas, place, start_us) for place, start_us in touched}
    inputs.take(rows)
    changed = []
    for place, start_us in touched:
        after = _slots(inputs, formulas, place, start_us)
        row = formulas.row_of[formulas.points[place].id]
        change = _changed(row, start_us, before[place], after)
        inputs.take(change)
        changed.append(change)
    return inputs, _joined(changed), late


def _touched(formulas: Formulas, rows: Judgements) -> list[tuple[int, Int64s]]:
    """Return the virtual points (by place, in order) and the slots that the rows fall into."""
    if not len(rows):
        return []
    begins = np.flatnonzero(np.append(True, rows.row[1:] != rows.row[:-1])).tolist()
    times: dict[int, list[Int64s]] = {}
    for begin, end in zip(begins, [*begins[1:], len(rows)], strict=True):
        for place in formulas.used_by[rows.row[begin]]:
            times.setdefault(place, []).append(rows.event_time_us[begin:end])
    touched = []
    for place in range(len(formulas.points)):
        if place not in times:  # filled as those before it are gone through
            continue
        point = formulas.points[place]
        all_times = np.concatenate(times[place])
        start_us = np.unique(all_times - all_times % (point.step // MICROSECOND))
        touched.append((place, start_us))
        for user in formulas.used_by[formulas.row_of[point.id]]:
            times.setdefault(user, []).append(start_us)
    return touched


def _slots(inputs: Inputs, formulas: Formulas, place: int, start_us: Int64s) -> _Slots:
    point = formulas.points[place]
    step_us = point.step // MICROSECOND
    newest = {
        name: inputs.newest_in(formulas.row_of[name], start_us, step_us) for name in point.inputs
    }
    value = evaluated(point.formula, {name: one.value for name, one in newest.items()})
    value = np.where(np.isfinite(value), value, np.nan)
    verdict, doubt = _worst([(one.verdict, one.doubt) for one in newest.values()])
    there = ~np.isnan(value)
    return _Slots(
        value,
        np.where(there, verdict, Verdict.REJECTED).astype(np.uint8),
        np.where(there, doubt, Doubt.NOT_A_NUMBER).astype(np.uint8),
    )


def _worst(qualities: Sequence[tuple[UInt8s, UInt8s]]) -> tuple[UInt8s, UInt8s]:
    """Return the worst verdict and, of the inputs that have it, the highest doubt."""
    ranked = np.maximum.reduce(
        [verdict.astype(np.uint16) << 8 | doubt for verdict, doubt in qualities]
    )
    return (ranked >> 8).astype(np.uint8), (ranked & 255).astype(np.uint8)


def _changed(row: int, start_us: Int64s, before: _Slots, after: _Slots) -> Judgements:
    same = (before.value == after.value) | (np.isnan(before.value) & np.isnan(after.value))
    same &= (before.verdict == after.verdict) & (before.doubt == after.doubt)
    at: npt.NDArray[np.bool_] = ~same
    return Judgements(
        np.full(int(at.sum()), row, np.int64),
        start_us[at],
        after.value[at],
        after.verdict[at],
        after.doubt[at],
    )


def _in_order(rows: Judgements) -> Judgements:
    """Return the rows of inputs by row and time; of several under one key the last."""
    rows = rows.picked(rows.row >= 0)
    order = np.lexsort((rows.event_time_us, rows.row))
    rows = rows.picked(order)
    again = (rows.row[1:] == rows.row[:-1]) & (rows.event_time_us[1:] == rows.event_time_us[:-1])
    return rows.picked(np.append(~again, True)) if len(rows) else rows


def _joined(several: Sequence[Judgements]) -> Judgements:
    filled = [one for one in several if len(one)] or [NO_JUDGEMENTS]
    return Judgements(
        np.concatenate([one.row for one in filled]),
        np.concatenate([one.event_time_us for one in filled]),
        np.concatenate([one.value for one in filled]),
        np.concatenate([one.verdict for one in filled]),
        np.concatenate([one.doubt for one in filled]),
    )
