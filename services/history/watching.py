"""Committed readings to clients, in commit order, from wherever they left off.

A watcher reads the journal at its own pace: one that is slow waits for nobody and loses nothing
while the journal keeps what it has not read.
"""

import asyncio
import time
from collections.abc import AsyncIterator

import numpy as np

from parkflow.history.v1 import history_service_pb2 as wire
from services.history import journal
from services.history.directory import Directory
from services.history.domain.standing import REJECTED, Rows
from services.history.journal import Entry
from services.history.messages import add_readings, resume_token, resumed_at
from services.runtime.database import Database
from services.runtime.patience import patiently
from services.runtime.refusals import OutOfRange

LOOK_S = 0.1
HEARTBEAT_S = 5.0
ENTRIES_AT_ONCE = 8
READINGS_A_MESSAGE = 10_000


class Head:
    """Where the journal ends: looked up once for all watchers, while there are any."""

    def __init__(self, readers: Database) -> None:
        self._readers = readers
        self._newest = 0
        self._waiting = 0
        self._moved = asyncio.Condition()

    async def follow(self) -> None:
        """Look for ever."""
        while True:
            if self._waiting:
                _, newest = await patiently(lambda: journal.bounds(self._readers), "database")
                async with self._moved:
                    self._newest = newest
                    self._moved.notify_all()
            await asyncio.sleep(LOOK_S)

    async def reach(self, position: int, patience_s: float) -> None:
        """Return when `position` is committed, or after some time."""
        self._waiting += 1
        try:
            async with asyncio.timeout(patience_s), self._moved:
                await self._moved.wait_for(lambda: self._newest >= position)
        except TimeoutError:
            return
        finally:
            self._waiting -= 1


class Watching:
    """Answers `Watch`."""

    def __init__(
        self, readers: Database, head: Head, points: Directory, sources: Directory
    ) -> None:
        self._readers = readers
        self._head = head
        self._points = points
        self._sources = sources

    async def responses(self, request: wire.WatchRequest) -> AsyncIterator[wire.WatchResponse]:
        """Yield what is committed from the token on, for ever."""
        position, row = await self._begin(request.resume_token)
        yield wire.WatchResponse(resume_token=resume_token(position, row))
        sent_at = time.monotonic()
        while True:
            entries = await journal.entries_from(self._readers, position, ENTRIES_AT_ONCE)
            for entry in entries:
                if entry.position != position:
                    raise _forgotten(position, entry.position)
                async for response in self._of_entry(request, entry, row):
                    yield response
                    sent_at = time.monotonic()
                position, row = position + 1, 0
            if not entries:
                await self._head.reach(position, HEARTBEAT_S)
            if time.monotonic() - sent_at >= HEARTBEAT_S:
                yield wire.WatchResponse(resume_token=resume_token(position, row))
                sent_at = time.monotonic()

    async def _begin(self, token: str) -> tuple[int, int]:
        oldest, newest = await journal.bounds(self._readers)
        if not token:
            return newest + 1, 0
        position, row = resumed_at(token)
        if position < oldest:
            raise _forgotten(position, oldest)
        if position > newest + 1:
            raise OutOfRange(
                f"resume_token stands for position {position}, but the journal ends at {newest}; "
                "it is of another database: read with GetRange and watch without a token"
            )
        return position, row

    async def _of_entry(
        self, request: wire.WatchRequest, entry: Entry, first_row: int
    ) -> AsyncIterator[wire.WatchResponse]:
        """Yield an entry's readings from a row on; the token goes behind what was sent."""
        for begin in range(first_row, len(entry.rows), READINGS_A_MESSAGE):
            end = min(begin + READINGS_A_MESSAGE, len(entry.rows))
            done = end == len(entry.rows)
            token = resume_token(entry.position + done, 0 if done else end)
            response = wire.WatchResponse(resume_token=token)
            await self._add_wanted(response, request, entry.rows.take(np.arange(begin, end)))
            if response.readings:
                yield response

    async def _add_wanted(
        self, response: wire.WatchResponse, request: wire.WatchRequest, rows: Rows
    ) -> None:
        async with self._readers.transaction() as connection:
            points = await self._points.names(connection, rows.point_id)
            sources = await self._sources.names(connection, rows.source_id)
        wanted = points != ""
        if request.point_ids:
            wanted &= np.isin(points, np.array(list(request.point_ids), dtype=object))
        if not request.include_rejected:
            wanted &= rows.verdict != REJECTED
        await add_readings(response, rows.take(wanted), points[wanted], sources[wanted])


def _forgotten(position: int, oldest: int) -> OutOfRange:
    return OutOfRange(
        f"the journal begins at position {oldest}, the watch would go on at {position}; "
        "read the gap with GetRange and watch without a token"
    )
