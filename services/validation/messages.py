"""Between the wire and the domain: raw frames in, judged frames out."""

import numpy as np

from services.energy.time_grid import to_microseconds
from services.runtime.frames import Frame
from services.runtime.raw_frames import RawFrame
from services.validation.domain.batch import Batch
from services.validation.domain.judging import Judgement


def batch_from(frame: RawFrame) -> Batch:
    """Return what a raw frame brings."""
    return Batch(
        frame.source_id,
        to_microseconds(frame.arrival_time),
        frame.point_ids,
        frame.point_index,
        frame.event_time_us,
        frame.value,
    )


def judged_frame(raw: RawFrame, judgement: Judgement) -> Frame:
    """Return the frame of the rows that are kept: same id, same arrival as the raw one."""
    batch, kept = judgement.batch, judgement.kept
    used, index = np.unique(batch.point_index[kept], return_inverse=True)
    value = batch.value[kept]
    return Frame(
        park_id=raw.park_id,
        source_id=raw.source_id,
        frame_id=raw.frame_id,
        arrival_time=raw.arrival_time,
        point_ids=tuple(batch.point_ids[i] for i in used),
        point_index=index.astype(np.uint32),
        event_time_us=batch.event_time_us[kept],
        value=np.where(np.isfinite(value), value, np.nan),
        verdict=judgement.verdict[kept],
        doubt=judgement.doubt[kept],
    )
