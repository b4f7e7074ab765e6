"""How good an issue was over one class of horizons, once all of it has come true.

An issue is scored class by class: the next quarter hour a quarter hour after it, two days ahead two
days after it. What is kept are sums over cells (a point's quarter hour), so that scores of any
days, hours and points add up; a share or a mean is taken of sums only (`tally.py`).
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.series import QUARTERS_A_DAY, Floats, Ints

WEEK = 7 * QUARTERS_A_DAY
LAST_KNOWN = 4
"""Quarters back in which a value still is the last one."""
DARK_SHARE = 0.005
"""Of a plant's largest production; where all stays below it there is no daylight to forecast."""

Bools = NDArray[np.bool_]


class HorizonClass(IntEnum):
    """Horizons that are scored together; the value is the last of them, in quarter hours."""

    QUARTER = 1
    HOUR = 4
    FOUR_HOURS = 16
    HALF_DAY = 48
    DAY = 96
    TWO_DAYS = 192

    @property
    def first(self) -> int:
        """Return the first horizon: the one after the next shorter class."""
        return _FIRST[self]


_FIRST = {HorizonClass.QUARTER: 1} | {
    longer: shorter + 1 for shorter, longer in pairwise(HorizonClass)
}
SCORED_AHEAD = max(HorizonClass)
SCORES_KEPT = timedelta(days=92)
"""For so long scores and their daily sums are kept, and can be asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What one issue said at `horizons` (steps from 1), each `(points, horizons)`; NaN nothing."""

    issue_quarter: int
    point_ids: tuple[str, ...]
    horizons: Ints
    p10_w: Floats
    p50_w: Floats
    p90_w: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Truths:
    """What came, `(points, quarters)` from `first_quarter` on, NaN unknown.

    `sun` marks the points that are counted in daylight only.
    """

    first_quarter: int
    row: dict[str, int]
    power_w: Floats
    sun: Bools

    def at(self, rows: Ints, quarters: Ints) -> Floats:
        """Return values `(rows, quarters)`; NaN outside of what is held."""
        place = quarters - self.first_quarter
        inside = (place >= 0) & (place < self.power_w.shape[1])
        found = np.full((len(rows), len(quarters)), np.nan)
        found[:, inside] = self.power_w[np.ix_(rows, place[inside])]
        return found

    def last_before(self, rows: Ints, quarter: int) -> Floats:
        """Return each row's newest value in the hour before a quarter, `(rows,)`, NaN without."""
        newest = np.full(len(rows), np.nan)
        for back in range(LAST_KNOWN, 0, -1):
            value = self.at(rows, np.array([quarter - back]))[:, 0]
            newest = np.where(np.isfinite(value), value, newest)
        return newest

    def darkness_w(self, rows: Ints) -> Floats:
        """Return the power below which a row is dark, `(rows, 1)`; 0 where nights are counted."""
        size = np.nan_to_num(np.abs(self.power_w[rows]))
        darkness: Floats = DARK_SHARE * size.max(axis=1, initial=0.0) * self.sun[rows]
        return darkness[:, None]


NAIVES = ("last_value", "day_ago", "week_ago")


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Sums over the counted cells of one issue and one class; every column is `(points,)`.

    `error_w` is |P50 - truth|, `excess_w` P50 - truth, `low_loss_w` and `high_loss_w` the quantile
    losses of P10 and P90, `size_w` |truth|, `inside` how many truths lay in P10..P90. `naive_w` and
    `rival_w`, `(naives, points)`, are |naive - truth| and our error over the cells where that naive
    method had something to say.
    """

    issue_quarter: int
    horizon: HorizonClass
    point_ids: tuple[str, ...]
    cases: Ints
    inside: Ints
    error_w: Floats
    excess_w: Floats
    low_loss_w: Floats
    high_loss_w: Floats
    size_w: Floats
    naive_cases: Ints
    naive_w: Floats
    rival_w: Floats

    def __len__(self) -> int:
        return len(self.point_ids)


def scored(said: Said, horizon: HorizonClass, truths: Truths) -> Scores:
    """Return the scores of what an issue said in a class; points without a cell are left out."""
    known = [point in truths.row for point in said.point_ids]
    rows = np.array([truths.row.get(point, 0) for point in said.point_ids], np.int64)
    quarters = said.issue_quarter + said.horizons - 1
    came = truths.at(rows, quarters)
    counted = np.isfinite(came) & np.isfinite(said.p50_w) & np.array(known, bool)[:, None]
    counted &= ~_dark(said, came, truths.darkness_w(rows))
    error = np.where(counted, np.abs(said.p50_w - came), 0.0)
    off = _naives_off(said, rows, quarters, truths, np.where(counted, came, np.nan))
    answered = np.isfinite(off)
    columns = {
        "cases": counted.sum(axis=1),
        "inside": (counted & (said.p10_w <= came) & (came <= said.p90_w)).sum(axis=1),
        "error_w": error.sum(axis=1),
        "excess_w": _total(said.p50_w - came, counted),
        "low_loss_w": _total(_pinball(said.p10_w, came, 0.1), counted),
        "high_loss_w": _total(_pinball(said.p90_w, came, 0.9), counted),
        "size_w": _total(np.abs(came), counted),
        "naive_cases": answered.sum(axis=2),
        "naive_w": np.where(answered, off, 0.0).sum(axis=2),
        "rival_w": np.where(answered, error, 0.0).sum(axis=2),
    }
    kept = np.flatnonzero(columns["cases"])
    points = tuple(said.point_ids[i] for i in kept)
    taken = {name: column[..., kept] for name, column in columns.items()}
    return Scores(said.issue_quarter, horizon, points, **taken)


def _naives_off(said: Said, rows: Ints, quarters: Ints, truths: Truths, came: Floats) -> Floats:
    """Return how far off each naive method was, `(naives, points, horizons)`, NaN where silent.

    Only what was known at the issue: a day ago is as many whole days back as the horizon needs.
    """
    days = -(-said.horizons // QUARTERS_A_DAY)
    held = np.repeat(truths.last_before(rows, said.issue_quarter)[:, None], len(quarters), axis=1)
    day_ago = truths.at(rows, quarters - days * QUARTERS_A_DAY)
    week_ago = truths.at(rows, quarters - WEEK)
    return np.abs(np.array((held, day_ago, week_ago)) - came)


def _dark(said: Said, came: Floats, darkness_w: Floats) -> Bools:
    """Whether neither what was said nor what came is above darkness; never without a threshold."""
    largest = np.maximum(np.abs(came), np.maximum(np.abs(said.p10_w), np.abs(said.p90_w)))
    dark: Bools = largest < darkness_w
    return dark


def _pinball(quantile_w: Floats, came: Floats, level: float) -> Floats:
    missed = came - quantile_w
    loss: Floats = np.maximum(level * missed, (level - 1.0) * missed)
    return loss


def _total(value: Floats, counted: Bools) -> Floats:
    total: Floats = np.where(counted, value, 0.0).sum(axis=1)
    return total
