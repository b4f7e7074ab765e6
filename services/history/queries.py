"""Questions to `latest` and to readings, page by page, as they are now or were known to be."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from psycopg import sql

from services.energy.time_grid import Interval, to_microseconds
from services.history.bulk import instant, packed
from services.history.domain.layout import READING
from services.history.domain.standing import REJECTED, Rows, standing
from services.runtime.database import Connection

_LATEST = sql.SQL(
    "SELECT string_agg({packed}, NULL) FROM latest r WHERE %(all)s OR point_id = ANY(%(points)s)"
).format(packed=sql.SQL(READING.packed_from("r")))
_PAGE = """
    SELECT string_agg({packed}, NULL) FROM (
        SELECT r.* FROM unnest(%(numbers)s::int[]) AS p (number), LATERAL (
            SELECT * FROM ({relations}) AS every WHERE point_id = p.number
               AND event_time >= {start} AND event_time < {end}
               AND (p.number <> %(point)s OR event_time > %(time)s)
               AND (%(rejected)s OR verdict <> 3) AND arrival_time <= %(known_at)s
             ORDER BY event_time) AS r LIMIT %(limit)s) AS r
"""
_STANDING = "SELECT * FROM reading"
_VERSIONS = " UNION ALL SELECT * FROM reading_version"
_ASIDE = " UNION ALL SELECT * FROM misstamped"
BEGINNING = (-1, datetime(1970, 1, 1, tzinfo=UTC))
_MORE_VERSIONS = 1_000
_FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which readings: the points' numbers, when, whether rejected ones too, known by when."""

    numbers: list[int]
    interval: Interval
    rejected: bool
    known_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some readings in order of (point, event time), and after which row the next page begins."""

    rows: Rows
    after: tuple[int, datetime] | None


async def latest_rows(connection: Connection, points: list[int] | None) -> Rows:
    """Return the newest usable reading of each point; None is all points."""
    asked = {"all": points is None, "points": points or []}
    return Rows(*READING.unpacked(await packed(connection, _LATEST, asked)))


async def page_of(
    connection: Connection, asked: Asked, after: tuple[int, datetime], limit: int
) -> Page:
    """Return the page of at most `limit` rows behind a row."""
    if asked.known_at is not None:
        return await _page_known_at(connection, asked, after, limit)
    rows = (await _rows(connection, asked, after, limit)).by_key()
    return Page(rows, last_key(rows) if len(rows) == limit else None)


def last_key(rows: Rows) -> tuple[int, datetime]:
    """Return the key of the last row."""
    moment = np.datetime64(int(rows.event_time_us[-1]), "us").astype(datetime)
    return int(rows.point_id[-1]), moment.replace(tzinfo=UTC)


async def _page_known_at(
    connection: Connection, asked: Asked, after: tuple[int, datetime], limit: int
) -> Page:
    """Return a page of what stood: all versions of a key are needed before one can be chosen."""
    room = limit + _MORE_VERSIONS
    while True:
        versions = await _rows(connection, asked, after, room)
        rows = standing(versions)
        complete = len(versions) < room
        if complete or len(rows) > 1:
            break
        room *= 4
    if not complete:
        rows = rows.take(np.arange(len(rows) - 1))  # of the last key there may be more versions
    complete &= len(rows) <= limit
    rows = rows.take(np.arange(min(limit, len(rows))))
    shown = rows if asked.rejected else rows.take(rows.verdict != REJECTED)
    return Page(shown, None if complete else last_key(rows))


async def _rows(
    connection: Connection, asked: Asked, after: tuple[int, datetime], limit: int
) -> Rows:
    versions = asked.known_at is not None
    relations = _STANDING + _VERSIONS * versions + _ASIDE * (asked.rejected or versions)
    query = sql.SQL(_PAGE).format(
        packed=sql.SQL(READING.packed_from("r")),
        relations=sql.SQL(relations),
        start=instant(to_microseconds(asked.interval.start)),
        end=instant(to_microseconds(asked.interval.end)),
    )
    parameters = {
        "numbers": sorted({number for number in asked.numbers if number >= after[0]}),
        "point": after[0],
        "time": after[1],
        "rejected": asked.rejected or versions,
        "known_at": asked.known_at or _FOREVER,
        "limit": limit,
    }
    return Rows(*READING.unpacked(await packed(connection, query, parameters)))
