"""Whether one method's errors are smaller than another's on the mean over all series, or by luck.

The test of Diebold and Mariano: the unit is the issue, its difference is that of the two methods'
mean losses over the issued window, as a share of the best naive method's. Neighbouring issues may
err alike (Bartlett weights over LAGS of them); series come from different places and years and are
taken as independent.
"""

from math import erfc, sqrt

import numpy as np

from services.forecasting.domain.series import Floats
from tests.bench.forecasts.scores import Scored

LAGS = 3


def luck(scored: list[Scored], rival: str, loss: str) -> float:
    """Return the two-sided probability of so large a mean difference among equally good methods."""
    differences = [_difference(series, rival, loss) for series in scored]
    mean = float(np.mean([d.mean() for d in differences]))
    variance = sum(_variance_of_mean(d) for d in differences) / len(differences) ** 2
    return erfc(abs(mean) / sqrt(2.0 * variance)) if variance > 0.0 else 1.0


def _difference(series: Scored, rival: str, loss: str) -> Floats:
    """Return ours less theirs by issue, where both spoke and something came."""
    ours, theirs = series.losses("ours", loss), series.losses(rival, loss)
    both = np.isfinite(ours) & np.isfinite(theirs)
    size = np.nanmean(series.losses(series.best_naive("day"), loss))
    return np.asarray((ours - theirs)[both] / size, np.float64)


def _variance_of_mean(difference: Floats) -> float:
    """Return the variance of the mean of a series whose neighbours may be alike."""
    off, count = difference - difference.mean(), len(difference)
    total = float(off @ off)
    for lag in range(1, min(LAGS, count - 1) + 1):
        total += 2.0 * (1.0 - lag / (LAGS + 1)) * float(off[lag:] @ off[:-lag])
    return max(total, 0.0) / count**2
