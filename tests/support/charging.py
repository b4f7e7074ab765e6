"""The recorded charging sessions as readings of ports, and a fleet with a store to read them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from services.energy.quantities import Quantity
from services.energy.time_grid import from_microseconds, to_microseconds
from services.forecasting.charging import Charging
from services.forecasting.charging_store import ChargingStore
from services.forecasting.charging_words import ChargingWriter
from services.forecasting.domain.charging.fleets import Fleet, fleets_of
from services.forecasting.domain.targets import targets_of
from services.forecasting.store import QuarterStore
from services.forecasting.stream import ReadingsWriter
from services.runtime.database import Database
from services.runtime.frames import Frame, message_from
from services.runtime.received import Received
from services.runtime.topics import READINGS
from services.simulator.domain.sessions import NOBODY, Sessions
from services.simulator.recordings import load_sessions
from tests.support.builders import REPOSITORY, a_park

FLEET = "charging.active_power_w"
QUANTITIES = (Quantity.CONNECTED, Quantity.REQUESTED_ENERGY)


@lru_cache(maxsize=1)
def recorded_sessions() -> Sessions:
    """Return the demo park's recorded sessions."""
    return load_sessions(REPOSITORY / "parks" / "demo-data")


def the_fleet() -> Fleet:
    """Return the demo park's fleet."""
    (fleet,) = fleets_of(a_park())
    return fleet


def a_frame(
    at: datetime, said: Sequence[tuple[str, float, float]], park_id: str = "demo-park"
) -> Frame:
    """Return a frame in which ports (port, connected, still wanted in Wh) say how they are."""
    names = tuple(f"{port}.{quantity}" for port, _, _ in said for quantity in QUANTITIES)
    value = np.array([word for _, connected, wanted in said for word in (connected, wanted)])
    at_us = to_microseconds(at)
    return Frame(
        park_id=park_id,
        source_id="modbus-cabinet-1",
        frame_id=f"{park_id}/ports/{at_us}",
        arrival_time=from_microseconds(at_us + 1_000_000),
        point_ids=names,
        point_index=np.arange(len(names), dtype=np.uint32),
        event_time_us=np.full(len(names), at_us, np.int64),
        value=value.astype(np.float64),
        verdict=np.ones(len(names), np.uint8),
        doubt=np.zeros(len(names), np.uint8),
    )


def recorded_frame(at: datetime, park_id: str = "demo-park") -> Frame:
    """Return what all ports say at a moment of the recording while nobody charges them.

    Held back by steering as far as can be: what was delivered by then is not in the wishes.
    """
    sessions, ports = recorded_sessions(), list(the_fleet().rating_w)
    here = sessions.plugged_in(int(at.timestamp()), len(ports))
    wanted = np.where(here == NOBODY, 0.0, sessions.wanted_wh[here])
    words = zip(ports, (here != NOBODY).astype(float), wanted, strict=True)
    return a_frame(at, [(port, float(there), float(wh)) for port, there, wh in words], park_id)


@dataclass
class Ports:
    """The stores of one park's fleet on a real database, and the writer that feeds them."""

    database: Database

    def __post_init__(self) -> None:
        park = a_park()
        self.quarters = QuarterStore(self.database, park.id)
        self.store = ChargingStore(self.database, park.id, self.quarters)
        writer = ChargingWriter(fleets_of(park), self.store, park.telemetry.oldest)
        self.writer = ReadingsWriter(park.id, self.quarters, writer)
        self.charging = Charging(park, self.store)

    async def start(self) -> None:
        await self.quarters.learn([target.source_point_id for target in targets_of(a_park())])

    async def take(self, *frames: Frame) -> None:
        """Read frames in one batch."""
        await self.writer.take(
            [Received(message_from(f), READINGS.name, 0, i, "") for i, f in enumerate(frames)]
        )

    async def take_shuffled(self, frames: list[Frame], seed: int, batch: int = 5) -> None:
        """Read frames twice over in any order, a few at a time."""
        some = random.Random(seed).sample(frames * 2, 2 * len(frames))
        for first in range(0, len(some), batch):
            await self.take(*some[first : first + batch])
