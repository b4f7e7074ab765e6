"""A series' distribution at each step, through its P10, P50 and P90: two half normals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.joint.normal import score_of
from services.forecasting.domain.series import Floats

_OUTER = score_of(0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Quantiles `(3, steps)`: P10, P50, P90, in order; what is drawn stays in the bounds, which are
    one number or one a step.
    """

    quantiles: Floats
    lowest: float | Floats = -np.inf
    highest: float | Floats = np.inf

    @classmethod
    def within(
        cls, quantiles: Floats, lowest: float, highest: float, share: Sequence[float]
    ) -> "Spread":
        """Return the spread of what can run of a device with these bounds; all, without a share."""
        if not share:
            return cls(quantiles, lowest, highest)
        part = np.array(share)
        bounds = (part * bound if np.isfinite(bound) else bound for bound in (lowest, highest))
        return cls(quantiles, *bounds)

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
