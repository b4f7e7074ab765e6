"""A frame of readings as the field sent them, to and from its Kafka message."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame as RawFrameMessage
from services.energy.readings import FieldQuality
from services.runtime.columns import (
    SMALL,
    Columns,
    as_bytes,
    column_of,
    common_fields,
    require_frame,
    write_common_fields,
)


@dataclass(frozen=True, slots=True, eq=False)
class RawFrame(Columns):
    """Readings of one source that nobody has judged yet.

    `quality` is uint8 of `services.energy.readings.FieldQuality`: what the field protocol said.
    """

    quality: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        require_frame(self, ("quality",))
        if len(self) and (highest := int(self.quality.max())) > FieldQuality.INVALID:
            raise ValueError(f"column quality holds {highest}; the field says 0, 1 or 2")


def raw_frame_from(message: RawFrameMessage) -> RawFrame:
    """Return the frame a message holds; ValueError names the column that is wrong."""
    return RawFrame(**common_fields(message), quality=column_of(message, "quality", SMALL))


def raw_message_from(frame: RawFrame) -> RawFrameMessage:
    """Return the Kafka message of a frame."""
    message = RawFrameMessage(quality=as_bytes(frame.quality, SMALL))
    write_common_fields(message, frame)
    return message
