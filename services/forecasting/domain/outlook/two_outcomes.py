"""Quantiles of a value of which two outcomes are likely, each known by three quantiles."""

import numpy as np

from services.forecasting.domain.series import Floats

LEVELS = np.array([0.1, 0.5, 0.9])
LOG_ODDS = float(np.log(9.0))  # of the outer levels
HALVINGS = 18
TINY = 1e-9
FARTHEST = 50.0  # logarithm of odds


def of_both(one: Floats, other: Floats, share: Floats) -> Floats:
    """Return P10, P50 and P90 `(levels, cases)`; `share` is how likely `one` is, by case.

    Each outcome is taken as logistic on either side of its P50.
    """
    low, high = (np.repeat(end[None], len(LEVELS), axis=0) for end in _around(one, other))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = share * _under(middle, one) + (1.0 - share) * _under(middle, other)
        less = below < LEVELS[:, None]
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    found: Floats = (low + high) / 2
    return found


def _around(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Return what lies at or below and at or above all that is asked."""
    return np.minimum(one[0], other[0]), np.maximum(one[2], other[2])


def _under(value: Floats, quantiles: Floats) -> Floats:
    """Return how likely less than the value is."""
    off = value - quantiles[1]
    side = np.where(off < 0.0, quantiles[1] - quantiles[0], quantiles[2] - quantiles[1])
    odds = np.clip(LOG_ODDS * off / np.maximum(side, TINY), -FARTHEST, FARTHEST)
    found: Floats = 1.0 / (1.0 + np.exp(-odds))
    return found
