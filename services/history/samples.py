"""Readings of spans of points as columns, packed on the way (`domain.layout`).

A span is (point, first, end). Around it the last usable reading before and the first one after
belong to it, as far as values hold (`BRIDGE_US`): they say what held at its borders.
"""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from services.history.bulk import instant, packed, stage
from services.history.domain.columns import Samples
from services.history.domain.layout import READING, SAMPLE, SPAN
from services.history.domain.rollup import BRIDGE_US
from services.history.domain.standing import Rows, standing
from services.runtime.database import Connection

Spans = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]
BRIDGE = timedelta(microseconds=BRIDGE_US)
_USABLE = "verdict <> 3 AND value <> 'NaN'"
_SAMPLES = """
    SELECT string_agg({packed}, NULL) FROM span s, LATERAL (
        SELECT * FROM reading WHERE point_id = s.point_id
           AND event_time >= s.first_time AND event_time < s.end_time
           AND event_time >= {first} AND event_time < {end}
        UNION ALL (
        SELECT * FROM reading WHERE point_id = s.point_id AND {usable}
           AND event_time < s.first_time AND event_time >= s.first_time - {bridge}
           AND event_time >= {first} AND event_time < {end}
         ORDER BY event_time DESC LIMIT 1)
        UNION ALL (
        SELECT * FROM reading WHERE point_id = s.point_id AND {usable}
           AND event_time >= s.end_time AND event_time <= s.end_time + {bridge}
           AND event_time >= {first} AND event_time < {end}
         ORDER BY event_time LIMIT 1)) AS r
"""
_KNOWN_AT = """
    SELECT string_agg({packed}, NULL) FROM (
        SELECT * FROM reading UNION ALL SELECT * FROM reading_version) AS r
     WHERE r.point_id = ANY(%s) AND r.event_time >= {first} AND r.event_time < {end}
       AND r.arrival_time <= %s
"""


async def samples_of(connection: Connection, spans: Spans) -> Samples:
    """Return the standing readings of spans and their neighbours, in order, each once."""
    point, first_us, end_us = spans
    await stage(connection, "span", SPAN, [point, first_us, end_us])
    query = sql.SQL(_SAMPLES).format(
        packed=sql.SQL(SAMPLE.packed_from("r")),
        usable=sql.SQL(_USABLE),
        bridge=sql.Literal(BRIDGE),
        first=instant(int(first_us.min()) - BRIDGE_US),
        end=instant(int(end_us.max()) + BRIDGE_US + 1),
    )
    return Samples(*SAMPLE.unpacked(await packed(connection, query))).in_order()


async def samples_known_at(
    connection: Connection, points: list[int], first_us: int, end_us: int, known_at: datetime
) -> Samples:
    """Return what stood at `known_at` for points in [first, end) and as far as values hold."""
    rows = await rows_known_at(
        connection, points, first_us - BRIDGE_US, end_us + BRIDGE_US + 1, known_at
    )
    return Samples(rows.point_id, rows.event_time_us, rows.value, rows.verdict, rows.doubt)


async def rows_known_at(
    connection: Connection, points: list[int], first_us: int, end_us: int, known_at: datetime
) -> Rows:
    """Return the rows of [first, end) that stood among what had arrived by `known_at`."""
    query = sql.SQL(_KNOWN_AT).format(
        packed=sql.SQL(READING.packed_from("r")), first=instant(first_us), end=instant(end_us)
    )
    return standing(Rows(*READING.unpacked(await packed(connection, query, (points, known_at)))))
