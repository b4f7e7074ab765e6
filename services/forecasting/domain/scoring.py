"""How good past forecasts of a quarter were, against what anyone could have said."""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.series import QUARTERS_A_DAY, Floats, Series

HORIZON_HOURS = (1, 4, 12, 24)


@dataclass(frozen=True, slots=True, eq=False)
class PastForecast:
    """What one issue said of one point: powers of the quarters from `start_quarter` on."""

    start_quarter: int
    p10_w: Floats
    p50_w: Floats
    p90_w: Floats


@dataclass(frozen=True, slots=True)
class Score:
    """Mean absolute errors of one quarter's forecasts of one horizon class; None unknown."""

    point_id: str
    quarter: int
    horizon_hours: int
    cases: int
    p50_error_w: float
    persistence_error_w: float | None
    day_ago_error_w: float | None
    in_band_share: float


def score_quarter(
    point_id: str, quarter: int, truth: Series, forecasts: list[PastForecast]
) -> list[Score]:
    """Return one score per horizon class that has forecasts; none while the truth is unknown."""
    actual_w = _at(truth, quarter)
    if np.isnan(actual_w):
        return []
    scores = []
    shortest = 0
    for hours in HORIZON_HOURS:
        longest = hours * 4
        fitting = [f for f in forecasts if shortest <= quarter - f.start_quarter < longest]
        shortest = longest
        if fitting:
            scores.append(_score(point_id, quarter, hours, actual_w, truth, fitting))
    return scores


def _score(
    point_id: str,
    quarter: int,
    hours: int,
    actual_w: float,
    truth: Series,
    forecasts: list[PastForecast],
) -> Score:
    at = [quarter - f.start_quarter for f in forecasts]
    low = np.array([f.p10_w[i] for f, i in zip(forecasts, at, strict=True)])
    middle = np.array([f.p50_w[i] for f, i in zip(forecasts, at, strict=True)])
    high = np.array([f.p90_w[i] for f, i in zip(forecasts, at, strict=True)])
    held = np.array([_at(truth, f.start_quarter - 1) for f in forecasts])
    day_ago = abs(_at(truth, quarter - QUARTERS_A_DAY) - actual_w)
    known = np.isfinite(held)
    return Score(
        point_id=point_id,
        quarter=quarter,
        horizon_hours=hours,
        cases=len(forecasts),
        p50_error_w=float(np.abs(middle - actual_w).mean()),
        persistence_error_w=float(np.abs(held[known] - actual_w).mean()) if known.any() else None,
        day_ago_error_w=None if np.isnan(day_ago) else float(day_ago),
        in_band_share=float(((low <= actual_w) & (actual_w <= high)).mean()),
    )


def _at(series: Series, quarter: int) -> float:
    position = quarter - series.first_quarter
    inside = 0 <= position < len(series.power_w)
    return float(series.power_w[position]) if inside else float("nan")
