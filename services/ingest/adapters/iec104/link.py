"""One connection to a station of IEC 60870-5-104, by a process of its own (`child.py`).

What that process says of the connection is decided on here; what it says of frames goes on as
bytes. A process that dies, hangs or talks nonsense is a connection that is lost.
"""

import asyncio
import itertools
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from services.ingest.adapters.iec104 import Address, Iec104Settings
from services.ingest.adapters.iec104.asdu import Garbled, Interrogated, interrogated_in
from services.ingest.adapters.iec104.child import Child, Lost
from services.runtime.telemetry import log_for

CONNECT_WITHIN_S = 10.0
START_WITHIN_S = 2.0  # the library closes a link whose start is not confirmed within 1 s
CONFIRM_WITHIN_S = (5.0, 10.0, 15.0)  # of an interrogation; then it is asked again
OBEY_WITHIN_S = 2.0
PULSE_S = 10.0  # between two questions whether the process lives, and for its answer
RENEW_AFTER_FRAMES = 200_000  # 75 MB: c104 2.2.1 never frees one (its issue 77)
AWAITING = "CLOSED_AWAIT_RECONNECT"
CLOSED = (AWAITING, "CLOSED", "CLOSED_AWAIT_OPEN")
log = log_for(__name__)


class Link:
    """Connected from `connect` to `close`; `on_frame` is called in the event loop."""

    def __init__(self, settings: Iec104Settings, on_frame: Callable[[bytes], None]) -> None:
        self._settings, self._on_frame = settings, on_frame
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._numbers = itertools.count()
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._interrogated: dict[int, asyncio.Future[Interrogated]] = {}
        self._child = Child(f"{settings.host}:{settings.port}", self._hear, self.give_up)

    async def connect(self) -> None:
        """Open the connection and start the transfer of data; Lost when nobody is there."""
        address = await self._address()
        await self._child.start()
        self._child.tell(
            {
                "address": address,
                "port": self._settings.port,
                "stations": self._settings.stations,
                "renew_after_frames": RENEW_AFTER_FRAMES,
                "commands": [
                    (setting.address.station, setting.address.object, setting.select)
                    for setting in self._settings.settings
                ],
            }
        )
        await self._until_open()

    async def interrogate(self) -> None:
        """Ask every station for all it shows; Lost when one refuses or never confirms.

        Its frames decide, not the library, which waits no longer than for a command and takes a
        slow station for a silent one.
        """
        for station in self._settings.stations:
            said = await self._interrogate(station)
            if said.refused:
                raise Lost(f"station {station} refused the general interrogation: {said.refused}")

    async def until_lost(self) -> None:
        """Wait until the connection is lost, and raise why."""
        while not self._lost.done():
            await asyncio.wait((self._lost,), timeout=PULSE_S)
            if not self._lost.done():
                await self._ask(PULSE_S, do="pulse")
        await self._lost

    async def set(self, address: Address, value: float) -> None:
        """Send a short-float set-point (selected before, where the mapping says so).

        Returns when the station has answered or too much time has gone; its frames say what.
        """
        place = {"station": address.station, "object": address.object}
        await self._ask(OBEY_WITHIN_S, do="set", value=value, **place)

    def give_up(self, why: Exception) -> None:
        """End the conversation from our side."""
        if not self._lost.done():
            self._lost.set_exception(why)

    async def close(self) -> None:
        """Close the connection and end its process."""
        self.give_up(Lost("closed"))
        self._lost.exception()
        self._opened.cancel()
        await self._child.end()

    async def _ask(self, within_s: float, **order: object) -> bool:
        """Return the answer to an order; Lost when there is none, or it is that it went wrong."""
        number = next(self._numbers)
        answered = self._answers[number] = self._loop.create_future()
        try:
            self._child.tell({"id": number, **order})
            await asyncio.wait(
                (answered, self._lost), timeout=within_s, return_when="FIRST_COMPLETED"
            )
        finally:
            del self._answers[number]
        if self._lost.done():
            await self._lost
        if not answered.done():
            raise Lost(f"no answer to {order['do']} within {within_s:g} s")
        if (why := answered.result().get("why")) is not None:
            raise Lost(f"{order['do']} failed: {why}")
        return bool(answered.result()["ok"])

    async def _interrogate(self, station: int) -> Interrogated:
        said: asyncio.Future[Interrogated] = self._loop.create_future()
        self._interrogated[station] = said
        for patience_s in CONFIRM_WITHIN_S:
            await self._ask(OBEY_WITHIN_S, do="interrogate", station=station)
            await asyncio.wait(
                (said, self._lost), timeout=patience_s, return_when="FIRST_COMPLETED"
            )
            if said.done():
                return said.result()
            if self._lost.done():
                await self._lost
            log.warning("interrogation_unconfirmed", station=station, waited_s=patience_s)
        raise Lost(f"station {station} did not confirm the general interrogation")

    async def _address(self) -> str:
        host, port = self._settings.host, self._settings.port
        found = await self._loop.getaddrinfo(
            host, port, family=socket.AF_INET, type=socket.SOCK_STREAM
        )
        return str(found[0][4][0])

    async def _until_open(self) -> None:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            await asyncio.wait((self._opened, self._lost), return_when="FIRST_COMPLETED")
        if self._lost.done():
            await self._lost

    def _hear(self, message: dict[str, Any]) -> None:
        match message:
            case {"frame": frame}:
                self._receive(bytes.fromhex(frame))
            case {"state": state}:
                self._note(state)
            case {"id": number}:
                if number in self._answers:  # somebody still waits for it
                    self._answers[number].set_result(message)
            case {"lost": why}:
                self.give_up(Lost(why))

    def _receive(self, apdu: bytes) -> None:
        with suppress(Garbled):  # who takes the frames tells of it
            if (said := interrogated_in(apdu)) is not None:
                waiting = self._interrogated.get(said.station)
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)
        self._on_frame(apdu)

    def _note(self, state: str) -> None:
        # The process asks for the transfer of data; a station that never confirms is away.
        if state == "OPEN_MUTED":
            self._loop.call_later(START_WITHIN_S, self._check_started)
        elif state == "OPEN":
            if not self._opened.done():
                self._opened.set_result(None)
        elif state in CLOSED and (self._opened.done() or state == AWAITING):
            self.give_up(Lost("the station is away"))

    def _check_started(self) -> None:
        if not self._opened.done():
            self.give_up(Lost("the transfer of data did not start"))
