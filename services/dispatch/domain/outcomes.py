"""How a set-point ends: every one reaches exactly one final state, confirmed by measurement.

issued -> accepted -> achieved | partial        (measured where it should be | elsewhere)
issued -> rejected | expired | superseded       (and accepted -> superseded | expired)
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

TOLERANCE_SHARE = 0.05
TOLERANCE_W = 5_000.0
PORT_TOLERANCE_W = 500.0
MISMATCH = timedelta(seconds=30)
MISMATCHES = 2


class Outcome(IntEnum):
    """The final states; the values are those of the wire."""

    ACHIEVED = 1
    PARTIAL = 2
    REJECTED = 3
    EXPIRED = 4
    SUPERSEDED = 5


class Delivery(IntEnum):
    """How the hand-over ended; the values are those of the wire."""

    ACCEPTED = 1
    REJECTED = 2
    TIMEOUT = 3
    EXPIRED = 4


@dataclass(frozen=True, slots=True)
class Open:
    """A set-point on its way. `settling` is how long the device may ramp before it must match."""

    setpoint_id: str
    device_id: str
    value_w: float
    is_limit: bool
    tolerance_w: float
    settling: timedelta
    issued_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    mismatch_since: datetime | None = None
    mismatches: int = 0
    measured_w: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A final state."""

    setpoint_id: str
    device_id: str
    outcome: Outcome
    value_w: float
    measured_w: float | None
    reason: str
    decided_at: datetime


State = Open | Ended


def tolerance_of(value_w: float, *, port: bool) -> float:
    """Return how far a measurement may be from the set-point: 5 %, at least 5 kW (port: 0.5)."""
    return max(TOLERANCE_SHARE * abs(value_w), PORT_TOLERANCE_W if port else TOLERANCE_W)


def delivered(state: Open, result: Delivery, reason: str, at: datetime) -> State:
    """Return the set-point after its adapter's word; a time-out waits for the lease to end."""
    match result:
        case Delivery.ACCEPTED:
            return state if state.accepted_at else replace(state, accepted_at=at)
        case Delivery.REJECTED:
            return _ended(state, Outcome.REJECTED, reason or "the device refused", at)
        case Delivery.EXPIRED:
            return _ended(state, Outcome.EXPIRED, reason or "lease over before hand-over", at)
        case Delivery.TIMEOUT:
            return state


def measured(state: Open, power_w: float, at: datetime, now: datetime) -> State:
    """Return the set-point after a reading of the device's power at `at`."""
    accepted_at = state.accepted_at
    if accepted_at is None or at < accepted_at or at >= state.expires_at:
        return state
    state = replace(state, measured_w=power_w)
    if _matches(state, power_w):
        return _ended(state, Outcome.ACHIEVED, "measured where it should be", now)
    if at < accepted_at + state.settling:
        return state
    since = state.mismatch_since or at
    state = replace(state, mismatch_since=since, mismatches=state.mismatches + 1)
    if state.mismatches > MISMATCHES and at - since >= MISMATCH:
        return _ended(state, Outcome.PARTIAL, "accepted, but measured elsewhere", now)
    return state


def ticked(state: Open, now: datetime, grace: timedelta) -> State:
    """Return the set-point at `now`; `grace` lets the readings of its last moments arrive."""
    if now < state.expires_at + grace:
        return state
    if state.accepted_at is not None and state.measured_w is not None:
        return _ended(state, Outcome.PARTIAL, "lease over, measured elsewhere", now)
    why = "no reading confirmed it" if state.accepted_at else "no answer from the device"
    return _ended(state, Outcome.EXPIRED, f"lease over: {why}", now)


def superseded(state: Open, now: datetime) -> Ended:
    """Return the end of a set-point whose device got a newer one."""
    return _ended(state, Outcome.SUPERSEDED, "a newer set-point took its place", now)


def _matches(state: Open, power_w: float) -> bool:
    if state.is_limit:
        return abs(power_w) <= state.value_w + state.tolerance_w
    return abs(power_w - state.value_w) <= state.tolerance_w


def _ended(state: Open, outcome: Outcome, reason: str, at: datetime) -> Ended:
    return Ended(
        state.setpoint_id,
        state.device_id,
        outcome,
        state.value_w,
        state.measured_w,
        reason,
        at,
    )
