"""Between the wire and the domain: raw frames in, judged frames out."""

from collections.abc import Iterator

import numpy as np

from services.energy.time_grid import from_microseconds, to_microseconds
from services.runtime.frames import Frame
from services.runtime.raw_frames import RawFrame
from services.validation.domain.batch import Batch, Judged


def batch_from(raw: RawFrame) -> Batch:
    """Return what a raw frame brings."""
    return Batch(
        park_id=raw.park_id,
        source_id=raw.source_id,
        frame_id=raw.frame_id,
        arrival_us=to_microseconds(raw.arrival_time),
        point_ids=raw.point_ids,
        point_index=raw.point_index,
        event_time_us=raw.event_time_us,
        value=raw.value,
        quality=raw.quality,
    )


def judged_frames(raw: RawFrame, judged: Judged) -> Iterator[Frame]:
    """Yield the frames of what a raw frame came to: one for each instant something was known at.

    What was known at the raw frame's arrival has its frame id; what became known at another
    instant has an id of its own, the same whenever this raw frame is judged again.
    """
    arrival_us = to_microseconds(raw.arrival_time)
    for known_us in np.unique(judged.known_at_us).tolist():
        at = np.flatnonzero(judged.known_at_us == known_us)
        used, index = np.unique(judged.point_index[at], return_inverse=True)
        value = judged.value[at]
        yield Frame(
            park_id=raw.park_id,
            source_id=raw.source_id,
            frame_id=raw.frame_id if known_us == arrival_us else f"{raw.frame_id}/{known_us}",
            arrival_time=from_microseconds(known_us),
            point_ids=tuple(raw.point_ids[i] for i in used),
            point_index=index.astype(np.uint32),
            event_time_us=judged.event_time_us[at],
            value=np.where(np.isfinite(value), value, np.nan),
            verdict=judged.verdict[at],
            doubt=judged.doubt[at],
        )
