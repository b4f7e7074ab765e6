"""One series' forecast: models, weighted by their past, banded by their past, kept physical."""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.blend import weights
from services.forecasting.domain.model import Model, steps
from services.forecasting.domain.naive import models_for
from services.forecasting.domain.series import (
    HORIZON,
    QUARTERS_A_DAY,
    Floats,
    Ints,
    Series,
    quarter_start,
)
from services.forecasting.domain.spread import Spread, at_least, spread, unknown_spread
from services.forecasting.domain.targets import Shape, Target

ORIGIN_STEP = 4  # past origins an hour apart
LONGEST_PAST_DAYS = 28
# Origins whose models had less than this before them would teach the wrong weights.
WARM_UP_DAYS = 8
ENOUGH_DAYS = 8.0
FRESH_QUARTERS = 4
DARK_DAYS = 14
# A demand may grow beyond what was ever seen, but not without bound.
HEADROOM = 1.25
RESOLUTION_DIGITS = 1


@dataclass(frozen=True, slots=True, eq=False)
class PointForecast:
    """Mean powers of the HORIZON quarters from `start_quarter` on; p10 <= p50 <= p90."""

    point_id: str
    start_quarter: int
    p10_w: Floats
    p50_w: Floats
    p90_w: Floats
    method: str
    history_days: float
    caveat: str


def forecast(series: Series, target: Target) -> PointForecast | None:
    """Return the forecast that begins where the series ends; None when it has no value at all."""
    if not np.isfinite(series.power_w).any():
        return None
    models = models_for(target.shape)
    origins = past_origins(series)
    paths_w = all_paths_w(models, series, np.append(origins, len(series.power_w)))
    errors_w = truth_w(series, origins)[None] - paths_w[:, :-1]
    share = weights(errors_w)
    blend_w = (share * paths_w[:, -1]).sum(axis=0)
    blended_errors_w = (share[:, None, :] * errors_w).sum(axis=0)
    band = unknown_spread(series, blend_w)
    if np.isfinite(blended_errors_w).any():
        learnt = spread(blended_errors_w, origins, series, target.shape)
        band = at_least(learnt, band, origins)
    low, middle, high = (_physical(w, series, target) for w in _sorted(blend_w, band))
    return PointForecast(
        point_id=target.point_id,
        start_quarter=series.end_quarter,
        p10_w=low,
        p50_w=middle,
        p90_w=high,
        method="+".join(model.name for model in models),
        history_days=round(series.history_days, 2),
        caveat=_caveat(series),
    )


def past_origins(series: Series) -> Ints:
    """Return the positions from which the past is forecast again, an hour apart, oldest first."""
    end = len(series.power_w)
    begun = int(np.flatnonzero(np.isfinite(series.power_w))[0])
    warm = begun + min(WARM_UP_DAYS * QUARTERS_A_DAY, (end - begun) // 2)
    first = max(warm, end - LONGEST_PAST_DAYS * QUARTERS_A_DAY, begun + 1)
    return np.arange(end - ORIGIN_STEP, first - 1, -ORIGIN_STEP, dtype=np.int64)[::-1]


def all_paths_w(models: tuple[Model, ...], series: Series, origins: Ints) -> Floats:
    """Return every model's paths `(models, origins, HORIZON)` without NaN.

    A model with nothing to say says what the others mean; when none says anything, the mean of
    all that was known before the origin stands in.
    """
    paths_w = np.array([model.paths_w(series, origins) for model in models])
    known = np.isfinite(paths_w)
    count = known.sum(axis=0)
    mean_w = np.where(known, paths_w, 0.0).sum(axis=0) / np.maximum(count, 1)
    stand_in = np.where(count > 0, mean_w, _mean_before_w(series, origins)[:, None])
    return np.where(known, paths_w, stand_in[None])


def truth_w(series: Series, origins: Ints) -> Floats:
    """Return what came after each origin `(origins, HORIZON)`, NaN where it is not known yet."""
    padded = np.concatenate((series.power_w, np.full(HORIZON, np.nan)))
    return padded[steps(origins)]


def _mean_before_w(series: Series, origins: Ints) -> Floats:
    known = np.isfinite(series.power_w)
    sums = np.concatenate(([0.0], np.cumsum(np.where(known, series.power_w, 0.0))))
    counts = np.concatenate(([0], np.cumsum(known)))
    mean: Floats = sums[origins] / np.maximum(counts[origins], 1)
    return mean


def _sorted(blend_w: Floats, band: Spread) -> Floats:
    ways = np.array([blend_w + band.p10_w, blend_w + band.p50_w, blend_w + band.p90_w])
    return np.sort(ways, axis=0)


def _physical(power_w: Floats, series: Series, target: Target) -> Floats:
    """Return the powers within the device's rating and what the sky allows, to 0.1 W."""
    highest_w = target.highest_w
    if target.shape is Shape.DEMAND:
        highest_w = min(highest_w, HEADROOM * float(np.nanmax(np.abs(series.power_w))))
    bounded = np.clip(power_w, target.lowest_w, highest_w)
    if target.shape is Shape.SUN:
        bounded = np.where(_dark(series), 0.0, bounded)
    return np.round(bounded, RESOLUTION_DIGITS) + 0.0  # never minus zero


def _dark(series: Series) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which of the next steps fall where the last days, a quarter around, were all dark."""
    of_day = series.calendar.quarter_of_day
    recent = slice(max(0, len(series.power_w) - DARK_DAYS * QUARTERS_A_DAY), len(series.power_w))
    bright, seen = np.zeros(QUARTERS_A_DAY, bool), np.zeros(QUARTERS_A_DAY, bool)
    known = np.isfinite(series.power_w[recent])
    seen[of_day[recent][known]] = True
    bright[of_day[recent][known & (series.power_w[recent] != 0.0)]] = True
    around = bright | np.roll(bright, 1) | np.roll(bright, -1)
    mask: np.ndarray[tuple[int], np.dtype[np.bool_]] = (seen & ~around)[
        of_day[len(series.power_w) :]
    ]
    return mask


def _caveat(series: Series) -> str:
    reasons = []
    if series.history_days < ENOUGH_DAYS:
        reasons.append(f"only {series.history_days:.1f} days of history")
    if (age := series.newest_age_quarters) >= FRESH_QUARTERS:
        begun = quarter_start(series.end_quarter - age)
        reasons.append(f"no readings since {begun:%Y-%m-%dT%H:%MZ}")
    return "; ".join(reasons)
