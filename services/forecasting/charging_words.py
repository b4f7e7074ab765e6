"""Frames of readings into words of ports: what a fleet's demand is made of."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from services.energy.quantities import Quantity
from services.energy.readings import Verdict
from services.energy.time_grid import to_microseconds
from services.forecasting.charging_store import MINUTE_US, ChargingStore
from services.forecasting.domain.charging.fleets import Fleet
from services.forecasting.domain.charging.words import (
    Words,
    connections,
    joined,
    signs_of_life,
    wishes,
)
from services.forecasting.sparing import sparing_others
from services.runtime.frames import Frame

READ_BY = {
    Quantity.REQUESTED_ENERGY: wishes,
    Quantity.CONNECTED: connections,
    Quantity.ACTIVE_POWER: signs_of_life,
}
NOT_OURS = -1


class ChargingWriter:
    """Keeps what ports say, unless it is older than `oldest`, as ingest takes it.

    A replay publishes older readings again; of those times no words are left to add them to.
    """

    def __init__(self, fleets: Sequence[Fleet], store: ChargingStore, oldest: timedelta) -> None:
        self._fleets = fleets
        self._store = store
        self._oldest_us = oldest // timedelta(microseconds=1)

    async def take(self, frames: Sequence[Frame]) -> None:
        """Write what a batch says of ports. Repeating it changes nothing."""
        for fleet in self._fleets:
            with sparing_others("hear ports", fleet.point_id):
                said = [
                    words for frame in frames for words in words_from(frame, fleet, self._oldest_us)
                ]
                if said:
                    await self._store.take(fleet, joined(*said))


def words_from(frame: Frame, fleet: Fleet, oldest_us: int) -> list[Words]:
    """Return the usable words of a fleet's ports in a frame, at most `oldest_us` old on arrival."""
    usable = (frame.verdict != Verdict.REJECTED) & np.isfinite(frame.value)
    usable &= frame.event_time_us >= to_microseconds(frame.arrival_time) - oldest_us
    found = []
    for quantity, read in READ_BY.items():
        place = {f"{port}.{quantity}": i for i, port in enumerate(fleet.rating_w)}
        port = np.array([place.get(name, NOT_OURS) for name in frame.point_ids], np.int64)
        row = np.flatnonzero(usable & (port[frame.point_index] != NOT_OURS))
        if len(row):
            minute = frame.event_time_us[row] / MINUTE_US
            found.append(read(port[frame.point_index[row]], minute, frame.value[row]))
    return found
