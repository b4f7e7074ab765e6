"""One register gone through again where its set of readings or edits has changed.

What a change at an instant can touch ends at the believed readings on both sides of it: only the
quarters between them are counted, before and after, and what differs is what changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from services.validation.domain.energy.edits import Edit, Standing, touched_us
from services.validation.domain.energy.intervals import NOTHING, Parts, intervals_of
from services.validation.domain.energy.memory import NEVER_US, Columns, Int64s, Registers
from services.validation.domain.energy.readings import Counts, JudgedRows
from services.validation.domain.energy.splitting import QUARTER_US, quarter_of
from services.validation.domain.energy.steps import Reading, steps_of, supports
from services.validation.domain.energy.suspense import (
    Entry,
    EntryKey,
    Posting,
    by_key,
    entries_of,
    entry_of_edit,
    postings_between,
    unconfirmed,
)
from services.validation.domain.energy.table import RegisterRule

FOREVER_US = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Restated:
    """What changed of one register."""

    intervals: tuple[tuple[int, Parts], ...] = ()
    postings: tuple[Posting, ...] = ()


@dataclass(frozen=True, slots=True)
class _Window:
    """The quarters [from_us, until_us) that a change can touch, and the readings they need."""

    from_us: int
    until_us: int
    first_us: int
    last_us: int

    @property
    def is_newest(self) -> bool:
        return self.last_us == FOREVER_US


@dataclass(frozen=True, slots=True)
class _Picture:
    """What a window holds: the newest support, its quarters, what is set aside."""

    level: Reading | None
    intervals: dict[int, Parts]
    entries: tuple[Entry, ...]


def oldest_open_us(registers: Registers, register: int) -> int:
    """Return the instant that a change must be after, for all it touches to be remembered."""
    if not registers.truncated[register]:
        return NEVER_US
    columns = _edited(registers.of(register), registers.standing(register))
    believed = _believed(columns)
    if not len(believed):
        return int(columns[0][0])  # nothing but suspects: whatever is newer than the oldest
    open_us = quarter_of(int(registers.level_us[register]))
    known = (believed - believed % QUARTER_US >= believed[0]) | (believed >= open_us)
    return int(believed[np.argmax(known)]) if known.any() else FOREVER_US


def restate(
    registers: Registers,
    rule: RegisterRule,
    register: int,
    rows: JudgedRows,
    edits: Sequence[Edit],
    known_at_us: int,
) -> Restated:
    """Take rows (sorted by time, no key twice) and edits of one register in; return what changed.

    None of them may be at or before `oldest_open_us`.
    """
    known = registers.edits.get(register, {})
    touched = _touched(rows, edits, known | {edit.id: edit for edit in edits})
    held_before = registers.standing(register)
    came_before = _copied(registers.of(register))
    if edits:
        registers.edits[register] = known | {edit.id: edit for edit in edits}
        registers.calm[register] = False
    held_after = registers.standing(register)
    came_after = _merged(came_before, rows)
    registers.replace(register, came_after)
    if touched is None:
        return Restated()

    before, after = _edited(came_before, held_before), _edited(came_after, held_after)
    window = _window(before, *touched)
    old = _picture(before, window, rule, held_before)
    new = _picture(after, window, rule, held_after)
    return _difference(
        registers, register, window, (old, held_before), (new, held_after), known_at_us, edits
    )


def reshape(
    registers: Registers,
    rule: RegisterRule,
    register: int,
    day_us: tuple[int, int],
    change_shape: Callable[[], None],
    known_at_us: int,
) -> Restated:
    """Change the shape of the gaps that begin on a day [first, last]; return what changed.

    The day may not begin at or before `oldest_open_us`.
    """
    held = registers.standing(register)
    columns = _edited(registers.of(register), held)
    window = _window(columns, *day_us)
    old = _picture(columns, window, rule, held)
    change_shape()
    new = _picture(columns, window, rule, held)
    return _difference(registers, register, window, (old, held), (new, held), known_at_us, ())


def _touched(
    rows: JudgedRows, edits: Sequence[Edit], known: dict[str, Edit]
) -> tuple[int, int] | None:
    spans = [span for edit in edits if (span := touched_us(edit, known)) is not None]
    if len(rows):
        spans.append((int(rows.event_time_us[0]), int(rows.event_time_us[-1])))
    if not spans:
        return None
    return min(first for first, _ in spans), max(last for _, last in spans)


def _copied(columns: Columns) -> Columns:
    times, wh, counts = columns
    return times.copy(), wh.copy(), counts.copy()


def _merged(columns: Columns, rows: JudgedRows) -> Columns:
    """Return the readings with `rows` in place of what stood under their keys."""
    times, wh, counts = columns
    stays = ~np.isin(times, rows.event_time_us)
    comes = rows.counts != Counts.NOTHING
    all_times = np.concatenate([times[stays], rows.event_time_us[comes]])
    order = np.argsort(all_times, kind="stable")
    return (
        all_times[order],
        np.concatenate([wh[stays], rows.wh[comes]])[order],
        np.concatenate([counts[stays], rows.counts[comes]])[order],
    )


def _edited(columns: Columns, standing: Standing) -> Columns:
    if not standing.readings:
        return columns
    readings = standing.applied_to(_readings(columns, NEVER_US, FOREVER_US))
    times, wh, counts = np.array(readings, np.int64).reshape(-1, 3).T
    return times, wh, counts.astype(np.uint8)


def _readings(columns: Columns, first_us: int, last_us: int) -> list[Reading]:
    times, wh, counts = columns
    part = slice(
        int(np.searchsorted(times, first_us)), int(np.searchsorted(times, last_us, "right"))
    )
    lists = (column[part].tolist() for column in (times, wh, counts))
    return [Reading(*row) for row in zip(*lists, strict=True)]


def _believed(columns: Columns) -> Int64s:
    times, _, counts = columns
    believed: Int64s = times[counts == Counts.BELIEVED]
    return believed


def _window(columns: Columns, first_us: int, last_us: int) -> _Window:
    """Return what a change in [first, last] can touch; the same before and after the change."""
    anchors = _believed(columns)
    below = int(np.searchsorted(anchors, first_us)) - 1
    above = int(np.searchsorted(anchors, last_us, "right"))
    from_us = quarter_of(int(anchors[below])) if below >= 0 else NEVER_US
    until_us = FOREVER_US
    if above < len(anchors):
        until_us = quarter_of(int(anchors[above]) + QUARTER_US - 1)
    outer_below = int(np.searchsorted(anchors[: below + 1], from_us, "right")) - 1
    outer_above = int(np.searchsorted(anchors, until_us))
    first_needed = int(anchors[outer_below]) if outer_below >= 0 else NEVER_US
    last_needed = int(anchors[outer_above]) if outer_above < len(anchors) else FOREVER_US
    return _Window(from_us, until_us, first_needed, last_needed)


def _picture(columns: Columns, window: _Window, rule: RegisterRule, standing: Standing) -> _Picture:
    readings = _readings(columns, window.first_us, window.last_us)
    supported = supports(readings, rule)
    steps = list(steps_of(supported, rule, standing.swaps, standing.rulings))
    intervals = {
        start_us: parts
        for start_us, parts in intervals_of(steps, rule).items()
        if window.from_us <= start_us < window.until_us
    }
    level = supported[-1] if supported else None
    entries = entries_of(steps)
    if window.is_newest and level is not None:
        entries += unconfirmed(level, readings, rule)
    return _Picture(level, intervals, tuple(entries))


def _difference(
    registers: Registers,
    register: int,
    window: _Window,
    before: tuple[_Picture, Standing],
    after: tuple[_Picture, Standing],
    known_at_us: int,
    edits: Sequence[Edit],
) -> Restated:
    """Settle the register where the newest readings changed; return what goes out."""
    old, held_before = before
    new, held_after = after
    open_us, open_parts = registers.open_of(register)
    if registers.truncated[register] and window.from_us <= open_us < window.until_us:
        old.intervals.setdefault(open_us, NOTHING)
        missing = NOTHING.moved(old.intervals[open_us], open_parts)
        new.intervals[open_us] = new.intervals.get(open_us, NOTHING).moved(NOTHING, missing)
        old.intervals[open_us] = open_parts
    level_before = int(registers.level_us[register])
    if window.is_newest:
        open_after = new.intervals.get(
            quarter_of(new.level.time_us) if new.level else NEVER_US, NOTHING
        )
        registers.settle(register, new.level, open_after)
    level_after = int(registers.level_us[register])
    shown_before = _shown(old, held_before, level_before, window)
    shown_after = _shown(new, held_after, level_after, window)
    changed = [
        (start_us, shown_after[0].get(start_us, NOTHING))
        for start_us in sorted(shown_before[0].keys() | shown_after[0].keys())
        if shown_before[0].get(start_us) != shown_after[0].get(start_us)
    ]
    because = edits[-1].id if edits else ""
    postings = postings_between(register, shown_before[1], shown_after[1], known_at_us, because)
    return Restated(tuple(changed), tuple(postings))


def _shown(
    picture: _Picture, standing: Standing, level_us: int, window: _Window
) -> tuple[dict[int, Parts], dict[EntryKey, Entry]]:
    """Return the quarters that are over or edited, and everything set aside.

    Of a quarter that no readings span the register has counted nothing yet: all that an editor
    writes there is of the account, until readings come that span it.
    """
    over = {s: parts for s, parts in picture.intervals.items() if s + QUARTER_US <= level_us}
    entries = list(picture.entries)
    for start_us, edit in standing.intervals.items():
        if not window.from_us <= start_us < window.until_us:
            continue
        parts = over.get(start_us, NOTHING)
        over[start_us] = parts.edited(edit.wh)
        if differs_wh := parts.energy_wh - edit.wh:
            entries.append(entry_of_edit(start_us, differs_wh, edit.account))
    return over, by_key(entries)


def shown_quarters(
    registers: Registers, rule: RegisterRule, register: int, first_us: int, last_us: int
) -> dict[int, Parts]:
    """Return, by start, the quarters that a change in [first, last] could touch, as they stand."""
    held = registers.standing(register)
    columns = _edited(registers.of(register), held)
    window = _window(columns, first_us, last_us)
    picture = _picture(columns, window, rule, held)
    return _shown(picture, held, int(registers.level_us[register]), window)[0]
