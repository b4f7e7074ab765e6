"""Messages of the log become events of the desk; each is noted as read once it is dealt with."""

import re
from typing import Any

from services.alerting.domain.completeness import Completeness, probed, read_message
from services.alerting.domain.events import Event, LogRead
from services.alerting.messages import (
    FrameReader,
    dead_letter_from,
    outcome_from,
    plan_from,
    setpoint_from,
)
from services.alerting.office import IncidentOffice
from services.alerting.tail import Ends
from services.energy.site import Park
from services.runtime.clock import ParkClock
from services.runtime.frames import frame_from
from services.runtime.received import Received
from services.runtime.topics import OUTCOMES, PLANS, READINGS, SETPOINTS

_OWN_ORIGIN = re.compile(r"kafka:(?P<topic>[^/]+)/(?P<partition>\d+)/(?P<offset>\d+)")


class IncidentStream:
    """What alerting does with each message and with the passing of time."""

    def __init__(self, park: Park, office: IncidentOffice, clock: ParkClock) -> None:
        self._park_id = park.id
        self._office = office
        self._clock = clock
        self._frames = FrameReader(park)
        self._completeness = Completeness()

    async def take_readings(self, received: Received[Any]) -> None:
        """Take a frame of readings."""
        await self._office.take(self._frames.read(frame_from(received.message)))
        self._note(received.topic, received.partition, received.offset)

    async def take_setpoint(self, received: Received[Any]) -> None:
        """Take a set-point."""
        await self._take_of_park(received, setpoint_from)

    async def take_outcome(self, received: Received[Any]) -> None:
        """Take how a set-point ended."""
        await self._take_of_park(received, outcome_from)

    async def take_plan(self, received: Received[Any]) -> None:
        """Take a plan."""
        await self._take_of_park(received, plan_from)

    async def take_dead_letter(self, received: Received[Any]) -> None:
        """Take a dead letter. One of our own says where we could not read: we are past that."""
        letter = dead_letter_from(received.message)
        await self._office.take(letter)
        self._note(received.topic, received.partition, received.offset)
        if letter.writer == "alerting" and (own := _OWN_ORIGIN.fullmatch(letter.origin)):
            self._note(own["topic"], int(own["partition"]), int(own["offset"]))

    async def recall(self, received: Received[Any]) -> None:
        """Take a message of the recent past, read back at start."""
        takers = {
            READINGS.name: self.take_readings,
            SETPOINTS.name: self.take_setpoint,
            OUTCOMES.name: self.take_outcome,
            PLANS.name: self.take_plan,
        }
        await takers[received.topic](received)

    async def look(self, ends: Ends) -> None:
        """Judge silence up to where the log has been read, now that its ends are known."""
        self._completeness = probed(self._completeness, ends, self._clock.now())
        if self._completeness.until is not None:
            await self._office.take(LogRead(self._completeness.until))

    async def _take_of_park(self, received: Received[Any], read: Any) -> None:
        if received.message.park_id == self._park_id:
            event: Event = read(received.message)
            await self._office.take(event)
        self._note(received.topic, received.partition, received.offset)

    def _note(self, topic: str, partition: int, offset: int) -> None:
        self._completeness = read_message(self._completeness, (topic, partition), offset)
