"""The last two days by the minute, and what was said of them: what nowcasts learn from.

A cache only: minutes are read again from the samples, heads from the issues.
"""

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.nowcast.leads import HEAD_QUARTERS, QUARTER_MIN
from services.forecasting.domain.series import Floats, Ints

REMEMBERED_QUARTERS = 192
REMEMBERED_MIN = REMEMBERED_QUARTERS * QUARTER_MIN

Small = NDArray[np.float32]


class Memory:
    """Minute means `(points, REMEMBERED_MIN)` and heads of issues `(points, quarters, 2, …)`:
    the median and the width from P10 to P90.

    Position 0 is the first minute of `first_quarter`; NaN where nothing is known. 39 kB a point.
    """

    def __init__(self, points: int, end_quarter: int) -> None:
        self.first_quarter = end_quarter - REMEMBERED_QUARTERS
        self._minutes: Small = np.full((points, REMEMBERED_MIN), np.nan, np.float32)
        shape = (points, REMEMBERED_QUARTERS, 2, HEAD_QUARTERS)
        self._heads: Small = np.full(shape, np.nan, np.float32)

    @property
    def first_minute(self) -> int:
        """The minute since the epoch at position 0."""
        return self.first_quarter * QUARTER_MIN

    def reach_to(self, minute: int) -> None:
        """Make room for the minutes before `minute`; the oldest quarters fall out."""
        end = -(-minute // QUARTER_MIN)
        if (moved := end - REMEMBERED_QUARTERS - self.first_quarter) <= 0:
            return
        self._minutes = _moved(self._minutes, moved * QUARTER_MIN)
        self._heads = _moved(self._heads, moved)
        self.first_quarter += moved

    def put_minutes(self, point: Ints, minute: Ints, mean: Floats) -> None:
        """Keep minute means; what lies outside is left out."""
        at = minute - self.first_minute
        inside = (at >= 0) & (at < REMEMBERED_MIN)
        self._minutes[point[inside], at[inside]] = mean[inside]

    def put_head(self, quarter: int, quantiles: Floats) -> None:
        """Keep the beginning of the issue made at `quarter`, `(points, 3, quarters)`."""
        at = quarter - self.first_quarter
        if 0 <= at < REMEMBERED_QUARTERS:
            low, middle, high = quantiles[:, :, :HEAD_QUARTERS].transpose(1, 0, 2)
            self._heads[:, at, 0], self._heads[:, at, 1] = middle, high - low

    def before(self, minute: int, count: int) -> Floats:
        """Return the `count` minutes before `minute` of every point, `(points, count)`."""
        end = minute - self.first_minute
        return self._minutes[:, end - count : end].astype(np.float64)

    def lessons(self, point: int, minute: int) -> tuple[int, Floats, Floats]:
        """Return the first minute, a point's minutes before `minute` and heads of its issues."""
        minutes = self._minutes[point].astype(np.float64)
        minutes[minute - self.first_minute :] = np.nan
        return self.first_minute, minutes, self._heads[point].astype(np.float64)


def _moved(kept: Small, count: int) -> Small:
    """Return the columns moved to the front by `count`, NaN behind them."""
    moved = np.full_like(kept, np.nan)
    if count < kept.shape[1]:
        moved[:, : kept.shape[1] - count] = kept[:, count:]
    return moved
