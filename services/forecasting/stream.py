"""Frames of readings into quarter means."""

from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from services.energy.time_grid import to_microseconds
from services.forecasting.messages import samples_from
from services.forecasting.store import QuarterStore
from services.runtime.frames import frame_from
from services.runtime.received import Received


class ReadingsWriter:
    """Keeps what the forecasts need of each frame."""

    def __init__(self, park_id: str, store: QuarterStore) -> None:
        self._park_id = park_id
        self._store = store

    async def take(self, received: Received[ReadingFrame]) -> None:
        """Write one frame; returns when the database has it. Repeating it changes nothing."""
        if received.message.park_id != self._park_id:
            return
        frame = frame_from(received.message)
        samples = samples_from(frame, self._store.numbers)
        if len(samples):
            await self._store.write(samples, to_microseconds(frame.arrival_time), frame.frame_id)
