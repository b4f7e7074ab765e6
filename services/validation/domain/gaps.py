"""Which points are silent: no reading for longer than their readings usually are apart (§11.9).

A partition says when it heard each point last, how far apart readings come and until when it has
listened. Whoever puts partitions together believes, point by point, the one that heard it last, up
to when that one has listened: what a partition has not been told yet makes no point silent.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.energy.names import UNKNOWN
from services.validation.domain.batch import Times, Values
from services.validation.domain.rules import Rules
from services.validation.domain.state import NEVER_US, State

SILENT_PERIODS = 3.0
"""Two readings in a row may be lost or late before a point is silent."""
LEARNED_FROM = 16
"""So many of the newest readings teach the period; fewer than half of them teach nothing."""
AT_ONCE = 2048
"""Points whose steps stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Row i is a point: its newest event time, and its learned period, infinite where unknown.

    All of it as of `until_us`: what had arrived by then is in it.
    """

    point_ids: tuple[str, ...]
    newest_us: Times
    period_us: Values
    until_us: int


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Row i is a silent point: its row in the rules, its newest event time, its period."""

    row: npt.NDArray[np.int64]
    since_us: Times
    period_us: Values

    def __len__(self) -> int:
        return len(self.row)


def gaps(state: State, rules: Rules, now_us: int) -> Gaps:
    """Return the points without a reading for more than three of their periods at `now_us`."""
    return silent([heard(state, now_us)], rules)


def heard(state: State, until_us: int) -> Heard:
    """Return when each point was heard last; one that never was has not begun and is left out.

    The period is the median of the newest steps.
    """
    rows = np.flatnonzero(state.count)
    names = tuple(state.point_ids[row] for row in rows.tolist())
    return Heard(names, state.newest_us[rows], _learned_us(state, rows), until_us)


def silent(partitions: Iterable[Heard], rules: Rules) -> Gaps:
    """Return the points that nobody has heard for more than three periods.

    The period is the declared one (`period_s`), whatever was learned, or else that of the partition
    that heard the point last and has learned one.
    """
    newest_us = np.full(len(rules), NEVER_US)
    until_us = np.full(len(rules), NEVER_US)
    learned_us = np.full(len(rules), np.inf)
    for one in partitions:
        row = rules.rows_of(one.point_ids)
        known = row != UNKNOWN
        row, newest, period = row[known], one.newest_us[known], one.period_us[known]
        later = newest > newest_us[row]
        says = np.isfinite(period) & (later | np.isinf(learned_us[row]))
        learned_us[row[says]] = period[says]
        until_us[row[later]] = one.until_us
        newest_us[row[later]] = newest[later]
    period_us = np.where(np.isnan(rules.period_us), learned_us, rules.period_us)
    waited_us = np.where(newest_us == NEVER_US, 0, until_us - newest_us)
    found = np.flatnonzero(waited_us > SILENT_PERIODS * period_us)
    return Gaps(found, newest_us[found], period_us[found])


def _learned_us(state: State, rows: npt.NDArray[np.int64]) -> Values:
    """Return how far apart these points' readings usually are, infinite where that is unknown."""
    learned_us = np.empty(len(rows))
    for first in range(0, len(rows), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        learned_us[some] = _median_steps_us(state, rows[some])
    return learned_us


def _median_steps_us(state: State, points: npt.NDArray[np.int64]) -> Values:
    """Return the median of each point's newest steps; readings of one time are no step."""
    rank = np.arange(-min(LEARNED_FROM, state.depth), 0)
    count = state.count[points, np.newaxis]
    places = (state.start[points, np.newaxis] + count + rank) % state.depth
    steps = np.diff(state.time_us[places + points[:, np.newaxis] * state.depth], axis=1)
    told = (steps > 0) & (count + rank[:-1] >= 0)
    usable = told.sum(axis=1)
    rising = np.sort(np.where(told, steps, np.inf), axis=1)
    row = np.arange(len(points))
    middle_us = (rising[row, (usable - 1) // 2] + rising[row, usable // 2]) / 2
    return np.where(usable >= len(rank) // 2, middle_us, np.inf)
