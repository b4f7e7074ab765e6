"""A series' distribution at each step, through its P10, P50 and P90: two half normals."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from services.forecasting.domain.series import Floats

_OUTER = float(ndtri(0.9))


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Quantiles `(3, steps)`: P10, P50, P90, in order; what is drawn stays in the bounds."""

    quantiles: Floats
    lowest: float = -np.inf
    highest: float = np.inf

    def at(self, levels: Floats) -> Floats:
        """Return the powers at levels in (0, 1), `(…, steps)` or `(…, 1)`, never crossing.

        At 0.1, 0.5 and 0.9 they are the quantiles themselves.
        """
        low, middle, high = self.quantiles
        away = ndtri(levels) / _OUTER
        found = middle + np.where(away > 0.0, (high - middle) * away, (middle - low) * away)
        bounded: Floats = np.clip(found, self.lowest, self.highest) + 0.0
        return bounded
