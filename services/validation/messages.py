"""Between the wire and the domain: raw frames in, judged frames out."""

from collections.abc import Iterator, Sequence

import numpy as np

from services.energy.readings import VERDICT_OF
from services.energy.time_grid import from_microseconds, to_microseconds
from services.runtime.columns import named_rows
from services.runtime.frames import Frame
from services.runtime.raw_frames import RawFrame
from services.validation.domain.batch import Batch, Judged
from services.validation.domain.editing import Told


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
        point_ids, point_index = named_rows(raw.point_ids, judged.point_index[at])
        value = judged.value[at]
        yield Frame(
            park_id=raw.park_id,
            source_id=raw.source_id,
            frame_id=raw.frame_id if known_us == arrival_us else f"{raw.frame_id}/{known_us}",
            arrival_time=from_microseconds(known_us),
            point_ids=point_ids,
            point_index=point_index,
            event_time_us=judged.event_time_us[at],
            value=np.where(np.isfinite(value), value, np.nan),
            verdict=judged.verdict[at],
            doubt=judged.doubt[at],
        )


def told_frame(raw: RawFrame, point_id: str, told: Sequence[Told], known_us: int) -> Frame:
    """Return the frame of readings that an edit has changed the word on."""
    doubts = [reading.doubt for reading in told]
    return Frame(
        park_id=raw.park_id,
        source_id=raw.source_id,
        frame_id=raw.frame_id,
        arrival_time=from_microseconds(known_us),
        point_ids=(point_id,),
        point_index=np.zeros(len(told), np.uint32),
        event_time_us=np.array([reading.event_time_us for reading in told], np.int64),
        value=np.array([reading.value_wh for reading in told], np.float64),
        verdict=np.array([VERDICT_OF[doubt] for doubt in doubts], np.uint8),
        doubt=np.array(doubts, np.uint8),
    )
