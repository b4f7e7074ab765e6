"""The process that speaks IEC 60870-5-104 for one link: the only code that loads c104 (lib60870).

Its C++ threads can break the process they live in, so it is not ingest's. Started by `child.py` as
a script, not as a module of this package: it needs c104 and nothing of ours. A line is a JSON
object. On standard input the link to open, `{address, port, stations, commands: [[station, object,
select]], renew_after_frames}`; then orders, `{id, do: interrogate | set | pulse, …}`. On standard
output `{frame}` (hexadecimal), `{state}`, `{id, ok}` or `{id, why}`, and `{lost}` as the last word.
The end of the input, so also of ingest, is the end of the process, at once.
"""

import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, BinaryIO

import c104

TICK_MS = 50
COMMAND_WITHIN_MS = 900  # a step; with one more attempt it stays below the answer's limit
MOST_WAITING = 5_000  # lines that ingest has not read
LINES_AT_ONCE = 200
CLOSED_WITHIN_S = 1.0
LOOK_EVERY_S, LOOKS = 0.1, 3  # at a link that is open and silent


class Outlet:
    """What is said to ingest: in order and by one thread, so that no caller waits for the pipe."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._waiting: SimpleQueue[bytes] = SimpleQueue()
        self._full = False
        self.ending = threading.Event()
        self.why = ""

    def say(self, **what: object) -> None:
        """Put a line into the queue; nothing more gets in after there was no room for one."""
        if self._waiting.qsize() >= MOST_WAITING:
            self._full = True
            self.end(f"{MOST_WAITING} frames wait in the process of the link: ingest does not read")
        if not self._full:
            self._put(what)

    def end(self, why: str) -> None:
        """Ask for the end of the link; the first reason counts."""
        self.why = self.why or why
        self.ending.set()

    def finish(self) -> None:
        """Say why the link ended, once all that came before is written, and end the process."""
        self._put({"lost": self.why})
        self._waiting.put(b"")

    def write(self) -> None:
        """Write until the end."""
        lines: list[bytes] = []
        while b"" not in lines:
            lines = [self._waiting.get()]
            while len(lines) < LINES_AT_ONCE and not self._waiting.empty():
                lines.append(self._waiting.get())
            self._pipe.write(b"".join(lines))
            self._pipe.flush()
        os._exit(1)

    def _put(self, what: dict[str, object]) -> None:
        self._waiting.put(json.dumps(what).encode() + b"\n")


def main() -> None:
    """Open the link that the first line names and obey the others until there are no more."""
    outlet = Outlet(_own_output())
    _aside(outlet.write)
    client = c104.Client(TICK_MS, COMMAND_WITHIN_MS)
    connection = _wire(client, json.loads(sys.stdin.buffer.readline()), outlet)
    _aside(_close, outlet, client)
    _aside(_begin, client, connection)
    while line := sys.stdin.buffer.readline():
        _aside(_obey, connection, json.loads(line), outlet)


def _wire(client: c104.Client, link: dict[str, Any], outlet: Outlet) -> c104.Connection:
    """Return the connection, with its stations, commands and callbacks, not yet open."""
    connection = client.add_connection(link["address"], link["port"], c104.Init.NONE)
    if connection is None:
        raise ValueError("the link cannot be set up")
    _call_back(connection, outlet, link["renew_after_frames"])
    for station in link["stations"]:
        connection.add_station(station)
    for station, command, select in link["commands"]:
        _station(connection, station).add_point(
            command,
            c104.Type.C_SE_NC_1,
            command_mode=c104.CommandMode.SELECT_AND_EXECUTE if select else c104.CommandMode.DIRECT,
        )
    return connection


def _call_back(connection: c104.Connection, outlet: Outlet, renew_after_frames: int) -> None:
    frames = itertools.count(1)

    def frame(connection: c104.Connection, data: bytes) -> None:
        outlet.say(frame=data.hex())
        if next(frames) == renew_after_frames:
            outlet.end(
                f"renewed after {renew_after_frames} frames: the library forgets to free them"
            )

    def state(connection: c104.Connection, state: c104.ConnectionState) -> None:
        outlet.say(state=state.name)

    connection.on_receive_raw(frame)
    connection.on_state_change(state)


def _begin(client: c104.Client, connection: c104.Connection) -> None:
    connection.connect()
    client.start()
    _ask_for_data(connection)


def _ask_for_data(connection: c104.Connection) -> None:
    """Ask for the transfer of data where the library itself did not.

    It asks from the thread that opens the link, and on a fast network that thread now and then
    comes before what it needs: then the link is open, and silent for ever. A station that is only
    slow is asked twice, which changes nothing.
    """
    looks = 0
    while connection.state != c104.ConnectionState.OPEN and looks < LOOKS:
        time.sleep(LOOK_EVERY_S)
        looks += connection.state == c104.ConnectionState.OPEN_MUTED
    if connection.state == c104.ConnectionState.OPEN_MUTED:
        connection.unmute()


def _close(outlet: Outlet, client: c104.Client) -> None:
    """Close the link when it shall end: the station sends no more, what has come is written."""
    outlet.ending.wait()
    _aside(client.stop).join(CLOSED_WITHIN_S)
    outlet.finish()


def _obey(connection: c104.Connection, order: dict[str, Any], outlet: Outlet) -> None:
    """Do what an order says and say how it went; whatever the library raises is the answer."""
    try:
        outlet.say(id=order["id"], ok=_done(connection, order))
    except Exception as mistake:
        outlet.say(id=order["id"], why=repr(mistake))


def _done(connection: c104.Connection, order: dict[str, Any]) -> bool:
    match order["do"]:
        case "interrogate":
            return bool(connection.interrogation(order["station"], wait_for_response=False))
        case "set":
            point = _station(connection, order["station"]).get_point(order["object"])
            if point is None:
                raise ValueError(f"no command object {order['object']}")
            point.value = order["value"]
            return _transmitted(point)
        case "pulse":
            return True
    raise ValueError(f"{order['do']!r} is no order")


def _transmitted(point: c104.Point) -> bool:
    """Send a command; a selected one again when no answer to it was noticed.

    The library misses a confirmation that comes before it begins to wait for it, and then never
    executes what it has selected.
    """
    began = time.monotonic()
    taken = bool(point.transmit(c104.Cot.ACTIVATION))
    selected = point.command_mode == c104.CommandMode.SELECT_AND_EXECUTE
    unnoticed = not taken and time.monotonic() - began >= COMMAND_WITHIN_MS / 1000
    return bool(point.transmit(c104.Cot.ACTIVATION)) if selected and unnoticed else taken


def _station(connection: c104.Connection, address: int) -> c104.Station:
    station = connection.get_station(address)
    if station is None:
        raise ValueError(f"no station {address}")
    return station


def _own_output() -> BinaryIO:
    """Return standard output for us alone: what the library prints goes to standard error."""
    ours = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(ours, "wb")


def _aside(do: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=_to_the_end, args=(do, *arguments), daemon=True)
    thread.start()
    return thread


def _to_the_end(do: Callable[..., None], *arguments: object) -> None:
    """Do something; a defect in it is told and ends the process, so that it cannot go on half."""
    try:
        do(*arguments)
    except Exception:
        sys.excepthook(*sys.exc_info())
        os._exit(1)


if __name__ == "__main__":
    _to_the_end(main)
    os._exit(0)  # the library's own clean-up may wait for its threads
