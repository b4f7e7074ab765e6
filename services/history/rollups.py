"""The rollup relations: read, written and refreshed from what they are made of."""

import asyncio
from zoneinfo import ZoneInfo

import numpy as np
from psycopg import sql

from services.history import partitions
from services.history.bulk import instant, packed, stage
from services.history.domain.columns import Rollups, joined
from services.history.domain.layout import ROLLUP, SPAN
from services.history.domain.rollup import combined, rolled_up
from services.history.domain.touched import Windows, among, spans, windows_at
from services.history.domain.windows import (
    Level,
    borders_of,
    ends_of,
    finer_than,
    starts_of,
)
from services.history.samples import Spans, samples_of
from services.runtime.database import Connection

WINDOWS_A_FETCH = 4_000
"""Of a point read once a second a window is 900 readings: some 80 MB a fetch at most."""
_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, ROLLUP.names))
_VALUES = sql.SQL(", ").join(map(sql.Identifier, ROLLUP.names[2:]))
_SPANNED = """
    SELECT string_agg({packed}, NULL) FROM span s, LATERAL (
        SELECT * FROM {relation} WHERE point_id = s.point_id
           AND window_start >= s.first_time AND window_start < s.end_time
           AND window_start >= {first} AND window_start < {end} OFFSET 0) AS r
"""
_UPSERT = """
    INSERT INTO {relation} AS kept ({columns}) SELECT {columns} FROM rolled
    ON CONFLICT (point_id, window_start) DO UPDATE SET ({values}) = ROW({excluded})
     WHERE ({kept}) IS DISTINCT FROM ({excluded})
"""
_EMPTY = """
    DELETE FROM {relation} r USING span s WHERE r.point_id = s.point_id
       AND r.window_start = s.first_time AND r.window_start >= {first} AND r.window_start < {end}
"""


def relation_of(level: Level) -> str:
    """Return the name of a level's relation."""
    return f"rollup_{level.value}"


async def rollups_of(connection: Connection, level: Level, of: Spans) -> Rollups:
    """Return the rollups of one level whose windows begin in the spans."""
    point, first_us, end_us = of
    await stage(connection, "span", SPAN, [point, first_us, end_us])
    query = sql.SQL(_SPANNED).format(
        packed=sql.SQL(ROLLUP.packed_from("r")),
        relation=sql.Identifier(relation_of(level)),
        first=instant(int(first_us.min())),
        end=instant(int(end_us.max())),
    )
    return joined([Rollups(*ROLLUP.unpacked(await packed(connection, query)))])


async def refresh(connection: Connection, windows: Windows, zone: ZoneInfo) -> None:
    """Roll up quarter windows, and whatever of the coarser levels holds them."""
    await _write(connection, Level.QUARTER, windows, await _from_readings(connection, windows))
    for level in (Level.HOUR, Level.DAY, Level.MONTH):
        start_us = windows.start_us
        borders = borders_of(level, zone, int(start_us.min()), int(start_us.max()))
        coarse = windows_at(windows.point_id, starts_of(borders, start_us))
        of = spans(coarse, ends_of(borders, coarse.start_us))
        parts = await rollups_of(connection, finer_than(level, zone), of)
        await _write(connection, level, coarse, combined(parts, borders))


async def _from_readings(connection: Connection, windows: Windows) -> Rollups:
    start_us = windows.start_us
    borders = borders_of(Level.QUARTER, ZoneInfo("UTC"), int(start_us.min()), int(start_us.max()))
    parts = []
    for begin in range(0, len(windows), WINDOWS_A_FETCH):
        some = Windows(windows.keys[begin : begin + WINDOWS_A_FETCH])
        samples = await samples_of(connection, spans(some, ends_of(borders, some.start_us)))
        rollups = await asyncio.to_thread(rolled_up, samples, borders)
        parts.append(rollups.take(among(some, rollups.point_id, rollups.start_us)))
    return joined(parts)


async def _write(connection: Connection, level: Level, windows: Windows, rollups: Rollups) -> None:
    """Let the windows be what was rolled up; those without a reading have no row."""
    relation = sql.Identifier(relation_of(level))
    if len(rollups):
        await stage(connection, "rolled", ROLLUP, rollups.columns())
        await connection.execute(
            sql.SQL(_UPSERT).format(
                relation=relation,
                columns=_COLUMNS,
                values=_VALUES,
                kept=_of("kept"),
                excluded=_of("excluded"),
            )
        )
    empty = windows.without(windows_at(rollups.point_id, rollups.start_us))
    if len(empty):
        start_us = empty.start_us
        await stage(connection, "span", SPAN, [empty.point_id, start_us, start_us])
        first, end = instant(int(start_us.min())), instant(int(start_us.max()) + 1)
        await connection.execute(sql.SQL(_EMPTY).format(relation=relation, first=first, end=end))


def _of(alias: str) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) for name in ROLLUP.names[2:])


async def prepare(connection: Connection, windows: Windows) -> None:
    """Make the native partitions that the windows need."""
    needed = (partitions.QUARTER, partitions.HOUR)
    await partitions.ensure(connection, needed, np.unique(windows.start_us))
