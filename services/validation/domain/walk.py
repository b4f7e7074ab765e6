"""One point's readings walked in event-time order: what is the level, and who disputes it (§11.4).

A reading that follows the level is accepted and becomes the level. One that does not is a rival;
rivals that agree with each other for long enough become the level, and what was said of them is
taken back. `analogue` and `counting` hold what "follows" means.
"""

from dataclasses import dataclass, field

from services.energy.readings import Doubt
from services.validation.domain.point_rules import PointRules

RECENT = 8
"""So many accepted readings are the recent past."""
STUCK_GAPS = 3
"""A run of equal values breaks at a silence of a third of `stuck_after_s`: no evidence, no run."""
ACCEPTED = frozenset(
    {
        Doubt.NONE,
        Doubt.LATE,
        Doubt.CORRECTED,
        Doubt.FIELD_QUESTIONABLE,
        Doubt.STUCK,
        Doubt.REGISTER_RESET,
        Doubt.REGISTER_ROLLOVER,
        Doubt.METER_SWAP,
    }
)
IMPOSSIBLE = frozenset(
    {
        Doubt.NOT_A_NUMBER,
        Doubt.FIELD_INVALID,
        Doubt.OUT_OF_RANGE,
        Doubt.IN_FUTURE,
        Doubt.TOO_OLD,
        Doubt.UNKNOWN_POINT,
    }
)

Said = tuple[int, float]
"""Event time in microseconds and value."""
Change = tuple[int, int, Doubt]
"""From this event time to that one, both included: the doubt of the possible readings there."""


@dataclass(slots=True)
class Rivals:
    """Consecutive readings that agree on another level: their first, how many, the latest few."""

    doubt: Doubt
    first: Said
    run_us: int
    count: int = 1
    latest: list[Said] = field(default_factory=list)

    @property
    def last(self) -> Said:
        """The newest of them."""
        return self.latest[-1]

    def joined_by(self, said: Said, rules: PointRules) -> None:
        """Take one more in."""
        if not goes_on(self.last, said, rules):
            self.run_us = said[0]
        self.count += 1
        self.latest = [*self.latest[1 - RECENT :], said]

    def lasted_us(self) -> int:
        """Return for how long they have agreed."""
        return self.last[0] - self.first[0]


@dataclass(slots=True)
class Step:
    """What one reading came to: its doubt, whether it follows, and what of earlier ones changes."""

    doubt: Doubt
    settled: bool
    changes: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class Walk:
    """Where a walk stands: the recent accepted readings, the run of equal values, the rivals.

    `recent[-1]` is the level, `run_us` since when it has not changed; what is not accepted breaks
    a run, which then begins with the level. `slipped` is the last value whose sign or unit slipped
    out of the range, put right.
    """

    recent: list[Said] = field(default_factory=list)
    run_us: int = 0
    rivals: Rivals | None = None
    slipped: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether it holds more than the accepted readings tell."""
        return self.rivals is not None or self.slipped is not None

    def copy(self) -> "Walk":
        """Return a walk that can go on from here without this one."""
        rivals = self.rivals
        if rivals is not None:
            rivals = Rivals(
                rivals.doubt, rivals.first, rivals.run_us, rivals.count, [*rivals.latest]
            )
        return Walk([*self.recent], self.run_us, rivals, self.slipped)

    def accept(self, said: Said, rules: PointRules, changes: list[Change]) -> Step:
        """Make `said` the level; a level that stands still for too long is stuck (§11.6)."""
        at_us, value = said
        before_us = self.recent[-1][0] if self.recent else at_us
        if self.rivals is not None:
            self.run_us = before_us
        if not self.recent or not goes_on(self.recent[-1], said, rules):
            self.run_us = at_us
        stuck = is_stuck(rules, value, at_us - self.run_us)
        if stuck and not is_stuck(rules, value, before_us - self.run_us):
            changes = [*changes, (self.run_us + 1, at_us - 1, Doubt.STUCK)]
        self.recent = [*self.recent[1 - RECENT :], said]
        self.rivals = self.slipped = None
        return Step(Doubt.STUCK if stuck else Doubt.NONE, True, changes)

    def oppose(self, doubt: Doubt, said: Said, rules: PointRules, *, joins: bool) -> Rivals:
        """Return the rivals with one more reading, or new ones that it starts."""
        if joins and self.rivals is not None:
            self.rivals.joined_by(said, rules)
        else:
            self.rivals = Rivals(doubt, said, said[0], 1, [said])
        return self.rivals

    def give_way(
        self, rivals: Rivals, rules: PointRules, named: Doubt, changes: list[Change]
    ) -> Step:
        """Make the rivals the level; the first of them carries the name of what happened."""
        said, between = rivals.last, (rivals.first[0] + 1, rivals.last[0] - 1)
        all_equal = rivals.run_us == rivals.first[0]
        goes_back = all_equal and goes_on(self.recent[-1], rivals.first, rules)
        self.run_us = self.recent[-1][0] if goes_back else rivals.run_us
        self.recent = [*self.recent, *rivals.latest[:-1]][-RECENT:]
        self.rivals = None
        first_us = rivals.first[0]
        changes = [*changes, (first_us, first_us, named), (*between, Doubt.NONE)]
        return self.accept(said, rules, changes)


def goes_on(last: Said, said: Said, rules: PointRules) -> bool:
    """Return whether a reading prolongs the run of equal values that `last` is in."""
    breaks_us = rules.stuck_after_s / STUCK_GAPS * 1e6
    return said[1] == last[1] and said[0] - last[0] <= breaks_us


def is_stuck(rules: PointRules, value: float, lasted_us: float) -> bool:
    """Return whether an unchanged value is implausible by now."""
    return lasted_us >= rules.stuck_after_s * 1e6 and (value != 0.0 or rules.stuck_at_zero)
