"""Edits of registers: what one changes, and how edited readings are told.

An edit of a reading holds against whatever the judge says of that reading, then and later; a
revoked one gives the judge's word back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isnan

import numpy as np

from services.energy.like_days import SLOTS, WEEKS
from services.energy.readings import Doubt
from services.validation.domain.batch import Batch, Judged
from services.validation.domain.energy import stepping
from services.validation.domain.energy.edits import Edit, ReadingEdit, touched_us
from services.validation.domain.energy.intervals import NOTHING, Parts
from services.validation.domain.energy.memory import Registers
from services.validation.domain.energy.readings import NO_ROWS, Counts
from services.validation.domain.energy.restating import shown_quarters
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy.stepping import Advanced
from services.validation.domain.energy.table import RegisterTable
from services.validation.domain.places import shown_at
from services.validation.domain.state import State

TOLD_AS = {Counts.BELIEVED: Doubt.EDITED}
CAME_AS = {Counts.BELIEVED: Doubt.NONE, Counts.SUSPECT: Doubt.FIELD_QUESTIONABLE}
Quarters = Mapping[int, Parts]
SHAPED_US = (7 * WEEKS + 1) * SLOTS * QUARTER_US
"""So far after a change gaps can look otherwise by it."""


@dataclass(frozen=True, slots=True)
class Told:
    """How one reading of a register stands after an edit."""

    event_time_us: int
    value_wh: float
    doubt: Doubt


@dataclass(frozen=True, slots=True, eq=False)
class Edited:
    """What an edit came to; `before` and `after` hold the quarters it changed, by start.

    `known_us` is as of when `told` is known.
    """

    energy: Advanced
    before: Quarters
    after: Quarters
    told: tuple[Told, ...]
    known_us: int


def take_edit(
    readings: State, registers: Registers, table: RegisterTable, edit: Edit
) -> Edited | None:
    """Take an edit in; None when it is known already."""
    known = registers.edits.get(edit.register, {})
    if edit.id in known:
        return None
    span = touched_us(edit, known)
    rule = stepping.rule_of(registers, table, edit.register)
    stood: Quarters = {}
    if span:
        last_us = span[1] + (SHAPED_US if registers.past.shapes.get(edit.register) else 0)
        stood = shown_quarters(registers, rule, edit.register, span[0], last_us)
    energy = stepping.advance(registers, table, NO_ROWS, [edit], known_at_us=edit.at_us)
    changed = {start: parts for (_, start), parts in energy.intervals.by_key().items()}
    before = {start: stood.get(start, NOTHING) for start in changed}
    told = _told(readings, energy.registers, edit, known)
    return Edited(energy, before, changed, told, edit.at_us)


def _told(
    readings: State, registers: Registers, edit: Edit, known: Mapping[str, Edit]
) -> tuple[Told, ...]:
    """Return how the reading that an edit (or the one it revokes) is about stands now."""
    change = edit.change
    revoked = known.get(getattr(change, "edit_id", ""))
    about = revoked.change if revoked is not None else change
    if not isinstance(about, ReadingEdit):
        return ()
    time_us = about.event_time_us
    came = _came(readings, registers, edit.register, time_us)
    holds = registers.standing(edit.register).readings.get(time_us)
    if holds is not None:
        value_wh = holds.wh if holds.wh is not None else came.value_wh if came else None
        if value_wh is None or isnan(value_wh):
            return ()  # no number came, and the edit says nothing of how much
        return (Told(time_us, float(value_wh), TOLD_AS.get(holds.counts, Doubt.EDITED_OUT)),)
    if came is None:
        never_came_wh = float(about.wh or 0)
        return (Told(time_us, never_came_wh, Doubt.EDITED_OUT),)
    return (came,)


def _came(readings: State, registers: Registers, register: int, time_us: int) -> Told | None:
    """Return the judge's word on an instant; where it forgot it, what the account remembers."""
    row = readings.point_ids.index(registers.ids[register])
    judged = shown_at(readings, row, time_us)
    if judged is not None:
        return Told(time_us, *judged)
    times, wh, counts = registers.of(register)
    at = int(np.searchsorted(times, time_us))
    if at == len(times) or int(times[at]) != time_us:
        return None
    doubt = CAME_AS.get(Counts(int(counts[at])), Doubt.REGISTER_BACKWARDS)
    return Told(time_us, float(wh[at]), doubt)


def under_edits(
    judged: Judged, batch: Batch, registers: Registers, row_of: Mapping[str, int]
) -> Judged:
    """Return the judged rows with the edits of readings over them."""
    if not registers.edits:
        return judged
    value, doubt = judged.value, judged.doubt
    for place, point_id in enumerate(batch.point_ids):
        register = row_of.get(point_id, -1)
        if register not in registers.edits:
            continue
        standing = registers.standing(register).readings
        for row in np.flatnonzero(judged.point_index == place):
            edit = standing.get(int(judged.event_time_us[row]))
            if edit is not None:
                value, doubt = value.copy(), doubt.copy()
                value[row] = value[row] if edit.wh is None else edit.wh
                doubt[row] = TOLD_AS.get(edit.counts, Doubt.EDITED_OUT)
    return replace(judged, value=value, doubt=doubt)
