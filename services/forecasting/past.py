"""The last weeks' quarter means of all targets, held in memory and renewed where they changed."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.series import QUARTERS_A_DAY, Series
from services.forecasting.domain.targets import Target
from services.forecasting.store import QuarterStore

Small = NDArray[np.float32]
KEPT_DAYS = 60
"""What reckoning looks back on, and two days that it forecasts."""


class Known(Mapping[str, Series]):
    """Series by point, each made when it is asked for: all at once would take twice the memory."""

    def __init__(self, first: int, point_ids: list[str], power_w: Small) -> None:
        self._first = first
        self._row = {point_id: row for row, point_id in enumerate(point_ids)}
        self._power_w = power_w

    def __getitem__(self, point_id: str) -> Series:
        return Series(self._first, self._power_w[self._row[point_id]].astype(np.float64))

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)


class Past:
    """Series of KEPT_DAYS that end at any quarter; the database has them, this only saves reading.

    5.8 kB a day and point would be read at each issue otherwise.
    """

    def __init__(self, quarters: QuarterStore, targets: tuple[Target, ...]) -> None:
        self._quarters = quarters
        self._targets = targets
        self._first = 0
        self._power_w: Small = np.empty((len(targets), 0), np.float32)

    async def until(self, end_quarter: int) -> Mapping[str, Series]:
        """Return every target's series up to `end_quarter`, in the published sign."""
        first = end_quarter - KEPT_DAYS * QUARTERS_A_DAY
        held_to = self._first + self._power_w.shape[1]
        changed_from = self._quarters.take_changed()
        begin = first
        if self._first <= first < held_to:
            begin = max(first, min(held_to, changed_from if changed_from is not None else held_to))
        try:
            renewed = await self._quarters.series(self._targets, begin, end_quarter)
        except BaseException:
            self._quarters.put_back_changed(changed_from)
            raise
        held = self._power_w[:, first - self._first : begin - self._first]
        fresh = np.array([renewed[target.point_id].power_w for target in self._targets], np.float32)
        renewed_w = fresh.reshape(len(self._targets), end_quarter - begin)
        self._power_w = np.concatenate((held, renewed_w), axis=1)
        self._first = first
        return Known(first, [target.point_id for target in self._targets], self._power_w)
