"""The history's words on quarter hours in columns, block by block of one snapshot.

Read are the relations `point`, `energy`, `energy_version` and `horizon` of the schema `history`
(`services/history/migrations`). A row for each quarter hour costs Python nothing: the server packs
a column of a whole block into one value. A COPY gives psycopg each row by itself, half a million
calls a second.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from services.carbon_accounting.book.history_link import Link
from services.carbon_accounting.domain.factoring.exact import Whole
from services.energy.time_grid import Interval, from_microseconds, to_microseconds

QUARTER_US = 900_000_000
WEEK_US = 7 * 96 * QUARTER_US
MONDAY_US = 4 * 96 * QUARTER_US
"""1970-01-05: partitions of the history are weeks from Monday on, in UTC."""
POSTGRES_EPOCH_US = 946_684_800_000_000
POINTS_A_BLOCK = 1_000
"""That is 672,000 words a week and 14 MB."""
UNKNOWN, ESTIMATED, MEASURED = 0, 1, 2
"""How well a quarter hour is known: not for all of it; all of it; all of it believed."""
_QUALITY_BITS = 2

_NUMBERS = "SELECT name, point_id FROM point WHERE park_id = %s AND name = ANY (%s)"
_PARKS = "SELECT DISTINCT park_id FROM point ORDER BY park_id LIMIT 20"
_KEPT_SINCE = "SELECT extract(epoch FROM quarters_from)::float8 FROM horizon"
_ENDS = """
    SELECT (extract(epoch FROM min(w.first)) * 1000000)::bigint,
           (extract(epoch FROM max(w.last)) * 1000000)::bigint
      FROM unnest(%(points)s::int[]) AS p (point_id), LATERAL (
        SELECT min(window_start) AS first, max(window_start) AS last FROM energy
         WHERE energy.point_id = p.point_id) AS w
"""
_STANDING = """
    SELECT * FROM energy WHERE point_id = ANY (%(points)s)
       AND window_start >= %(first)s AND window_start < %(end)s
"""
_STANDING_THEN = f"""
    {_STANDING} AND known_at <= %(known_by)s
    UNION ALL
    (SELECT DISTINCT ON (v.point_id, v.window_start) v.*
       FROM energy_version v JOIN energy e USING (point_id, window_start)
      WHERE point_id = ANY (%(points)s)
        AND v.window_start >= %(first)s AND v.window_start < %(end)s
        AND e.window_start >= %(first)s AND e.window_start < %(end)s
        AND e.known_at > %(known_by)s AND v.known_at <= %(known_by)s
      ORDER BY v.point_id, v.window_start, v.known_at DESC, v.log_position DESC,
               v.frame_number DESC, v.believed_wh DESC, v.estimated_wh DESC, v.suspense_wh DESC,
               v.written_off_wh DESC, v.believed_us DESC, v.known_us DESC, v.methods DESC)
"""  # noqa: S608
_PACKED = f"""
    SELECT string_agg(int4send(point_id), NULL), string_agg(timestamptz_send(window_start), NULL),
           string_agg(int8send((believed_wh + estimated_wh) << {_QUALITY_BITS} |
               CASE WHEN known_us < {QUARTER_US} THEN {UNKNOWN}
                    WHEN believed_us = {QUARTER_US} AND estimated_wh = 0 AND suspense_wh = 0
                    THEN {MEASURED} ELSE {ESTIMATED} END), NULL),
           (extract(epoch FROM max(known_at)) * 1000000)::bigint
      FROM ({{words}}) AS word
"""  # noqa: S608
_NOW, _THEN = _PACKED.format(words=_STANDING), _PACKED.format(words=_STANDING_THEN)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words in columns of shape (words,), in no order: one each of a point and quarter hour.

    `quality` is UNKNOWN, ESTIMATED or MEASURED; `newest_us`: when the last of them became known.
    """

    point_id: Whole
    start_us: Whole
    wh: Whole
    quality: Whole
    newest_us: int


def numbers_of(link: Link, park_id: str, names: Sequence[str]) -> dict[str, int]:
    """Return the numbers of those points of a park that the history has ever heard of."""
    return dict(link.execute(_NUMBERS, (park_id, list(names))).fetchall())


def parks_of(link: Link) -> list[str]:
    """Return the parks that the history has points of, twenty at most."""
    return [park_id for (park_id,) in link.execute(_PARKS).fetchall()]


def kept_since_us(link: Link) -> float:
    """Return from when on quarter hours are kept, µs since 1970; -inf: all of them are."""
    (seconds,) = link.execute(_KEPT_SINCE).fetchone() or (float("-inf"),)
    return float(seconds) * 1e6


def ends_of(link: Link, points: Sequence[int]) -> tuple[int, int] | None:
    """Return the starts of the first and the last quarter hour told of these points."""
    first, last = link.execute(_ENDS, {"points": list(points)}).fetchone() or (None, None)
    return None if first is None else (first, last)


def words_in(
    link: Link, points: Sequence[int], span: Interval, known_by: datetime | None
) -> Iterator[Words]:
    """Yield the words that stand (at `known_by`: that stood then), by week and some points."""
    first_us, end_us = to_microseconds(span.start), to_microseconds(span.end)
    for monday_us in range(first_us - (first_us - MONDAY_US) % WEEK_US, end_us, WEEK_US):
        week = {
            "first": from_microseconds(max(first_us, monday_us)),
            "end": from_microseconds(min(end_us, monday_us + WEEK_US)),
        }
        for place in range(0, len(points), POINTS_A_BLOCK):
            some = list(points[place : place + POINTS_A_BLOCK])
            asked = {"points": some, "known_by": known_by, **week}
            yield from _block(link, _NOW if known_by is None else _THEN, asked)


def _block(link: Link, query: str, asked: Mapping[str, object]) -> Iterator[Words]:
    """Yield the words of one block; none of an empty one. Not prepared: plans see the times."""
    with link.cursor(binary=True) as cursor:
        cursor.execute(query, asked, prepare=False)
        point, start, said, newest_us = cursor.fetchone() or (None,) * 4
    if point is None:
        return
    numbers = np.frombuffer(point, ">i4").astype(np.int64)
    starts_us = np.frombuffer(start, ">i8") + POSTGRES_EPOCH_US
    word = np.frombuffer(said, ">i8").astype(np.int64)
    quality = word & ((1 << _QUALITY_BITS) - 1)
    yield Words(numbers, starts_us, word >> _QUALITY_BITS, quality, newest_us)
