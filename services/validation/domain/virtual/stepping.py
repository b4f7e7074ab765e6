"""The step of virtual points: judged readings in, the slots whose value changed out.

A point has one value a slot [start, start + step): its formula over the newest usable value of each
input within the slot, stamped with the slot's start. It is as good as its worst input and absent
when an input is absent. Once every input has a reading in the slot, usable or not, the slot has a
row, rejected while there is no value. So it depends on the set of readings, not on their order.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from services.energy.formula import evaluated
from services.energy.readings import Doubt, Verdict
from services.validation.domain.virtual.formulas import Formulas
from services.validation.domain.virtual.inputs import (
    NO_ROW,
    Floats,
    Inputs,
    Judgements,
    Newest,
    UInt8s,
)
from services.validation.domain.virtual.slots import Slots, touched

NO_JUDGEMENTS = Judgements(
    np.empty(0, np.int64),
    np.empty(0, np.int64),
    np.empty(0, np.float64),
    np.empty(0, np.uint8),
    np.empty(0, np.uint8),
)


def advance_virtual(
    inputs: Inputs, formulas: Formulas, rows: Judgements
) -> tuple[Inputs, Judgements, Judgements]:
    """Return the inputs after the rows, the virtual rows that changed, and rows beyond memory.

    `rows` name inputs by `formulas.row_of`. A row without a value is NaN and rejected.
    """
    if inputs.ids != formulas.ids:
        raise ValueError("the state is of other points than the formulas; make it anew")
    rows = _in_order(rows)
    beyond = inputs.is_beyond(rows)
    news = rows.picked(~beyond)
    inputs.take(news)
    moved, changed = [news], []
    for level in range(int(formulas.level.max(initial=-1)) + 1):
        so_far = _joined(moved)
        slots = touched(formulas, so_far.row, so_far.event_time_us, level)
        change = _changed(formulas, slots, inputs, _evaluated(inputs, formulas, slots))
        inputs.take(change)
        moved.append(change)
        changed.append(change)
    return inputs, _joined(changed), rows.picked(beyond)


def _evaluated(inputs: Inputs, formulas: Formulas, slots: Slots) -> Newest:
    """Return the value of each slot, NaN where it is absent, with its quality: 0 for no row."""
    if not len(slots):
        return Newest(np.empty(0), np.empty(0, np.uint8), np.empty(0, np.uint8))
    slot, at = formulas.inputs.places(slots.place)
    step_us = formulas.step_us[slots.place][slot]
    newest = inputs.newest_in(formulas.inputs.items[at], slots.start_us[slot], step_us)
    begins = np.flatnonzero(np.append(True, slot[1:] != slot[:-1]))
    value = np.add.reduceat(formulas.factor[at] * newest.value, begins)
    value += formulas.constant[slots.place]
    for place in np.unique(slots.place[~formulas.linear[slots.place]]).tolist():
        mine = slots.place == place
        value[mine] = _by_the_tree(formulas, place, newest.value[mine[slot]])
    value = np.where(np.isfinite(value), value, np.nan)
    verdict, doubt = _worst(newest, begins)
    there = ~np.isnan(value)
    said = inputs.has_any_in(formulas.inputs.items[at], slots.start_us[slot], step_us)
    has_row = np.logical_and.reduceat(said, begins)
    has_row |= inputs.standing(formulas.row[slots.place], slots.start_us).verdict != NO_ROW
    return Newest(
        value,
        np.where(there, verdict, has_row * np.uint8(Verdict.REJECTED)).astype(np.uint8),
        np.where(there, doubt, has_row * np.uint8(Doubt.NOT_A_NUMBER)).astype(np.uint8),
    )


def _by_the_tree(formulas: Formulas, place: int, values: Floats) -> Floats:
    """Return a point's values from those of its inputs, slot after slot."""
    point = formulas.points[place]
    columns = values.reshape(-1, len(point.inputs)).T
    return evaluated(point.formula, dict(zip(point.inputs, columns, strict=True)))


def _worst(newest: Newest, begins: npt.NDArray[np.intp]) -> tuple[UInt8s, UInt8s]:
    """Return the worst verdict and, of the inputs that have it, the highest doubt."""
    ranked = newest.verdict.astype(np.uint16) << 8 | newest.doubt
    worst = np.maximum.reduceat(ranked, begins)
    return (worst >> 8).astype(np.uint8), (worst & 255).astype(np.uint8)


def _changed(formulas: Formulas, slots: Slots, inputs: Inputs, now: Newest) -> Judgements:
    """Return the slots that do not stand as they are now."""
    row = formulas.row[slots.place]
    before = inputs.standing(row, slots.start_us)
    same = (before.value == now.value) | (np.isnan(now.value) & np.isnan(before.value))
    same &= (before.verdict == now.verdict) & (before.doubt == now.doubt)
    at: npt.NDArray[np.bool_] = ~same
    changed = Judgements(row[at], slots.start_us[at], now.value[at], now.verdict[at], now.doubt[at])
    return changed.picked(np.lexsort((changed.event_time_us, changed.row)))


def _in_order(rows: Judgements) -> Judgements:
    """Return the rows of inputs by row and time; of several under one key the last."""
    rows = rows.picked(rows.row >= 0)
    rows = rows.picked(np.lexsort((rows.event_time_us, rows.row)))
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
