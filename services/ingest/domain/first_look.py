"""What can be told of a reading at once, knowing no other: the sender hears it in the answer.

It decides nothing: the reading goes on as it is, and validation, which knows its neighbours,
believes it or not. What is refused here is always refused there too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.energy.names import UNKNOWN, PerNames, rows_among
from services.energy.readings import Doubt
from services.energy.site import Point, TelemetryRules
from services.ingest.domain.batch import Batch

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Border:
    """The points of the park with their ranges (inclusive), and how far a stamp may be from now."""

    minimum: npt.NDArray[np.float64]
    maximum: npt.NDArray[np.float64]
    future_tolerance_us: int
    oldest_us: int
    _rows_of: PerNames[npt.NDArray[np.int64]] = field(repr=False)

    @classmethod
    def of(cls, points: Iterable[Point], rules: TelemetryRules) -> "Border":
        """Return the border of a park; the row after the last stands for every unknown point."""
        points = tuple(points)
        return cls(
            np.array([*(point.minimum for point in points), -np.inf]),
            np.array([*(point.maximum for point in points), np.inf]),
            int(rules.future_tolerance.total_seconds() * MICROSECONDS),
            int(rules.oldest.total_seconds() * MICROSECONDS),
            rows_among([point.id for point in points]),
        )

    def look(self, batch: Batch, *, now_us: int) -> npt.NDArray[np.uint8]:
        """Return the doubt of each reading, NONE where nothing speaks against it yet."""
        rows = self._rows_of(batch.point_ids)[batch.point_index]
        times, values = batch.event_time_us, batch.value
        doubts = {
            Doubt.IN_FUTURE: times > now_us + self.future_tolerance_us,
            Doubt.TOO_OLD: times < now_us - self.oldest_us,
            Doubt.UNKNOWN_POINT: rows == UNKNOWN,
            Doubt.NOT_A_NUMBER: ~np.isfinite(values),
            Doubt.OUT_OF_RANGE: (values < self.minimum[rows]) | (values > self.maximum[rows]),
        }
        return np.select(list(doubts.values()), list(doubts), Doubt.NONE).astype(np.uint8)
