"""One connection to a station of IEC 60870-5-104, by c104 (lib60870).

The library's C++ threads call back with the interpreter's lock held: the callbacks here only copy
the bytes and hop to the event loop. What waits for the station runs in a worker thread.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import c104

from services.ingest.adapters.iec104 import Address, Iec104Settings
from services.ingest.adapters.iec104.asdu import Garbled, Interrogated, interrogated_in
from services.runtime.telemetry import log_for

TICK_MS = 50
COMMAND_WITHIN_MS = 900  # select and execute together stay below the answer's limit
CONNECT_WITHIN_S = 10.0
START_WITHIN_S = 2.0  # the library closes a link whose start is not confirmed within 1 s
CONFIRM_WITHIN_S = (5.0, 10.0, 15.0)  # of an interrogation; then it is asked again
AWAITING = c104.ConnectionState.CLOSED_AWAIT_RECONNECT
CLOSED = (AWAITING, c104.ConnectionState.CLOSED, c104.ConnectionState.CLOSED_AWAIT_OPEN)

log = log_for(__name__)


class Lost(ConnectionError):
    """The station is gone or does not answer as it must."""


class Link:
    """Connected from `connect` to `close`; `on_frame` is called in the event loop."""

    def __init__(self, settings: Iec104Settings, on_frame: Callable[[bytes], None]) -> None:
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._client = c104.Client(TICK_MS, COMMAND_WITHIN_MS)
        self._connection: c104.Connection | None = None
        self._interrogated: dict[int, asyncio.Future[Interrogated]] = {}

        def received(apdu: bytes) -> None:
            self._note_interrogated(apdu)
            on_frame(apdu)

        def frame(connection: c104.Connection, data: bytes) -> None:
            self._call(received, bytes(data))

        def state(connection: c104.Connection, state: c104.ConnectionState) -> None:
            self._call(self._note, state)

        self._on_frame, self._on_state = frame, state

    async def connect(self) -> None:
        """Open the connection and start the transfer of data; Lost when nobody is there."""
        connection = self._client.add_connection(
            await self._address(), self._settings.port, c104.Init.NONE
        )
        if connection is None:
            raise Lost("the link cannot be set up")
        self._connection = connection
        connection.on_receive_raw(self._on_frame)
        connection.on_state_change(self._on_state)
        for station in self._settings.stations:
            connection.add_station(station)
        for setting in self._settings.settings:
            self._station(setting.address).add_point(
                setting.address.object,
                c104.Type.C_SE_NC_1,
                command_mode=c104.CommandMode.SELECT_AND_EXECUTE
                if setting.select
                else c104.CommandMode.DIRECT,
            )
        await asyncio.to_thread(self._client.start)
        await asyncio.to_thread(connection.connect)
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

    async def _interrogate(self, station: int) -> Interrogated:
        said: asyncio.Future[Interrogated] = self._loop.create_future()
        self._interrogated[station] = said
        for patience_s in CONFIRM_WITHIN_S:
            await asyncio.to_thread(self._wired.interrogation, station, wait_for_response=False)
            await asyncio.wait(
                (said, self._lost), timeout=patience_s, return_when="FIRST_COMPLETED"
            )
            if said.done():
                return said.result()
            if self._lost.done():
                await self._lost
            log.warning("interrogation_unconfirmed", station=station, waited_s=patience_s)
        raise Lost(f"station {station} did not confirm the general interrogation")

    async def until_lost(self) -> None:
        """Wait until the connection is lost, and raise why."""
        await self._lost

    async def set(self, address: Address, value: float) -> None:
        """Send a short-float set-point (selected before, where the mapping says so).

        Returns when the station has answered or too much time has gone; its frames say what.
        """
        point = self._station(address).get_point(address.object)
        if point is None:
            raise Lost(f"no command object {address}")
        point.value = value
        await asyncio.to_thread(point.transmit, c104.Cot.ACTIVATION)

    def give_up(self, why: Exception) -> None:
        """End the conversation from our side."""
        if not self._lost.done():
            self._lost.set_exception(why)

    async def close(self) -> None:
        """Close the connection and end the library's thread."""
        self.give_up(Lost("closed"))
        self._lost.exception()
        self._opened.cancel()
        await asyncio.to_thread(self._client.stop)

    @property
    def _wired(self) -> c104.Connection:
        if self._connection is None:
            raise Lost("not connected")
        return self._connection

    def _station(self, address: Address) -> c104.Station:
        station = self._wired.get_station(address.station)
        if station is None:
            raise Lost(f"no station {address.station}")
        return station

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

    def _note_interrogated(self, apdu: bytes) -> None:
        with suppress(Garbled):  # who takes the frames tells of it
            if (said := interrogated_in(apdu)) is not None:
                waiting = self._interrogated.get(said.station)
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)

    def _note(self, state: c104.ConnectionState) -> None:
        # The library asks for the transfer of data by itself; its own `unmute` breaks the process
        # when the station closes the connection meanwhile. Now and then it never asks: then the
        # link is open, and silent for ever.
        if state == c104.ConnectionState.OPEN_MUTED:
            self._loop.call_later(START_WITHIN_S, self._check_started)
        elif state == c104.ConnectionState.OPEN:
            if not self._opened.done():
                self._opened.set_result(None)
        elif state in CLOSED and (self._opened.done() or state == AWAITING):
            self.give_up(Lost("the station is away"))

    def _check_started(self) -> None:
        if not self._opened.done():
            self.give_up(Lost("the transfer of data did not start"))

    def _call(self, callback: Callable[..., None], argument: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, argument)
