"""Horizons in blocks, fine where errors grow fast and coarse later: what is learnt per horizon."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.forecasting.domain.series import Floats, Ints

GROWTH = 1.6


@dataclass(frozen=True)
class Blocks:
    """Borders in steps; block i holds horizons in `borders[i] .. borders[i + 1] - 1`."""

    borders: tuple[int, ...]
    horizons: tuple[int, ...]

    @classmethod
    def over(cls, horizons: tuple[int, ...]) -> "Blocks":
        """Return blocks that each hold at least one of the horizons."""
        candidates = [1]
        while candidates[-1] <= max(horizons):
            candidates.append(max(candidates[-1] + 1, round(candidates[-1] * GROWTH)))
        asked = np.array(sorted(horizons))
        held = np.searchsorted(candidates, asked, side="right") - 1
        kept = sorted({candidates[i] for i in held})
        return cls((*kept, candidates[-1]), tuple(sorted(horizons)))

    def __len__(self) -> int:
        return len(self.borders) - 1

    def of(self, horizon: Ints) -> Ints:
        """Return each horizon's block."""
        return np.searchsorted(self.borders, horizon, side="right") - 1

    @cached_property
    def centres(self) -> Floats:
        """The mean of the horizons of each block."""
        asked = np.array(self.horizons)
        block = self.of(asked)
        return np.array([asked[block == i].mean() for i in range(len(self))])

    def across(self, per_block: Floats, horizon: Ints) -> Floats:
        """Return rows of block values `(rows, blocks)` at horizons, linear between centres."""
        return np.array([np.interp(horizon, self.centres, row) for row in per_block])
