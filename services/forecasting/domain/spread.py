"""How far off the blend was: bands from its past errors, by horizon and by time of day.

An error is first measured against the usual size of errors at that local hour (workday or free
day), then pooled per block of horizons. So noon and night of a PV plant do not mix, and a few
weeks are enough for quantiles.
"""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.blend import CENTRES, across_horizons, block_slice
from services.forecasting.domain.model import steps
from services.forecasting.domain.series import QUARTERS_A_DAY, Floats, Ints, Series
from services.forecasting.domain.targets import Shape

LEVELS = (0.1, 0.5, 0.9)
GROUPS = 48
# A free day's hour borrows from that hour of all days as if it had seen it this many days more.
BORROWED_CASES = 2 * QUARTERS_A_DAY
# From so many days of past errors on, nothing is left of the first ignorance.
ENOUGH_DAYS = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What to add to the blend for P10, P50 and P90 at the next steps, each `(HORIZON,)`."""

    p10_w: Floats
    p50_w: Floats
    p90_w: Floats


def spread(errors_w: Floats, origins: Ints, series: Series, shape: Shape) -> Spread:
    """Return the offsets learnt from truth minus blend, `(origins, HORIZON)`, NaN unknown."""
    group = (
        series.calendar.group if shape is not Shape.WIND else np.zeros_like(series.calendar.group)
    )
    usual_w = _usual_size(errors_w, group[steps(origins)])
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = errors_w / usual_w[group[steps(origins)]]
    relative[~np.isfinite(relative)] = np.nan
    per_block = np.array([_quantiles(relative[:, block_slice(b)]) for b in range(len(CENTRES))])
    ahead_w = usual_w[group[len(series.power_w) :]]
    factor = _widening(errors_w, origins)
    low, middle, high = across_horizons(per_block.T) * ahead_w
    return Spread(middle + (low - middle) * factor, middle, middle + (high - middle) * factor)


def at_least(learnt: Spread, unknown: Spread, origins: Ints) -> Spread:
    """Return the learnt band, no narrower than the part of ignorance that is still left."""
    left = max(0.0, 1.0 - _days(origins) / ENOUGH_DAYS)
    return Spread(
        np.minimum(learnt.p10_w, left * unknown.p10_w),
        learnt.p50_w,
        np.maximum(learnt.p90_w, left * unknown.p90_w),
    )


def unknown_spread(series: Series, blend_w: Floats) -> Spread:
    """Return wide offsets for a series with no past errors: half the level or its variation."""
    known = series.power_w[np.isfinite(series.power_w)]
    width = np.maximum(0.5 * np.abs(blend_w), 2.0 * float(known.std()) if len(known) else 0.0)
    return Spread(-width, np.zeros_like(width), width)


def _usual_size(errors_w: Floats, group: Ints) -> Floats:
    """Return the mean absolute error of each group, `(GROUPS,)`."""
    known = np.isfinite(errors_w)
    size, group = np.abs(errors_w[known]), group[known]
    total = np.bincount(group, size, GROUPS)
    count = np.bincount(group, minlength=GROUPS)
    hour_total = np.tile(total.reshape(2, -1).sum(axis=0), 2)
    hour_count = np.tile(count.reshape(2, -1).sum(axis=0), 2)
    anywhere = np.full(GROUPS, size.mean() if len(size) else 0.0)
    hour = np.divide(hour_total, hour_count, out=anywhere, where=hour_count > 0)
    usual: Floats = (total + BORROWED_CASES * hour) / (count + BORROWED_CASES)
    return usual


def _quantiles(relative: Floats) -> Floats:
    known = relative[np.isfinite(relative)]
    return np.quantile(known, LEVELS) if len(known) else np.zeros(len(LEVELS))


def _widening(errors_w: Floats, origins: Ints) -> float:
    """Return how much wider a band from few days must be than one from many."""
    return float(np.sqrt(1.0 + 2.0 / max(_days(origins), 0.25)))


def _days(origins: Ints) -> float:
    """Return how many days past origins span; 0 without any."""
    return float(origins[-1] - origins[0] + 1) / QUARTERS_A_DAY if len(origins) else 0.0
