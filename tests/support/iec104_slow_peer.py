"""A station that takes its time to confirm a general interrogation, byte by byte."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

STARTED, ALIVE = bytes([0x68, 4, 0x0B, 0, 0, 0]), bytes([0x68, 4, 0x83, 0, 0, 0])
START, ARE_YOU_THERE = 0x07, 0x43
CONFIRMED, REFUSED, ENDED = 7, 47 | 0x40, 10

Answers = Callable[[int], Awaitable[tuple[int, ...]]]
"""The causes with which the interrogation of that number (from 1) is answered, after a while."""


@dataclass
class SlowPeer:
    """What it was asked; `asked` holds, for each interrogation, the number of the connection."""

    answers: Answers
    asked: list[int] = field(default_factory=list)
    connections: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        mine, sent, taken = self.connections, 0, 0
        try:
            while True:
                _, length = await reader.readexactly(2)
                frame = await reader.readexactly(length)
                if not frame[0] & 1:
                    taken += 1
                    self.asked.append(mine)
                    for cause in await self.answers(len(self.asked)):
                        unit = frame[4:6] + bytes([cause]) + frame[7:]
                        counts = struct.pack("<HH", sent << 1, taken << 1)
                        writer.write(bytes([0x68, 4 + len(unit)]) + counts + unit)
                        sent += 1
                elif frame[0] in (START, ARE_YOU_THERE):
                    writer.write(STARTED if frame[0] == START else ALIVE)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def a_slow_peer(port: int, answers: Answers) -> AsyncIterator[SlowPeer]:
    """A station on `port` that answers interrogations so."""
    peer = SlowPeer(answers)
    server = await asyncio.start_server(peer.talk, "127.0.0.1", port)
    try:
        yield peer
    finally:
        server.close()
