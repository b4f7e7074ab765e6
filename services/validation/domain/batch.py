"""One raw frame before anyone has judged it, and its rows once they are judged: columns."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.energy.readings import VERDICT_OF, Doubt, FieldQuality

Times = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Index = npt.NDArray[np.uint32]
Mask = npt.NDArray[np.bool_]

_VERDICTS = np.array([VERDICT_OF[doubt] for doubt in Doubt], np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One raw frame. Row i of each column is reading i.

    `point_index` points into `point_ids`; `event_time_us` and `arrival_us` are microseconds since
    the epoch; `value` is in the unit of the point's quantity, NaN where the device sent something
    that is not a number; `quality` holds `FieldQuality`.
    """

    park_id: str
    source_id: str
    frame_id: str
    arrival_us: int
    point_ids: tuple[str, ...]
    point_index: Index
    event_time_us: Times
    value: Values
    quality: Bytes

    def __post_init__(self) -> None:
        for name in ("event_time_us", "value", "quality"):
            if (length := len(getattr(self, name))) != len(self.point_index):
                raise ValueError(
                    f"column {name} has {length} rows but point_index has {len(self.point_index)}"
                )

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a frame comes to: at most one row a (point, event time), the newest word on it.

    Rows are those of the frame and, where `restated`, earlier rows whose verdict, value or doubt
    the frame changed. `known_at_us` is when each row became what it is (§11.8). `point_index`
    points into the frame's `point_ids`. `dropped` counts the readings that left no row, by doubt:
    DUPLICATE, CORRECTED (a later value stands) and what a sound value of the same key hides.
    """

    point_index: Index
    event_time_us: Times
    value: Values
    doubt: Bytes
    known_at_us: Times
    restated: Mask
    dropped: dict[Doubt, int]

    def __len__(self) -> int:
        return len(self.value)

    @property
    def verdict(self) -> Bytes:
        """Return the verdict of each row: each doubt has one."""
        verdict: Bytes = _VERDICTS[self.doubt]
        return verdict


def batch_of(
    readings: Iterable[tuple[str, int, float]],
    *,
    arrival_us: int,
    source_id: str = "source",
    park_id: str = "park",
    frame_id: str = "frame",
    quality: int = FieldQuality.GOOD,
) -> Batch:
    """Return a batch of `(point id, event time in microseconds, value)` readings."""
    rows = list(readings)
    index: dict[str, int] = {}
    numbers = [index.setdefault(point_id, len(index)) for point_id, _, _ in rows]
    return Batch(
        park_id=park_id,
        source_id=source_id,
        frame_id=frame_id,
        arrival_us=arrival_us,
        point_ids=tuple(index),
        point_index=np.array(numbers, np.uint32),
        event_time_us=np.array([time_us for _, time_us, _ in rows], np.int64),
        value=np.array([value for _, _, value in rows], np.float64),
        quality=np.full(len(rows), quality, np.uint8),
    )
