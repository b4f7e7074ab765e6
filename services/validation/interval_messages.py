"""Between the energy domain and the wire: changed quarter hours and postings out."""

import numpy as np

from services.energy.time_grid import from_microseconds
from services.runtime.interval_frames import IntervalFrame, SuspensePosting
from services.validation.domain.energy.intervals import Parts
from services.validation.domain.energy.stepping import Advanced
from services.validation.domain.energy.suspense import Posting


def interval_frame(
    advanced: Advanced,
    register_ids: tuple[str, ...],
    *,
    park_id: str,
    source_id: str,
    frame_id: str,
    known_us: int,
    log_position: int,
) -> IntervalFrame | None:
    """Return the frame of what a step changed; None when it changed nothing."""
    intervals = advanced.intervals
    if not len(intervals) and not advanced.postings:
        return None
    used, index = np.unique(intervals.register, return_inverse=True)
    parts = dict(zip(Parts._fields, intervals.parts, strict=True))
    return IntervalFrame(
        park_id=park_id,
        source_id=source_id,
        frame_id=frame_id,
        known_at=from_microseconds(known_us),
        point_ids=tuple(register_ids[row] for row in used),
        point_index=index.astype(np.uint32),
        start_us=intervals.start_us,
        believed_wh=parts["believed_wh"],
        estimated_wh=parts["estimated_wh"],
        suspense_wh=parts["suspense_wh"],
        written_off_wh=parts["written_off_wh"],
        believed_us=parts["believed_us"].astype(np.uint32),
        known_us=parts["known_us"].astype(np.uint32),
        methods=parts["methods"].astype(np.uint8),
        postings=tuple(suspense_posting(posting, register_ids) for posting in advanced.postings),
        log_position=log_position,
    )


def suspense_posting(posting: Posting, register_ids: tuple[str, ...]) -> SuspensePosting:
    """Return a posting as it goes out."""
    entry, point_id = posting.entry, register_ids[posting.register]
    return SuspensePosting(
        entry_id=f"{point_id}/{entry.start_us}/{entry.account}",
        point_id=point_id,
        start=from_microseconds(entry.start_us),
        end=from_microseconds(entry.end_us),
        account=entry.account,
        reason=int(entry.reason),
        movement=int(posting.movement),
        change_wh=posting.change_wh,
        edit_id=posting.because,
    )
