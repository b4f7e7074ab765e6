"""Frames of readings into quarter means and ports' words; offsets are committed afterwards."""

from parkflow.telemetry.v1.frame_pb2 import ReadingFrame
from services.forecasting.charging_words import ChargingWriter
from services.forecasting.domain.samples import concatenate, standing
from services.forecasting.messages import samples_from
from services.forecasting.store import QuarterStore
from services.runtime.frames import frame_from
from services.runtime.received import Received


class ReadingsWriter:
    """Keeps what the forecasts need of each frame."""

    def __init__(self, park_id: str, store: QuarterStore, charging: ChargingWriter) -> None:
        self._park_id = park_id
        self._store = store
        self._charging = charging

    async def take(self, batch: list[Received[ReadingFrame]]) -> None:
        """Write a batch; returns when the database has it. Repeating it changes nothing."""
        ours = [frame_from(r.message) for r in batch if r.message.park_id == self._park_id]
        parts = [samples_from(frame, self._store.numbers) for frame in ours]
        samples = standing(concatenate(parts)) if parts else None
        if samples is not None and len(samples):
            await self._store.write(samples)
        await self._charging.take(ours)
