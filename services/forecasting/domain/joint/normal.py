"""Scores of the normal distribution, without a library that takes long to load."""

from functools import lru_cache
from statistics import NormalDist

import numpy as np

from services.forecasting.domain.series import Floats

_NORMAL = NormalDist()


def score_of(level: float) -> float:
    """Return how many standard deviations from the middle the level in (0, 1) lies."""
    return _NORMAL.inv_cdf(level)


@lru_cache(maxsize=512)
def scores_by_rank(count: int) -> Floats:
    """Return the scores of ranks 0 .. count - 1, spread evenly over all levels."""
    scores = np.array([score_of((rank + 0.5) / count) for rank in range(count)])
    scores.setflags(write=False)
    return scores
