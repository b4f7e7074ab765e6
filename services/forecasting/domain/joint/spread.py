"""A series' distribution at each step, through its P10, P50 and P90: two half normals."""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.joint.normal import score_of
from services.forecasting.domain.series import Floats

_OUTER = score_of(0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Quantiles `(3, steps)`: P10, P50, P90, in order; what is drawn stays in the bounds."""

    quantiles: Floats
    lowest: float = -np.inf
    highest: float = np.inf

    def at_level(self, level: float) -> Floats:
        """Return the quantile of a level in (0, 1), `(steps,)`: at 0.1, 0.5, 0.9 the given one."""
        return self.at(np.full(self.quantiles.shape[1], score_of(level)))

    def at(self, score: Floats) -> Floats:
        """Return the powers at normal scores `(…, steps)`: a higher score is never lower."""
        low, middle, high = self.quantiles
        away = score / _OUTER
        found = middle + np.where(away > 0.0, (high - middle) * away, (middle - low) * away)
        bounded: Floats = np.clip(found, self.lowest, self.highest) + 0.0
        return bounded
