"""A frame of judged readings as numpy columns, to and from its Kafka message."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from services.energy.readings import Verdict
from services.runtime.columns import (
    EARLIEST_US,
    LATEST_US,
    SMALL,
    Columns,
    as_bytes,
    column_of,
    common_fields,
    require_frame,
    write_common_fields,
)

__all__ = ["EARLIEST_US", "LATEST_US", "Frame", "frame_from", "message_from"]


@dataclass(frozen=True, slots=True, eq=False)
class Frame(Columns):
    """Judged readings of one source. The natural key of a row is (park, point, event time).

    `verdict` and `doubt` are uint8 of `services.energy.readings`. A doubt newer than this code is
    let through.
    """

    verdict: npt.NDArray[np.uint8]
    doubt: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        require_frame(self, ("verdict", "doubt"))
        if len(self):
            _require_judged(self)

    @property
    def believed(self) -> npt.NDArray[np.bool_]:
        """Mask of the rows that are used everywhere."""
        mask: npt.NDArray[np.bool_] = self.verdict == np.uint8(Verdict.BELIEVED)
        return mask


def _require_judged(frame: Frame) -> None:
    low, high = int(frame.verdict.min()), int(frame.verdict.max())
    if low < Verdict.BELIEVED or high > Verdict.REJECTED:
        raise ValueError(f"column verdict spans {low}..{high}; a judged reading has 1, 2 or 3")


def frame_from(message: ReadingFrame) -> Frame:
    """Return the frame a message holds; ValueError names the column that is wrong."""
    return Frame(
        **common_fields(message),
        verdict=column_of(message, "verdict", SMALL),
        doubt=column_of(message, "doubt", SMALL),
    )


def message_from(frame: Frame) -> ReadingFrame:
    """Return the Kafka message of a frame."""
    message = ReadingFrame(
        verdict=as_bytes(frame.verdict, SMALL), doubt=as_bytes(frame.doubt, SMALL)
    )
    write_common_fields(message, frame)
    return message
