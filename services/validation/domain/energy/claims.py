"""Rejected readings at the newest end of a register: what they claim, set aside and released.

A shortcut for the two commonest troubles: a newest reading that is rejected, and a believed one
that follows such. Both touch one suspense entry and no quarter but the open one.
"""

import numpy as np
import numpy.typing as npt

from services.validation.domain.energy.memory import NEVER_US, Int64s, Registers
from services.validation.domain.energy.readings import Counts, JudgedRows
from services.validation.domain.energy.steps import Reading
from services.validation.domain.energy.suspense import Entry, Posting, postings_between, unconfirmed
from services.validation.domain.energy.table import RegisterTable


def take_claims(
    registers: Registers, table: RegisterTable, rows: JudgedRows, known_at_us: int
) -> tuple[JudgedRows, list[Posting]]:
    """Take in rejected readings that are the newest of a calm register; return the other rows.

    `rows` are sorted by register and time, with no key twice.
    """
    at = np.flatnonzero(_is_claim(registers, rows))
    if not len(at):
        return rows, []
    claims = rows.picked(at)
    before = [claimed(registers, table, register) for register in claims.register.tolist()]
    registers.append(claims, np.zeros(len(claims), np.int64))
    registers.pending[claims.register] = True
    postings = []
    for register, old in zip(claims.register.tolist(), before, strict=True):
        new = claimed(registers, table, register)
        postings += _postings(register, old, new, known_at_us)
    return rows.picked(np.delete(np.arange(len(rows)), at)), postings


def released(
    registers: Registers, table: RegisterTable, believed: Int64s, known_at_us: int
) -> list[Posting]:
    """Return the postings of the claims that a newer believed reading of these registers decides.

    Call it before the reading is taken in.
    """
    postings = []
    for register in believed[registers.pending[believed]].tolist():
        old = claimed(registers, table, register)
        postings += _postings(register, old, None, known_at_us)
    registers.pending[believed] = False
    return postings


def claimed(registers: Registers, table: RegisterTable, register: int) -> Entry | None:
    """Return what the newest reading of a calm register claims beyond its level."""
    if not registers.pending[register]:
        return None
    level = _level(registers, register)
    last = registers.used[register] - 1
    newest = Reading(
        int(registers.times[register, last]), int(registers.wh[register, last]), Counts.CLAIMED
    )
    entries = unconfirmed(level, [newest], table.rule(register))
    return entries[0] if entries else None


def _level(registers: Registers, register: int) -> Reading:
    time_us, wh = int(registers.level_us[register]), int(registers.level_wh[register])
    return Reading(time_us, wh, Counts.BELIEVED)


def _postings(
    register: int, before: Entry | None, after: Entry | None, known_at_us: int
) -> list[Posting]:
    old = {before.key: before} if before else {}
    new = {after.key: after} if after else {}
    return postings_between(register, old, new, known_at_us, "")


def _is_claim(registers: Registers, rows: JudgedRows) -> npt.NDArray[np.bool_]:
    """Return which rows are the only one of their register and simply claim something newer."""
    register = rows.register
    changes = np.append(register[1:] != register[:-1], True) if len(rows) else np.empty(0, "?")
    alone = changes & np.append(True, changes[:-1])[: len(rows)]
    room = registers.used[register] < 2 * registers.depth
    calm = registers.calm[register] & (registers.level_us[register] != NEVER_US)
    newer = rows.event_time_us > registers.newest_us[register]
    mask: npt.NDArray[np.bool_] = alone & room & calm & newer & (rows.counts == Counts.CLAIMED)
    return mask
