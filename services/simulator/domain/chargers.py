"""The charging ports: each takes the least of its limit, its rating and what the vehicle wants."""

from dataclasses import dataclass, replace
from math import floor, inf

import numpy as np
from numpy.typing import NDArray

from services.simulator.domain.sessions import NOBODY, Sessions
from services.simulator.domain.setpoints import Lease

SECONDS_PER_HOUR = 3600
NOTHING_WH = 1e-6
NOTHING_W = 1e-3
NEVER_S = 0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ports:
    """Ratings of all ports: `rating_w` and the `fail_safe_w` of a port whose lease ran out."""

    names: tuple[str, ...]
    rating_w: float
    fail_safe_w: float

    @property
    def count(self) -> int:
        """How many ports there are."""
        return len(self.names)


@dataclass(frozen=True, slots=True)
class ChargersState:
    """Columns (ports,): register, energy still wanted, session index, leased limit and its expiry.

    `lease_until_s` is NEVER_S for a port that has never had a limit.
    """

    delivered_wh: Floats
    wanted_wh: Floats
    session: NDArray[np.int64]
    limit_w: Floats
    lease_until_s: NDArray[np.int64]

    @classmethod
    def idle(cls, ports: int) -> "ChargersState":
        """Return free ports that have never delivered anything."""
        return cls(
            np.zeros(ports),
            np.zeros(ports),
            np.full(ports, NOBODY, dtype=np.int64),
            np.zeros(ports),
            np.full(ports, NEVER_S, dtype=np.int64),
        )

    def next_expiry_s(self, at_s: int) -> int | None:
        """Return when the next lease runs out, None when none is running."""
        running = self.lease_until_s[self.lease_until_s > at_s]
        return int(running.min()) if len(running) else None


def plugged(state: ChargersState, sessions: Sessions, at_s: int) -> ChargersState:
    """Return the ports after the arrivals and departures of this second."""
    session = sessions.plugged_in(at_s, len(state.session))
    arrived = (session != state.session) & (session != NOBODY)
    kept_wh = np.where(session == state.session, state.wanted_wh, 0.0)
    return replace(
        state, session=session, wanted_wh=np.where(arrived, sessions.wanted_wh[session], kept_wh)
    )


def limited(state: ChargersState, port: int, lease: Lease) -> ChargersState:
    """Return the ports with a new leased limit on one of them."""
    limit_w, until_s = state.limit_w.copy(), state.lease_until_s.copy()
    limit_w[port], until_s[port] = lease.value_w, lease.expires_at_s
    return replace(state, limit_w=limit_w, lease_until_s=until_s)


def power_w(ports: Ports, state: ChargersState, at_s: int) -> Floats:
    """Return what every port draws in the next second, (ports,).

    What is left of the last two seconds is spread over both: no car draws a few W.
    """
    leased_w = np.where(state.lease_until_s > at_s, state.limit_w, ports.fail_safe_w)
    allowed_w = np.where(state.lease_until_s == NEVER_S, ports.rating_w, leased_w)
    most_w = np.minimum(allowed_w, ports.rating_w)
    wanted_w = np.where(state.wanted_wh > NOTHING_WH, state.wanted_wh * SECONDS_PER_HOUR, 0.0)
    ends_in_two = (wanted_w > most_w) & (wanted_w < 2 * most_w)
    return np.where(ends_in_two, wanted_w / 2, np.minimum(most_w, wanted_w))


def steady_s(state: ChargersState, power: Floats) -> float:
    """Return for how many whole seconds every port can hold its power, with one more left."""
    drawing = power > NOTHING_W
    if not drawing.any():
        return inf
    hours = float((state.wanted_wh[drawing] / power[drawing]).min())
    return max(1, floor(hours * SECONDS_PER_HOUR) - 1)


def after(state: ChargersState, power: Floats, seconds: int) -> ChargersState:
    """Return the ports after `power` was held for `seconds`."""
    energy_wh = power * (seconds / SECONDS_PER_HOUR)
    return replace(
        state,
        delivered_wh=state.delivered_wh + energy_wh,
        wanted_wh=np.maximum(state.wanted_wh - energy_wh, 0.0),
    )
