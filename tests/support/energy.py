"""One register's day in a few words: readings by minute, what its quarter hours came to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from services.validation.domain.energy.columns import intervals_of_rows
from services.validation.domain.energy.edits import Change, Edit
from services.validation.domain.energy.intervals import Parts, intervals_of
from services.validation.domain.energy.memory import Registers
from services.validation.domain.energy.past import LikeDays, Past
from services.validation.domain.energy.readings import Counts, JudgedRows
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy.stepping import Advanced, advance
from services.validation.domain.energy.steps import Reading, steps_of, supports
from services.validation.domain.energy.suspense import (
    SUSPENSE,
    Entry,
    Posting,
    balances_wh,
    entries_of,
    unconfirmed,
)
from services.validation.domain.energy.table import UTC_ZONE, RegisterRule, RegisterTable

MINUTE = 60_000_000
NOON = 17_900 * 86_400_000_000 + 12 * 60 * MINUTE
Row = tuple[float, int, Counts]


def at(minute: float) -> int:
    """Return the instant so many minutes after noon."""
    return NOON + round(minute * MINUTE)


def quarter(number: int) -> int:
    """Return the start of the quarter hour so many after noon."""
    return NOON + number * QUARTER_US


def believed(minute: float, wh: int) -> Row:
    return (minute, wh, Counts.BELIEVED)


def rejected(minute: float, wh: int) -> Row:
    return (minute, wh, Counts.CLAIMED)


def suspect(minute: float, wh: int) -> Row:
    return (minute, wh, Counts.SUSPECT)


def withdrawn(minute: float) -> Row:
    return (minute, 0, Counts.NOTHING)


def rows_of(readings: Iterable[Row], register: int = 0) -> JudgedRows:
    readings = list(readings)
    return JudgedRows(
        np.full(len(readings), register, np.int64),
        np.array([at(minute) for minute, _, _ in readings], np.int64),
        np.array([wh for _, wh, _ in readings], np.int64),
        np.array([counts for _, _, counts in readings], np.uint8),
    )


def a_rule(kw: float = 40, **more: int) -> RegisterRule:
    """Return the rule of a device of so many kW: 40 kW for a quarter hour is 10 kWh."""
    return replace(RegisterRule(largest_w=round(kw * 1000)), **more)  # type: ignore[arg-type]


@dataclass
class Meter:
    """One register, read step by step, and everything that came of it."""

    rule: RegisterRule = field(default_factory=a_rule)
    depth: int = 4096
    shown: dict[int, Parts] = field(default_factory=dict)
    postings: list[Posting] = field(default_factory=list)
    known_at_us: int = 0

    def __post_init__(self) -> None:
        self.table = RegisterTable.of_rules({"meter.import_energy_wh": self.rule})
        self.registers = Registers(self.table.ids, self.depth)

    def reads(self, *readings: Row) -> Advanced:
        return self._takes(rows_of(readings))

    def is_edited(self, *changes: Change, edit_id: str = "") -> Advanced:
        number = self.known_at_us + 1
        edits = [
            Edit(edit_id or f"edit-{number}-{k}", 0, change, "li", "seen on site", number)
            for k, change in enumerate(changes)
        ]
        return self._takes(rows_of([]), edits)

    def takes_edits(self, *edits: Edit) -> Advanced:
        return self._takes(rows_of([]), edits)

    def _takes(self, rows: JudgedRows, edits: Sequence[Edit] = ()) -> Advanced:
        self.known_at_us += 1
        step = advance(self.registers, self.table, rows, edits, known_at_us=self.known_at_us)
        for (_, start_us), parts in step.intervals.by_key().items():
            self.shown[start_us] = parts
        self.postings += step.postings
        return step

    def at(self, number: int) -> Parts:
        return self.shown[quarter(number)]

    @property
    def standing(self) -> dict[int, Parts]:
        """Return the quarters that are over, as they stand."""
        return {start: parts for start, parts in self.shown.items() if parts != Parts()}

    def balance_wh(self, account: str = SUSPENSE) -> int:
        return balances_wh(self.postings).get(account, 0)

    def open_entries(self) -> list[tuple[int, int, int]]:
        """Return (start, end, Wh) of what the postings leave on the suspense account."""
        entries: dict[int, tuple[int, int]] = {}
        for posting in self.postings:
            if posting.entry.account == SUSPENSE:
                _, wh = entries.get(posting.entry.start_us, (0, 0))
                entries[posting.entry.start_us] = (posting.entry.end_us, wh + posting.change_wh)
        return [(start, end, wh) for start, (end, wh) in sorted(entries.items()) if wh]


def counted_at_once(
    readings: Mapping[int, Reading], rule: RegisterRule
) -> tuple[dict[int, Parts], list[Entry]]:
    """Return the quarters that are over and the entries, counted from the whole set in one go."""
    ordered = [readings[time_us] for time_us in sorted(readings)]
    supported = supports(ordered, rule)
    if not supported:
        return {}, []
    level = supported[-1]
    past = Past(1)
    flat = over(supported, replace(rule, profile=None))
    past.take(intervals_of_rows([(0, start_us, flat[start_us]) for start_us in sorted(flat)]))
    rule = replace(rule, profile=rule.profile or LikeDays(past, 0, UTC_ZONE))
    entries = entries_of(steps_of(supported, rule, (), {}))
    return over(supported, rule), entries + unconfirmed(level, ordered, rule)


def over(supported: Sequence[Reading], rule: RegisterRule) -> dict[int, Parts]:
    """Return the quarters that are over by start."""
    steps = steps_of(supported, rule, (), {})
    return {
        start_us: parts
        for start_us, parts in intervals_of(steps, rule).items()
        if start_us + QUARTER_US <= supported[-1].time_us and parts != Parts()
    }
