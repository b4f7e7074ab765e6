"""Who may decide what: proposals narrow an interval from the highest priority down.

A proposal's bounds narrow what is left; its preference takes the nearest point that is left. Lower
ones choose within; each is told what was left for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from math import inf


class Priority(IntEnum):
    """Highest first; the values are those of the wire."""

    SAFETY = 1
    GRID_OPERATOR = 2
    OPERATOR = 3
    RESERVE = 4
    PLAN = 5
    DEFAULT = 6


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one party wants of a device, in W, until `expires_at` (None: for this cycle only)."""

    priority: Priority
    reason: str
    lower_w: float = -inf
    upper_w: float = inf
    preference_w: float | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.lower_w > self.upper_w:
            raise ValueError(
                f"{self.reason}: bounds {self.lower_w}..{self.upper_w} W are empty; swap them"
            )


@dataclass(frozen=True, slots=True)
class Left:
    """What was left for a party when its turn came."""

    priority: Priority
    lower_w: float
    upper_w: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The value, who decided it and why, and what each party had to choose from."""

    value_w: float
    won_by: Priority
    reason: str
    left: tuple[Left, ...]


def arbitrated(
    proposals: Iterable[Proposal], lower_w: float, upper_w: float, now: datetime
) -> Verdict:
    """Return the value within the device's own bounds `lower_w..upper_w`.

    The winner is the party whose word made the value what it is: the bound that bites, or the
    preference that was granted. Without any preference the value is the point nearest to zero.
    """
    valid = [p for p in proposals if p.expires_at is None or now < p.expires_at]
    low, high, left = lower_w, max(lower_w, upper_w), []
    low_by = high_by = (Priority.DEFAULT, "the device's own bounds")
    for proposal in sorted(valid, key=lambda p: p.priority):
        left.append(Left(proposal.priority, low, high))
        who = (proposal.priority, proposal.reason)
        if proposal.lower_w > low:
            low, low_by = min(proposal.lower_w, high), who
        if proposal.upper_w < high:
            high, high_by = max(proposal.upper_w, low), who
        if proposal.preference_w is not None:
            value, won_by, reason = _nearest(proposal.preference_w, low, high, who, low_by, high_by)
            rest = [p for p in valid if p.priority > proposal.priority]
            left += [Left(p.priority, value, value) for p in sorted(rest, key=lambda p: p.priority)]
            return Verdict(value, won_by, reason, tuple(left))
    value, won_by, reason = _nearest(0.0, low, high, (Priority.DEFAULT, "rest"), low_by, high_by)
    return Verdict(value, won_by, reason, tuple(left))


Who = tuple[Priority, str]


def _nearest(
    wish_w: float, low: float, high: float, who: Who, low_by: Who, high_by: Who
) -> tuple[float, Priority, str]:
    if wish_w < low:
        return low, *low_by
    if wish_w > high:
        return high, *high_by
    return wish_w, *who
