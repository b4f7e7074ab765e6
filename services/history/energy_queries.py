"""Questions to the energies of quarter hours: sums on a grid, words page by page, now and then."""

from datetime import UTC, datetime

import numpy as np
from psycopg import sql

from services.energy.time_grid import Interval, from_microseconds, to_microseconds
from services.history.aggregates import Question
from services.history.bulk import instant, packed
from services.history.domain.covering import covering
from services.history.domain.energy import ORDER, Grid, Words, sums_of
from services.history.domain.layout import ENERGY
from services.history.domain.windows import HOUR_US, Level
from services.history.energy_sums import sums_between
from services.history.queries import BEGINNING, Asked
from services.runtime.database import Connection

POINTS_A_FETCH = 32
SPAN_A_FETCH_US = 90 * 24 * HOUR_US
"""That is 280,000 words, some 30 MB."""
_WORDS = """
    SELECT string_agg({packed}, NULL) FROM (
        SELECT e.* FROM unnest(%(numbers)s::int[]) AS p (number), LATERAL (
            {words} AND window_start >= {start} AND window_start < {end}
               AND (p.number <> %(point)s OR window_start > %(time)s) {order}) AS e
         LIMIT %(limit)s) AS e
"""
_NOW = ("SELECT * FROM energy WHERE point_id = p.number", "ORDER BY window_start")
_THEN = (
    "SELECT DISTINCT ON (window_start) * FROM"
    " (SELECT * FROM energy UNION ALL SELECT * FROM energy_version) AS every"
    " WHERE point_id = p.number AND known_at <= %(known_at)s",
    "ORDER BY window_start, " + ", ".join(f"{name} DESC" for name in ORDER),
)


async def answer(connection: Connection, question: Question) -> Grid:
    """Return the energies of a question; its points are sorted, its borders on quarter hours."""
    grid = Grid(np.array(question.points, dtype=np.int32), question.borders)
    if question.known_at is not None:
        await _add_as_of_then(connection, question, grid)
        return grid
    for piece in covering(question.levels, question.zone, question.first_us, question.end_us):
        level = piece.level or Level.QUARTER
        points, first_us, end_us = question.points, piece.first_us, piece.end_us
        grid.add(await sums_between(connection, level, points, first_us, end_us))
    return grid


async def _add_as_of_then(connection: Connection, question: Question, grid: Grid) -> None:
    """Add quarter hours as they were known then, some points and months at a time."""
    for begin_us in range(question.first_us, question.end_us, SPAN_A_FETCH_US):
        end_us = min(begin_us + SPAN_A_FETCH_US, question.end_us)
        span = Interval(from_microseconds(begin_us), from_microseconds(end_us))
        for place in range(0, len(question.points), POINTS_A_FETCH):
            points = question.points[place : place + POINTS_A_FETCH]
            asked = Asked(points, span, rejected=False, known_at=question.known_at)
            grid.add(sums_of(await words_after(connection, asked, BEGINNING, None)))


async def words_after(
    connection: Connection, asked: Asked, after: tuple[int, datetime], limit: int | None
) -> Words:
    """Return up to `limit` words (None: all) behind a key, in order of (point, quarter hour)."""
    words, order = _NOW if asked.known_at is None else _THEN
    query = sql.SQL(_WORDS).format(
        packed=sql.SQL(ENERGY.packed_from("e")),
        words=sql.SQL(words),
        order=sql.SQL(order),
        start=instant(to_microseconds(asked.interval.start)),
        end=instant(to_microseconds(asked.interval.end)),
    )
    parameters = {
        "numbers": sorted({number for number in asked.numbers if number >= after[0]}),
        "point": after[0],
        "time": after[1],
        "known_at": asked.known_at,
        "limit": limit,
    }
    found = Words(*ENERGY.unpacked(await packed(connection, query, parameters)))
    return found.take(found.keys_in_order())


def key_of_last(words: Words) -> tuple[int, datetime]:
    """Return the key of the last word."""
    moment = np.datetime64(int(words.start_us[-1]), "us").astype(datetime)
    return int(words.point_id[-1]), moment.replace(tzinfo=UTC)
