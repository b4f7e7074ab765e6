"""Which points are silent: no reading for longer than their readings usually are apart (§11.9)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.validation.domain.batch import Times, Values
from services.validation.domain.rules import Rules
from services.validation.domain.state import State

SILENT_PERIODS = 3.0
"""Two readings in a row may be lost or late before a point is silent."""
LEARNED_FROM = 16
"""So many of the newest readings teach the period; fewer than half of them teach nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Row i is a silent point: its row in the rules, its newest event time, its usual period."""

    row: npt.NDArray[np.int64]
    since_us: Times
    period_us: Values

    def __len__(self) -> int:
        return len(self.row)


def gaps(state: State, rules: Rules, now_us: int) -> Gaps:
    """Return the points without a reading for more than three of their periods at `now_us`.

    The period is the declared one (`period_s`) or the median of the newest steps. A point that
    was never heard of has no gap: it has not begun.
    """
    period_us = periods_us(state, rules)
    heard = state.count > 0
    silent_us = now_us - np.where(heard, state.newest_us, now_us)
    row = np.flatnonzero(silent_us > SILENT_PERIODS * period_us)
    return Gaps(row, state.newest_us[row], period_us[row])


def periods_us(state: State, rules: Rules) -> Values:
    """Return how far apart each point's readings usually are, infinite where that is unknown."""
    declared_us = np.array([point.period_s for point in rules.of_point], np.float64) * 1e6
    return np.where(np.isnan(declared_us), _learned_us(state), declared_us)


def _learned_us(state: State) -> Values:
    rank = np.arange(-min(LEARNED_FROM, state.depth), 0)
    at = (state.start + state.count)[:, np.newaxis] + rank
    places = at % state.depth + np.arange(len(state.count))[:, np.newaxis] * state.depth
    known = state.count[:, np.newaxis] + rank >= 0
    steps = np.diff(state.time_us[places], axis=1).astype(np.float64)
    usable = known[:, 1:] & known[:, :-1] & (steps > 0)
    enough = usable.sum(axis=1) >= len(rank) // 2
    learned = np.full(len(state.count), np.inf)
    if enough.any():
        steps = np.where(usable, steps, np.nan)
        learned[enough] = np.nanmedian(steps[enough], axis=1)
    return learned
