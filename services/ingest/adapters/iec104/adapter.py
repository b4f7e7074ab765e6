"""A station of IEC 60870-5-104 as a source: what it shows into the intake, set-points as commands.

A link opens with a general interrogation; then the station speaks by itself. It may forget what
the link has confirmed, and the link confirms on receipt: frames wait in memory for the intake, and
when too many wait the link is closed, so that the station keeps (buffers) what it can until the
intake follows again.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from services.energy.readings import FieldQuality
from services.energy.time_grid import to_microseconds
from services.ingest.adapters.adapter import (
    Accepted,
    Answer,
    Command,
    NoAnswer,
    Refused,
    Tools,
    answer_of,
    carry,
    in_time,
)
from services.ingest.adapters.connection import Connection
from services.ingest.adapters.iec104 import Address, Iec104Settings, Setting
from services.ingest.adapters.iec104.asdu import (
    Confirmation,
    Garbled,
    Shown,
    confirmation_in,
    shown_in,
)
from services.ingest.adapters.iec104.link import Link
from services.ingest.adapters.leases import Leases, keep_leases
from services.ingest.domain.batch import Reading
from services.runtime.telemetry import log_for

MOST_WAITING = 5_000
GATHER_S = 0.05
LARGEST_BATCH = 10_000
READ_BACK_WITHIN_S = 0.8
FRAMES_WITHIN_S = 0.3
AWAY: tuple[type[Exception], ...] = (OSError, TimeoutError)
log = log_for(__name__)


@dataclass(frozen=True, slots=True)
class Arrived:
    """The values of one frame and when it came."""

    arrival: datetime
    shown: list[Shown]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A frame that could not be read, and why."""

    apdu: bytes
    why: str


class Overrun(ConnectionError):
    """More frames wait for the intake than may."""


class Iec104Adapter:
    """One link with its stations."""

    def __init__(self, source_id: str, settings: Iec104Settings, tools: Tools) -> None:
        self.source_id = source_id
        self.device_ids = frozenset(d.id for d in tools.park.devices_from(source_id))
        self._said, self._tools = settings, tools
        self._points = {point.address: point for point in settings.points}
        self._settings = {(s.order.device_id, s.order.quantity): s for s in settings.settings}
        self._untagged = FieldQuality.GOOD if settings.trust_untagged else FieldQuality.QUESTIONABLE
        self.connection = Connection(source_id)
        self._link: Link | None = None
        self._waiting: asyncio.Queue[Arrived | Unreadable] = asyncio.Queue()
        self._held: dict[Address, float] = {}
        self._news = asyncio.Event()
        self._said_of: dict[Address, list[Confirmation]] = {}  # of commands under way
        self._read_backs = frozenset(s.read_back for s in settings.settings)
        told = {setting.order.device_id for setting in settings.settings}
        steered = [d for d in tools.park.devices_from(source_id) if d.id in told]
        self._leases = Leases(steered, tools.clock.now(), tools.park.dispatch.setpoint_lease)

    async def run(self) -> None:
        """Stay connected for ever; what has arrived goes on into the intake meanwhile."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_carrying())
            tasks.create_task(keep_leases(self._leases, self._tools.clock, self.hand_over))
            tasks.create_task(self.connection.keep(self._converse, AWAY))

    async def hand_over(self, command: Command) -> Answer:
        """Send a set-point command and tell what the station confirmed and then showed."""
        setting = self._settings.get((command.device_id, command.quantity))
        if setting is None:
            return Refused(f"{command.device_id} takes no {command.quantity} here")
        where = f"iec104 {self._said.host}:{self._said.port} station {setting.address.station}"
        answer = await in_time(where, self._order(setting, command), (OSError, ValueError))
        if isinstance(answer, Accepted):
            self._leases.took(command)
        return answer

    async def _converse(self) -> None:
        while self._waiting.qsize() > MOST_WAITING // 2:  # noqa: ASYNC110  no such event
            await asyncio.sleep(GATHER_S)
        self._link = link = Link(self._said, self._arrived)
        try:
            await link.connect()
            await link.interrogate()
            self.connection.up()
            await self._tell_again()
            await link.until_lost()
        finally:
            self._link = None
            await link.close()  # frames on their way still come
            self._held.clear()

    async def _tell_again(self) -> None:
        """Give a station that was away the set-points that are in force."""
        for command in self._leases.standing(self._tools.clock.now()):
            answer = await self.hand_over(command)
            log.info("setpoint_told_again", device=command.device_id, answer=str(answer))

    def _arrived(self, apdu: bytes) -> None:
        """Sort one frame: confirmations at once, all else into the queue."""
        try:
            if (said := confirmation_in(apdu)) is not None:
                if (waiting := self._said_of.get(said.address)) is not None:
                    waiting.append(said)
                    self._news.set()
                return
            shown = shown_in(apdu, self._said.clock)
        except Garbled as mistake:
            self._waiting.put_nowait(Unreadable(apdu, str(mistake)))
            return
        if shown:
            self._waiting.put_nowait(Arrived(self._tools.clock.now(), shown))
            self._held |= {
                one.address: one.value for one in shown if one.address in self._read_backs
            }
            self._news.set()
        if self._waiting.qsize() > MOST_WAITING and self._link is not None:
            self._link.give_up(Overrun(f"{MOST_WAITING} frames wait for the intake"))

    async def _keep_carrying(self) -> None:
        while True:
            readings = await self._readings(await self._waiting.get())
            await asyncio.sleep(GATHER_S)
            while len(readings) < LARGEST_BATCH and not self._waiting.empty():
                readings += await self._readings(self._waiting.get_nowait())
            await carry(self._tools, self.source_id, readings)

    async def _readings(self, frame: Arrived | Unreadable) -> list[Reading]:
        if isinstance(frame, Unreadable):
            await self._bury(frame)
            return []
        arrival_us = to_microseconds(frame.arrival)
        return [
            self._reading(one, arrival_us) for one in frame.shown if one.address in self._points
        ]

    def _reading(self, one: Shown, arrival_us: int) -> Reading:
        """Return the reading of a value: stamped by the station, or on arrival if untagged."""
        point = self._points[one.address]
        value, quality = point.scale.ours(one.value), one.quality
        if one.tag is None:
            return point.point_id, arrival_us, value, max(quality, self._untagged)
        if not one.tag.valid:
            quality = max(quality, FieldQuality.QUESTIONABLE)
        return point.point_id, one.tag.time_us, value, quality

    async def _order(self, setting: Setting, command: Command) -> Answer:
        link = self._link
        if link is None:
            return NoAnswer("the link is not connected")
        self._leases.tried(command)
        said: list[Confirmation] = []
        self._said_of[setting.address] = said
        try:
            await link.set(setting.address, setting.order.scale.theirs(command.value_w))
            failure = await self._confirmed(said)
        finally:
            self._said_of.pop(setting.address, None)
        if failure is not None:
            return failure
        if setting.read_back is None:
            return Accepted(None)
        return await self._compare(setting, setting.read_back, command)

    async def _confirmed(self, said: list[Confirmation]) -> Refused | NoAnswer | None:
        """Return why the station did not take a command; None when it did.

        Its frames decide, not the library: that takes an "unknown address" for a yes, and a frame
        may come into the event loop a little after the library's own answer.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(FRAMES_WITHIN_S):
                while all(one.selecting and not one.refused for one in said):
                    self._news.clear()
                    await self._news.wait()
        if refused := next((one for one in said if one.refused), None):
            step = "select" if refused.selecting else "command"
            return Refused(f"the station refused the {step}: {refused.refused}")
        taken = any(not one.selecting for one in said)
        return None if taken else NoAnswer("the station did not confirm")

    async def _compare(self, setting: Setting, shown_at: Address, command: Command) -> Answer:
        """Wait for the read-back to show the set-point; what it shows in the end is the answer."""
        answer: Answer = Accepted(None)
        try:
            async with asyncio.timeout(READ_BACK_WITHIN_S):
                while True:
                    self._news.clear()
                    if shown_at in self._held:
                        held_w = setting.order.scale.ours(self._held[shown_at])
                        answer = answer_of(command.value_w, held_w, setting.order.tolerance_w)
                        if isinstance(answer, Accepted):
                            return answer
                    await self._news.wait()
        except TimeoutError:
            return answer

    async def _bury(self, frame: Unreadable) -> None:
        await self._tools.dead_letters.bury(
            origin=f"iec104:{self.source_id}",
            reason="garbled",
            detail=frame.why,
            payload=frame.apdu,
        )
