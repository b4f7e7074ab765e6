"""The newest usable reading of each point, beside the history: milliseconds instead of seconds."""

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from services.energy.time_grid import from_microseconds, to_microseconds
from services.history.bulk import stage
from services.history.domain.layout import READING
from services.history.domain.newest import LONG_AGO_US
from services.history.domain.standing import Rows, usable
from services.runtime.database import Connection

_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, READING.names))
_UPSERT = sql.SQL(
    """
    INSERT INTO latest ({columns}) SELECT {columns} FROM newest
    ON CONFLICT (point_id) DO UPDATE SET
      (event_time, value, verdict, doubt, source_id, arrival_time, frame_number)
      = (excluded.event_time, excluded.value, excluded.verdict, excluded.doubt,
         excluded.source_id, excluded.arrival_time, excluded.frame_number)
    WHERE (excluded.event_time, excluded.arrival_time, excluded.frame_number)
        > (latest.event_time, latest.arrival_time, latest.frame_number)
    """
).format(columns=_COLUMNS)
_STALE = """
    DELETE FROM latest l USING unnest(%s::int[], %s::timestamptz[]) AS s (point_id, event_time)
     WHERE l.point_id = s.point_id AND l.event_time = s.event_time RETURNING l.point_id
"""
_AGAIN = sql.SQL(
    """
    INSERT INTO latest ({columns}) SELECT {columns} FROM unnest(%s::int[]) AS p (number),
        LATERAL (SELECT * FROM reading r
                  WHERE r.point_id = p.number AND r.verdict <> 3 AND r.value <> 'NaN'
                  ORDER BY r.event_time DESC LIMIT 1) AS newest
    """
).format(columns=_COLUMNS)
_NEWEST = "SELECT point_id, event_time FROM latest WHERE point_id = ANY(%s)"


async def advance(connection: Connection, rows: Rows) -> bool:
    """Let `latest` follow rows that stand; return whether each was the newest of its point."""
    fine = rows.take(usable(rows.verdict, rows.value)).by_key()
    last = np.ones(len(fine), dtype=bool)
    last[:-1] = fine.point_id[1:] != fine.point_id[:-1]
    newest = fine.take(last)
    if not len(newest):
        return True
    await stage(connection, "newest", READING, newest.columns())
    cursor = await connection.execute(_UPSERT)
    return cursor.rowcount == len(newest)


async def look_again(connection: Connection, restated: Rows) -> None:
    """Find the newest reading anew where the one in `latest` was restated."""
    times = [from_microseconds(us) for us in restated.event_time_us.tolist()]
    cursor = await connection.execute(_STALE, (restated.point_id.tolist(), times))
    if points := [number for (number,) in await cursor.fetchall()]:
        await connection.execute(_AGAIN, (points,))


async def newest_times(connection: Connection, points: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the newest usable event time of each point, `LONG_AGO_US` where there is none."""
    cursor = await connection.execute(_NEWEST, (points.tolist(),))
    found = {number: to_microseconds(moment) for number, moment in await cursor.fetchall()}
    return np.array([found.get(number, LONG_AGO_US) for number in points.tolist()], dtype=np.int64)
