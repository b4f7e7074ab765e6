"""Means over the steps before each origin, for many origins at once."""

import numpy as np

from services.forecasting.domain.series import Floats, Ints


class Running:
    """Sums of a column with NaN left out, ready for any window."""

    def __init__(self, value: Floats) -> None:
        known = np.isfinite(value)
        self._sum = np.concatenate(([0.0], np.cumsum(np.where(known, value, 0.0))))
        self._count = np.concatenate(([0], np.cumsum(known)))

    def mean(self, origins: Ints, steps: int) -> Floats:
        """Return the mean of the last `steps` rows before each origin, NaN where none is known."""
        begin = np.maximum(origins - steps, 0)
        number = self._count[origins] - self._count[begin]
        total = self._sum[origins] - self._sum[begin]
        mean: Floats = np.full(len(origins), np.nan)
        np.divide(total, number, out=mean, where=number > 0)
        return mean


def newest_known(value: Floats) -> Ints:
    """Return for each origin 0..rows the position of the newest known value before it, or -1."""
    position = np.where(np.isfinite(value), np.arange(len(value)), -1)
    return np.concatenate(([-1], np.maximum.accumulate(position))) if len(value) else np.array([-1])
