"""Recorded charging sessions: who is plugged in where, what the vehicle takes, when it leaves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions as columns (sessions,), sorted by port and arrival; `port` counts from 0.

    `wanted_wh` is what the vehicle took in the record: with a port to itself it never takes more.
    Two sessions of one port never overlap.
    """

    port: NDArray[np.int64]
    arrival_s: NDArray[np.int64]
    departure_s: NDArray[np.int64]
    announced_s: NDArray[np.int64]
    wanted_wh: NDArray[np.float64]
    changes_s: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        port: NDArray[np.int64],
        arrival_s: NDArray[np.int64],
        departure_s: NDArray[np.int64],
        announced_s: NDArray[np.int64],
        wanted_wh: NDArray[np.float64],
    ) -> "Sessions":
        """Return the sessions sorted; ValueError names a port used by two vehicles at once."""
        order = np.lexsort((arrival_s, port))
        port, arrival_s, departure_s = port[order], arrival_s[order], departure_s[order]
        overlaps = (port[1:] == port[:-1]) & (arrival_s[1:] < departure_s[:-1])
        if overlaps.any():
            at = int(np.flatnonzero(overlaps)[0])
            raise ValueError(
                f"port {port[at]} has two vehicles at {arrival_s[at + 1]}: "
                f"the first leaves at {departure_s[at]}; correct the session file"
            )
        changes_s = np.unique(np.concatenate((arrival_s, departure_s)))
        return cls(port, arrival_s, departure_s, announced_s[order], wanted_wh[order], changes_s)

    def next_change_s(self, at_s: int) -> int | None:
        """Return the first arrival or departure after `at_s`, None after the last."""
        index = int(np.searchsorted(self.changes_s, at_s, side="right"))
        return int(self.changes_s[index]) if index < len(self.changes_s) else None

    def changes_at(self, at_s: int) -> bool:
        """Whether a vehicle arrives or leaves in this very second."""
        index = int(np.searchsorted(self.changes_s, at_s))
        return index < len(self.changes_s) and int(self.changes_s[index]) == at_s

    def plugged_in(self, at_s: int, ports: int) -> NDArray[np.int64]:
        """Return the session of every port at `at_s`, NOBODY where it is free, (ports,)."""
        here = np.flatnonzero((self.arrival_s <= at_s) & (at_s < self.departure_s))
        session = np.full(ports, NOBODY, dtype=np.int64)
        session[self.port[here]] = here
        return session
