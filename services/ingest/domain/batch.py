"""What one source sent, in columns, before anyone has judged it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.energy.names import same_names
from services.energy.readings import FieldQuality

LONGEST_POINT_ID = 128


Reading = tuple[str, int, float] | tuple[str, int, float, int]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Row i of each column is reading i, in order of arrival.

    `point_index` (uint32) points into `point_ids`; `event_time_us` int64; `value` float64 in the
    unit of the point's quantity, NaN where the device sent something that is not a number;
    `quality` uint8 of `FieldQuality`: what the field protocol itself said.
    """

    source_id: str
    point_ids: tuple[str, ...]
    point_index: npt.NDArray[np.uint32]
    event_time_us: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    quality: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))

    def __post_init__(self) -> None:
        if not len(self.quality):
            object.__setattr__(self, "quality", np.zeros(len(self.value), np.uint8))
        columns = (self.point_index, self.event_time_us, self.value, self.quality)
        if len({len(column) for column in columns}) > 1:
            raise ValueError(
                f"columns of a batch differ in length: {len(self.point_index)} points, "
                f"{len(self.event_time_us)} times, {len(self.value)} values, "
                f"{len(self.quality)} qualities"
            )

    def __len__(self) -> int:
        return len(self.value)

    def rows(self, start: int, stop: int) -> "Batch":
        """Return the readings `[start, stop)` as a batch of their own."""
        return Batch(
            self.source_id,
            self.point_ids,
            self.point_index[start:stop],
            self.event_time_us[start:stop],
            self.value[start:stop],
            self.quality[start:stop],
        )


def batch_of(source_id: str, readings: Iterable[Reading]) -> Batch:
    """Return a batch of `(point id, event time in microseconds, value[, quality])` readings."""
    index: dict[str, int] = {}
    points: list[int] = []
    times: list[int] = []
    values: list[float] = []
    qualities: list[int] = []
    for point_id, time_us, value, *quality in readings:
        points.append(index.setdefault(point_id, len(index)))
        times.append(time_us)
        values.append(value)
        qualities.append(quality[0] if quality else FieldQuality.GOOD)
    return Batch(
        source_id,
        same_names(index),
        np.array(points, np.uint32),
        np.array(times, np.int64),
        np.array(values, np.float64),
        np.array(qualities, np.uint8),
    )
