"""Readings into their relations, once each, set by set, in the caller's transaction.

What is newer than everything of its point goes by COPY straight into `reading`: its key cannot be
there, and if another writer was faster, the key says so and nothing is lost. Everything else is
looked up first (`late`). Then `latest`, the windows to roll up, and the journal.
"""

from collections.abc import Sequence

import numpy as np
import psycopg
from numpy.typing import NDArray

from services.history import bulk, journal, latest, partitions, queue
from services.history.domain.newest import Newest
from services.history.domain.standing import (
    Rows,
    as_tuples,
    concatenate,
    misstamped,
    stand_and_fall,
)
from services.history.domain.touched import Windows, all_of, touched_by_late, touched_by_news
from services.history.late import Settled, add, keep_versions, settle
from services.history.names import Names
from services.runtime.database import Connection, Database
from services.runtime.frames import Frame
from services.runtime.interval_frames import IntervalFrame

_MISSTAMPED = """
    INSERT INTO misstamped (point_id, event_time, value, verdict, doubt, source_id, arrival_time,
                            frame_number)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (point_id, event_time) DO NOTHING
"""


class ReadingStore:
    """Writes readings; the natural key is (point, event time) with `standing` as the order."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest = Newest()
        self.points = Names("point", database)
        self.sources = Names("source", database)

    async def learn(self, frames: Sequence[Frame | IntervalFrame]) -> None:
        """Give the new points and sources of frames their numbers, all at once."""
        for park_id in {frame.park_id for frame in frames}:
            own = [frame for frame in frames if frame.park_id == park_id]
            await self.points.learn(park_id, [frame.point_ids for frame in own])
            await self.sources.learn(park_id, [tuple({frame.source_id for frame in own})])

    async def numbers(
        self, frames: Sequence[Frame | IntervalFrame]
    ) -> tuple[list[NDArray[np.int32]], list[int]]:
        """Return the numbers of each frame's points, in their order, and of its source."""
        points = [await self.points.numbers(f.park_id, f.point_ids) for f in frames]
        sources = [await self.sources.number(f.park_id, f.source_id) for f in frames]
        return points, sources

    async def write(self, connection: Connection, rows: Rows) -> int:
        """Write rows inside the caller's transaction; return how many were new or changed.

        Rows refused for their stamp go to a table of their own: in `reading` each absurd year
        would make a partition.
        """
        aside = misstamped(rows)
        await self._write_aside(connection, rows.take(aside))
        placed = rows.take(~aside).by_key()
        return await self._write_placed(connection, placed) if len(placed) else 0

    def committed(self, rows: Rows) -> None:
        """Say that the transaction of `write` was committed."""
        self._newest.note(rows.take(~misstamped(rows)))

    async def _write_aside(self, connection: Connection, rows: Rows) -> None:
        if len(rows):
            async with connection.cursor() as cursor:
                await cursor.executemany(_MISSTAMPED, as_tuples(rows))

    async def _write_placed(self, connection: Connection, rows: Rows) -> int:
        await self._prepare(connection, rows)
        news, settled = await self._write_split(connection, rows)
        if len(settled.restated):
            await latest.look_again(connection, settled.restated)
        late = concatenate([settled.added, settled.restated])
        written = concatenate([news, late])
        if not len(written):
            return 0
        ahead = await self._advance(connection, news)
        await latest.advance(connection, late)
        behind = touched_by_late(late.point_id, late.event_time_us)
        await queue.enqueue(connection, all_of([ahead, behind]))
        await journal.append(connection, written)
        return len(written)

    async def _advance(self, connection: Connection, news: Rows) -> Windows:
        """Let `latest` follow the news; return the windows they touch."""
        if await latest.advance(connection, news):
            before = self._newest.usable_before(news)
            return touched_by_news(news.point_id, news.event_time_us, before)
        return touched_by_late(news.point_id, news.event_time_us)

    async def _prepare(self, connection: Connection, rows: Rows) -> None:
        if self._database.abilities.timescaledb is None:
            needed = (partitions.READING, partitions.VERSION)
            await partitions.ensure(connection, needed, rows.event_time_us)
        else:
            await connection.execute(bulk.UNLIMITED)
        if len(unknown := self._newest.unknown(rows)):
            self._newest.learn(unknown, await latest.newest_times(connection, unknown))

    async def _write_split(self, connection: Connection, rows: Rows) -> tuple[Rows, Settled]:
        """Return the news written, and what the rest changed."""
        is_news = self._newest.is_news(rows)
        news, fallen = stand_and_fall(rows.take(is_news))
        rest = rows.take(~is_news)
        try:
            await add(connection, news)
            await keep_versions(connection, fallen)
        except psycopg.errors.UniqueViolation:  # another writer has the same points
            news, rest = rows.take(np.zeros(len(rows), dtype=bool)), rows
        return news, await settle(connection, rest) if len(rest) else Settled(rest, rest)
