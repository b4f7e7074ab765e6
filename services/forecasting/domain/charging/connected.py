"""The next hours of a fleet: vehicles plugged in now go on by their courses, others usually come.

What usually comes is what like days brought from the same time on, beyond the vehicles that were
plugged in then. That and the outlook are mixed per block of horizons by what each said in the last
weeks, as it was issued; the outlook alone serves where the other is not clearly better.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.charging.words import QUARTER_MIN
from services.forecasting.domain.outlook.answering import Outlook
from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.look_back import newest_mean
from services.forecasting.domain.series import QUARTERS_A_DAY, Floats, Ints, Series

AHEAD = 16
"""Quarter hours; later than that nearly everybody is still to come (docs/forecasting.md)."""
BLOCKS = (slice(0, 1), slice(1, 4), slice(4, 8), slice(8, AHEAD))
LOOK_BACK_DAYS, LIKE_DAYS = 28, 8
FEWEST_ISSUES = 96
CLEARLY = 0.98
WEIGHTS = np.linspace(0.0, 1.0, 11)
NARROWEST, WIDEST = 0.3, 1.2
INSIDE = 0.82  # of the past's truths, whose weights were chosen on them
NOTHING_W = 1.0
NAME = "sessions"

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What was said at issues, `(issues, AHEAD)` from each on, W; NaN unknown.

    `course_w` is what vehicles plugged in would draw, `own_w` with those who usually come,
    `outlook_w` `(issues, 3, AHEAD)` the outlook's P10, P50, P90.
    """

    quarter: Ints
    course_w: Floats
    own_w: Floats
    outlook_w: Floats

    def courses_at(self, quarters: Ints) -> Floats:
        """Return what was plugged in at these issues, NaN where none was made."""
        row_of = {int(quarter): row for row, quarter in enumerate(self.quarter)}
        found = np.full((len(quarters), AHEAD), np.nan)
        for place, quarter in enumerate(quarters):
            if (row := row_of.get(int(quarter))) is not None:
                found[place] = self.course_w[row]
        return found


def like_days(issue_quarter: int, zone: ZoneInfo, holidays: str | None) -> Bools:
    """Return which earlier days, `(days, AHEAD)`, are worked or free as an issue's quarters."""
    back = QUARTERS_A_DAY * np.arange(LOOK_BACK_DAYS + 1)[:, None]
    quarter = issue_quarter + np.arange(AHEAD) - back
    days = Days.of(QUARTER_MIN * quarter.ravel(), zone, holidays)
    free = days.free.reshape(quarter.shape)
    like: Bools = free[1:] == free[0]
    return like


def own_w(course_w: Floats, said: Said, series: Series, like: Bools) -> Floats:
    """Return the power of vehicles plugged in and of those who usually come, NaN unknown."""
    then = series.end_quarter - QUARTERS_A_DAY * np.arange(1, LOOK_BACK_DAYS + 1)
    return course_w + newest_mean(truth_w(series, then) - said.courses_at(then), like, LIKE_DAYS)


def told(outlook: Outlook, own: Floats, said: Said, series: Series, highest_w: float) -> Outlook:
    """Return the outlook with what its first hours have to learn of vehicles that are there."""
    came = truth_w(series, said.quarter)
    quantiles, weights = outlook.quantiles.copy(), []
    for block in BLOCKS:
        weight, width = _trust(said, came, block)
        low, middle, high = outlook.quantiles[:, block]
        mixed = _mixed(weight, own[block], middle)
        wide = np.where(np.isfinite(own[block]), width, 1.0)
        bands = [mixed - wide * (middle - low), mixed, mixed + wide * (high - middle)]
        quantiles[:, block] = np.clip(bands, 0.0, highest_w)
        weights += [weight * float(np.isfinite(own[block]).mean())] * (block.stop - block.start)
    share = sum(weights) / quantiles.shape[1]
    others = {name: (1.0 - share) * weight for name, weight in outlook.weight.items()}
    return Outlook(quantiles, {**others, NAME: share} if share else outlook.weight)


def truth_w(series: Series, quarters: Ints) -> Floats:
    """Return what came from each quarter on, `(quarters, AHEAD)`, NaN unknown."""
    place = quarters[:, None] + np.arange(AHEAD) - series.first_quarter
    inside = (place >= 0) & (place < len(series.power_w))
    found = np.full(place.shape, np.nan)
    found[inside] = series.power_w[place[inside]]
    return found


def _trust(said: Said, came: Floats, block: slice) -> tuple[float, float]:
    """Return the weight of our own word in a block, and how wide bands are of the outlook's."""
    own, came = said.own_w[:, block], came[:, block]
    low, middle, high = np.moveaxis(said.outlook_w[:, :, block], 1, 0)
    known = np.isfinite(own) & np.isfinite(middle) & np.isfinite(came)
    if known.any(axis=1).sum() < FEWEST_ISSUES:
        return 0.0, 1.0
    own, came, low, middle, high = (part[known] for part in (own, came, low, middle, high))
    errors = [np.abs(weight * own + (1.0 - weight) * middle - came).mean() for weight in WEIGHTS]
    best = int(np.argmin(errors))
    if errors[best] >= CLEARLY * errors[0]:
        return 0.0, 1.0
    weight = float(WEIGHTS[best])
    off = came - _mixed(weight, own, middle)
    reach = np.maximum(np.where(off > 0.0, high - middle, middle - low), NOTHING_W)
    width = min(max(float(np.quantile(np.abs(off) / reach, INSIDE)), NARROWEST), WIDEST)
    mixed = came - off
    ours = _loss(came, mixed - width * (middle - low), mixed, mixed + width * (high - middle))
    return (weight, width) if ours < _loss(came, low, middle, high) else (0.0, 1.0)


def _loss(came: Floats, low: Floats, middle: Floats, high: Floats) -> float:
    """Return the quantile loss of P10, P50 and P90 together."""
    over, under = came - low, high - came
    outer = np.maximum(0.1 * over, -0.9 * over) + np.maximum(0.1 * under, -0.9 * under)
    return float((outer + 0.5 * np.abs(came - middle)).mean())


def _mixed(weight: float, own: Floats, middle: Floats) -> Floats:
    return np.where(np.isfinite(own), weight * own + (1.0 - weight) * middle, middle)
