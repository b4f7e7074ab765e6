"""Weekly native partitions: LIKE and ATTACH before the first row of a week (never blocking)."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from services.energy.time_grid import from_microseconds
from services.runtime.database import Connection

WEEK = timedelta(days=7)
MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


class Partitions:
    """Knows which weeks have a partition; `ensure` adds the missing ones."""

    def __init__(self) -> None:
        self._present: set[datetime] = set()

    async def ensure(self, connection: Connection, event_time_us: NDArray[np.int64]) -> None:
        """Make every week that occurs in `event_time_us`; safe against a second writer."""
        for week in _weeks(event_time_us):
            if week not in self._present:
                await _attach(connection, week)

    def remember(self, event_time_us: NDArray[np.int64]) -> None:
        """Note that the weeks exist; call after the transaction has been committed."""
        self._present.update(_weeks(event_time_us))


def _weeks(event_time_us: NDArray[np.int64]) -> list[datetime]:
    week_us = WEEK // timedelta(microseconds=1)
    origin_us = int(MONDAY.timestamp()) * 1_000_000
    numbers = np.unique((event_time_us - origin_us) // week_us)
    return [from_microseconds(origin_us + int(number) * week_us) for number in numbers]


async def _attach(connection: Connection, week: datetime) -> None:
    name = sql.Identifier(f"reading_{week:%Y%m%d}")
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('history.partitions'))")
    cursor = await connection.execute("SELECT to_regclass(%s)", (f"history.reading_{week:%Y%m%d}",))
    row = await cursor.fetchone()
    if row and row[0] is not None:
        return
    await connection.execute(sql.SQL("CREATE TABLE {} (LIKE reading INCLUDING ALL)").format(name))
    await connection.execute(
        sql.SQL("ALTER TABLE reading ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            name, sql.Literal(week.isoformat()), sql.Literal((week + WEEK).isoformat())
        )
    )
