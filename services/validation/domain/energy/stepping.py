"""The step: judged readings and edits in; changed quarters, postings and what is too old out.

    registers, changed = Registers(table.ids), []
    for frame in frames:
        step = advance(registers, table, rows_of(frame), known_at_us=frame.arrival_us)

What is returned depends on the set of readings and edits alone, not on the order they came in:
any permutation and repetition of them ends in the same intervals and balances.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from services.energy.like_days import day_starts_us
from services.validation.domain.energy.claims import take_claims
from services.validation.domain.energy.columns import Intervals, intervals_of_rows, joined
from services.validation.domain.energy.edits import Edit, touched_us
from services.validation.domain.energy.memory import Registers
from services.validation.domain.energy.ordinary import take_ordinary
from services.validation.domain.energy.past import LikeDays
from services.validation.domain.energy.readings import NO_ROWS, JudgedRows
from services.validation.domain.energy.restating import Restated, oldest_open_us, reshape, restate
from services.validation.domain.energy.suspense import Posting, one_an_entry
from services.validation.domain.energy.table import RegisterRule, RegisterTable


@dataclass(frozen=True, slots=True, eq=False)
class Advanced:
    """What one step did. `registers` is the state after it; the one before is used up.

    `intervals` are the quarters that are over and changed; one that is no longer over (its newest
    reading was withdrawn) has no energy and no known time. `beyond` and `beyond_edits` are older
    than what is remembered and changed nothing: replay them in a state of their own, made of the
    readings around them.
    """

    registers: Registers
    intervals: Intervals
    postings: tuple[Posting, ...]
    beyond: JudgedRows
    beyond_edits: tuple[Edit, ...]


def advance(
    registers: Registers,
    table: RegisterTable,
    rows: JudgedRows,
    edits: Sequence[Edit] = (),
    *,
    known_at_us: int,
) -> Advanced:
    """Take judged rows and edits in. The same ones again change nothing."""
    if registers.ids is not table.ids and registers.ids != table.ids:
        raise ValueError("the state is of other registers than the table; load it with the table's")
    edits = _news(registers, edits)
    for edit in edits:
        registers.calm[edit.register] = False
    news = _without_known(registers, _in_order(rows))
    rest, completed, decided = take_ordinary(registers, table, news, known_at_us)
    registers.past.take(completed)
    registers.past.forget_later_shapes(completed, table.zone)
    rest, claimed = take_claims(registers, table, rest, known_at_us)
    restated: list[tuple[int, Restated]] = []
    beyond, beyond_edits = [NO_ROWS], []
    for register in sorted({*np.unique(rest.register).tolist(), *(e.register for e in edits)}):
        mine = rest.picked(np.arange(*np.searchsorted(rest.register, (register, register + 1))))
        own = [edit for edit in edits if edit.register == register]
        oldest_us = oldest_open_us(registers, register)
        old = mine.event_time_us <= oldest_us
        too_old = [edit for edit in own if _is_beyond(registers, edit, oldest_us)]
        beyond.append(mine.picked(old))
        beyond_edits += too_old
        kept = [edit for edit in own if edit not in too_old]
        rule = rule_of(registers, table, register)
        change = restate(registers, rule, register, mine.picked(~old), kept, known_at_us)
        restated.append((register, _remembered(registers, table, register, change, known_at_us)))
    return Advanced(
        registers,
        joined([completed, _columns(restated)]),
        (*decided, *claimed, *(posting for _, change in restated for posting in change.postings)),
        _chained(beyond),
        tuple(beyond_edits),
    )


def rule_of(registers: Registers, table: RegisterTable, register: int) -> RegisterRule:
    """Return what holds for a register; without a profile of its own its past shapes its gaps."""
    rule = table.rule(register)
    if rule.profile is not None:
        return rule
    return replace(rule, profile=LikeDays(registers.past, register, table.zone))


def _remembered(
    registers: Registers, table: RegisterTable, register: int, change: Restated, known_at_us: int
) -> Restated:
    """Note what changed among the past; return it with the gaps that have another shape by it."""
    past, zone = registers.past, table.zone
    past.take(intervals_of_rows([(register, *row) for row in change.intervals]))
    starts_us = [start_us for start_us, _ in change.intervals]
    rule, oldest_us = rule_of(registers, table, register), oldest_open_us(registers, register)
    quarters, postings = dict(change.intervals), list(change.postings)
    for day in past.shaped_by(register, starts_us, zone):
        day_us = day_starts_us(day, zone), day_starts_us(day + 1, zone) - 1
        if day_us[0] <= oldest_us:
            continue
        shaped = partial(past.shape_anew, register, day, zone)
        again = reshape(registers, rule, register, day_us, shaped, known_at_us)
        quarters |= dict(again.intervals)
        postings += again.postings
    if registers.truncated[register]:
        past.forget_shapes(register, int(registers.times[register, 0]), zone)
    return Restated(tuple(sorted(quarters.items())), tuple(one_an_entry(postings)))


def _news(registers: Registers, edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits that are not known, in the order they were made."""
    new = {e.id: e for e in edits if e.id not in registers.edits.get(e.register, {})}
    return sorted(new.values(), key=lambda edit: edit.rank)


def _is_beyond(registers: Registers, edit: Edit, oldest_us: int) -> bool:
    span = touched_us(edit, registers.edits.get(edit.register, {}))
    return span is not None and span[0] <= oldest_us


def _in_order(rows: JudgedRows) -> JudgedRows:
    """Return the rows by register and time; of several under one key the last."""
    register, time_us = rows.register, rows.event_time_us
    if len(rows) < 2 or np.all(register[1:] > register[:-1]):
        return rows
    order = np.lexsort((time_us, register))
    register, time_us = register[order], time_us[order]
    again = (register[1:] == register[:-1]) & (time_us[1:] == time_us[:-1])
    return rows.picked(order[np.append(~again, True)])


def _without_known(registers: Registers, rows: JudgedRows) -> JudgedRows:
    """Return the rows that say something new."""
    old = np.flatnonzero(rows.event_time_us <= registers.newest_us[rows.register])
    if not len(old):
        return rows
    known = registers.knows(rows.picked(old))
    return rows.picked(np.delete(np.arange(len(rows)), old[known]))


def _columns(restated: Sequence[tuple[int, Restated]]) -> Intervals:
    return intervals_of_rows(
        [
            (register, start_us, parts)
            for register, change in restated
            for start_us, parts in change.intervals
        ]
    )


def _chained(several: Sequence[JudgedRows]) -> JudgedRows:
    return JudgedRows(
        np.concatenate([rows.register for rows in several]),
        np.concatenate([rows.event_time_us for rows in several]),
        np.concatenate([rows.wh for rows in several]),
        np.concatenate([rows.counts for rows in several]),
    )
