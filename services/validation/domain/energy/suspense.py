"""The suspense account: energy that is set aside, and every movement on it (energy-accounting 4).

What is set aside follows from the readings alone; the postings are how that changed in time. So
the balance is the same in whatever order the readings came, and no Wh leaves without a posting.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from services.validation.domain.energy.readings import Counts
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy.steps import Part, Reading, Step, since_zero
from services.validation.domain.energy.table import RegisterRule

SUSPENSE = "suspense"


class Reason(IntEnum):
    """Why energy is not in the intervals."""

    UNCONFIRMED = 1  # claimed by rejected readings after the last believed one
    JUMP = 2  # the register's new level is believed, but no device could have moved so much
    WRITTEN_OFF = 3  # an editor took it out of suspense, to a named account
    EDITED = 4  # an editor wrote another energy over an interval


@dataclass(frozen=True, slots=True)
class Entry:
    """Energy set aside for (start, end] of a register. Natural key (register, start, account)."""

    start_us: int
    end_us: int
    wh: int
    reason: Reason
    account: str = SUSPENSE

    @property
    def key(self) -> "EntryKey":
        """What stays the same while its energy is revised."""
        return (self.start_us, self.account)


EntryKey = tuple[int, str]


class Movement(IntEnum):
    """What a posting does to its entry."""

    OPENED = 1
    REVISED = 2
    RELEASED = 3


@dataclass(frozen=True, slots=True)
class Posting:
    """One append-only line: `change_wh` onto an entry. `because` is an edit's id, or empty.

    Readings that came released or revised it when `because` is empty. An account's balance is the
    sum of its changes. Natural key (register, entry, known at).
    """

    register: int
    entry: Entry
    movement: Movement
    change_wh: int
    known_at_us: int
    because: str = ""


def entries_of(steps: Iterable[Step]) -> list[Entry]:
    """Return what is set aside between believed readings."""
    kept = {Part.SUSPENSE: Reason.JUMP, Part.WRITTEN_OFF: Reason.WRITTEN_OFF}
    return [
        Entry(step.start_us, step.end_us, step.wh, kept[step.part], step.account or SUSPENSE)
        for step in steps
        if step.part in kept and step.wh
    ]


def unconfirmed(level: Reading, readings: Sequence[Reading], rule: RegisterRule) -> list[Entry]:
    """Return what rejected readings after the newest support `level` claim; at most one entry."""
    after = [r for r in readings if r.counts == Counts.CLAIMED and r.time_us > level.time_us]
    if not after:
        return []
    newest = after[-1]
    wh = newest.wh - level.wh
    if wh < 0:
        wh = since_zero(level.wh, newest.wh, newest.time_us - level.time_us, rule) or 0
    return [Entry(level.time_us, newest.time_us, wh, Reason.UNCONFIRMED)] if wh else []


def entry_of_edit(start_us: int, wh: int, account: str) -> Entry:
    """Return what an edited quarter hour has less than its register (negative: more)."""
    return Entry(start_us, start_us + QUARTER_US, wh, Reason.EDITED, account)


def by_key(entries: Iterable[Entry]) -> dict[EntryKey, Entry]:
    """Return the entries by key; where an edit and a ruling meet on one account they are one."""
    found: dict[EntryKey, Entry] = {}
    for entry in entries:
        if (other := found.get(entry.key)) is not None:
            ends_us, wh = max(entry.end_us, other.end_us), entry.wh + other.wh
            entry = replace(entry, end_us=ends_us, wh=wh)
        found[entry.key] = entry
    return {key: entry for key, entry in found.items() if entry.wh}


def postings_between(
    register: int,
    before: Mapping[EntryKey, Entry],
    after: Mapping[EntryKey, Entry],
    known_at_us: int,
    because: str,
) -> list[Posting]:
    """Return the postings that lead from the entries before to those after."""
    postings = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if new is None:
            entry, movement, change_wh = before[key], Movement.RELEASED, -before[key].wh
        elif old is None:
            entry, movement, change_wh = new, Movement.OPENED, new.wh
        else:
            entry, movement, change_wh = new, Movement.REVISED, new.wh - old.wh
        postings.append(Posting(register, entry, movement, change_wh, known_at_us, because))
    return postings


def one_an_entry(postings: Iterable[Posting]) -> list[Posting]:
    """Return the postings of one register with those that follow each other on one entry as one.

    What was opened and released again is none; a revision that moves no Wh moves the entry's end.
    """
    found: dict[EntryKey, Posting] = {}
    for posting in postings:
        if (earlier := found.pop(posting.entry.key, None)) is not None:
            change_wh = earlier.change_wh + posting.change_wh
            movement = _together(earlier.movement, posting.movement)
            posting = replace(posting, movement=movement, change_wh=change_wh)
        found[posting.entry.key] = posting
    return [one for one in found.values() if one.change_wh or one.movement is Movement.REVISED]


def _together(first: Movement, then: Movement) -> Movement:
    if first is Movement.OPENED:
        return Movement.OPENED
    return Movement.RELEASED if then is Movement.RELEASED else Movement.REVISED


def balances_wh(postings: Iterable[Posting]) -> dict[str, int]:
    """Return the balance of each account."""
    balances: dict[str, int] = {}
    for posting in postings:
        account = posting.entry.account
        balances[account] = balances.get(account, 0) + posting.change_wh
    return balances
