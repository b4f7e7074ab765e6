"""A point's remembered readings as lines, and what walking them tells of each event time.

Used where order was not kept: the lines are walked anew from an anchor, a place where the walk is
known to have been settled, and what differs from before is restated.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from math import inf
from operator import attrgetter

from services.energy.readings import Doubt
from services.validation.domain import analogue, counting
from services.validation.domain.point_rules import PointRules
from services.validation.domain.walk import ACCEPTED, IMPOSSIBLE, Change, Said, Step, Walk

ALWAYS_US = 2**63 - 1


@dataclass(slots=True)
class Line:
    """One value that was said for one event time; `first_us` and `last_us` when it arrived."""

    at_us: int
    value: float
    own: Doubt
    first_us: int
    last_us: int

    def is_same(self, at_us: int, value: float, own: Doubt) -> bool:
        """Return whether this is what the line says already."""
        equal = self.value == value or (self.value != self.value and value != value)
        return self.at_us == at_us and self.own is own and equal


@dataclass(slots=True)
class Told:
    """What stands for one event time: a line, its doubt, since when that is so.

    `settled`: accepted at once, so that a walk can be taken up here.
    """

    line: Line
    base: Doubt
    doubt: Doubt
    settled: bool
    known_us: int = 0

    @property
    def row(self) -> tuple[float, Doubt]:
        """What a reader sees; a value that is no number counts as equal to itself."""
        value = self.line.value
        return (value if value == value else float("inf"), self.doubt)


Key = tuple[int, list[Line]]
Stepping = Callable[[Walk, PointRules, Said], Step]
Naming = Callable[[Walk, PointRules, Said], Doubt]


def keys_of(lines: Iterable[Line]) -> list[Key]:
    """Return the lines by event time; they come sorted by it."""
    return [(at_us, list(group)) for at_us, group in groupby(lines, key=attrgetter("at_us"))]


class Telling:
    """Walks the lines of one point, as far as they had arrived at some time.

    `told` is what stands by event time, `touched` the event times that were told or changed,
    `changes` what was said anew of earlier readings.
    """

    def __init__(self, rules: PointRules, is_register: bool, told: dict[int, Told]) -> None:
        self._rules = rules
        self._step: Stepping = counting.step if is_register else analogue.step
        self._named: Naming = counting.named if is_register else analogue.named
        self.told = told
        self.touched: set[int] = set()
        self.changes: list[Change] = []

    def walk(self, walk: Walk, keys: list[Key], as_of_us: int = ALWAYS_US) -> None:
        """Tell what stands for each key, in order."""
        for at_us, lines in keys:
            present = [line for line in lines if line.first_us <= as_of_us]
            if present:
                self._tell(walk, at_us, present, as_of_us)

    def _tell(self, walk: Walk, at_us: int, lines: list[Line], as_of_us: int) -> None:
        possible = [line for line in lines if line.own not in IMPOSSIBLE]
        self.touched.add(at_us)
        if not possible:
            line = latest_first(lines, as_of_us)[0]
            doubt = self.name(walk, line)
            self.told[at_us] = Told(line, doubt, doubt, settled=False)
            return
        candidates = latest_first(possible, as_of_us)
        line = self._that_follows(walk, candidates)
        step = self._step(walk, self._rules, (at_us, line.value))
        base = base_doubt(self._rules, line, candidates, as_of_us)
        self.told[at_us] = Told(line, base, step.doubt or base, step.settled)
        self.changes += step.changes
        for change in step.changes:
            self._change(change)

    def name(self, walk: Walk, line: Line) -> Doubt:
        """Return the doubt of an impossible reading; one out of range may be a slip."""
        if line.own is not Doubt.OUT_OF_RANGE:
            return line.own
        return self._named(walk, self._rules, (line.at_us, line.value))

    def _that_follows(self, walk: Walk, candidates: list[Line]) -> Line:
        """Return the latest value that follows the level, else the latest."""
        if len(candidates) > 1:
            for line in candidates:
                if self._step(walk.copy(), self._rules, (line.at_us, line.value)).settled:
                    return line
        return candidates[0]

    def _change(self, change: Change) -> None:
        """Say anew what the readings between two event times come to."""
        first_us, last_us, doubt = change
        for at_us in [at for at in self.told if first_us <= at <= last_us]:
            told = self.told[at_us]
            if may_change(told.line.own, told.doubt, doubt):
                told.doubt = doubt or told.base
                self.touched.add(at_us)


def may_change(own: Doubt, shown: Doubt, doubt: Doubt) -> bool:
    """Return whether a change is meant for a reading: stuck are only accepted ones."""
    return own not in IMPOSSIBLE and (doubt is not Doubt.STUCK or shown in ACCEPTED)


def latest_first(lines: list[Line], as_of_us: int) -> list[Line]:
    """Return the lines of one key, the one that was said last first; ties by value and doubt."""

    def rank(line: Line) -> tuple[int, float, int]:
        value = line.value if line.value == line.value else inf
        return said_last_us(line, as_of_us), value, line.own

    return sorted(lines, key=rank, reverse=True)


def said_last_us(line: Line, as_of_us: int) -> int:
    """Return the latest arrival of a line up to a time."""
    return line.last_us if line.last_us <= as_of_us else line.first_us


def base_doubt(rules: PointRules, line: Line, candidates: list[Line], as_of_us: int) -> Doubt:
    """Return the doubt of a reading that nothing disputes (§11.3): corrected, late or none."""
    arrival_us = line.first_us
    others = [other for other in candidates if other is not line] if len(candidates) > 1 else ()
    if any(said_last_us(other, as_of_us) >= arrival_us for other in others):
        arrival_us = said_last_us(line, as_of_us)
    if line.own is Doubt.FIELD_QUESTIONABLE:
        return line.own
    if any(other.first_us < arrival_us for other in others):
        return Doubt.CORRECTED
    is_late = arrival_us - line.at_us > rules.late_after_s * 1e6
    return Doubt.LATE if is_late else Doubt.NONE
