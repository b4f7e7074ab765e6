"""Sums of the quarter hours' energies by hour, local day and month: refreshed and read.

Each level is made anew from the finer one wherever a quarter hour of it changed, so that it is
always equal to its recomputation. What quarter hours may be gone of is final (`horizon`).
"""

from zoneinfo import ZoneInfo

import numpy as np
from psycopg import sql

from services.history.bulk import instant, packed, stage
from services.history.domain.energy import SUMMED, Sums, Words
from services.history.domain.layout import ENERGY_SUM, SPAN
from services.history.domain.touched import Windows, windows_at
from services.history.domain.windows import Level, borders_of, ends_of, finer_than, starts_of
from services.runtime.database import Connection

_FINAL_BEFORE = "SELECT extract(epoch FROM quarters_from)::float8 FROM horizon"
_VALUES = ENERGY_SUM.names[2:]
_SUM = """
    INSERT INTO {relation} AS kept (point_id, window_start, {values})
    SELECT s.point_id, s.first_time, {sums} FROM span s, LATERAL (
        SELECT * FROM {finer} WHERE point_id = s.point_id
           AND window_start >= s.first_time AND window_start < s.end_time
           AND window_start >= {first} AND window_start < {end} OFFSET 0) AS f
     GROUP BY s.point_id, s.first_time ORDER BY s.point_id, s.first_time
    ON CONFLICT (point_id, window_start) DO UPDATE SET ({values}) = ROW({excluded})
     WHERE ({kept}) IS DISTINCT FROM ({excluded})
"""
_READ = """
    SELECT string_agg({packed}, NULL) FROM unnest(%s::int[]) AS p (number), LATERAL (
        SELECT * FROM {relation} WHERE point_id = p.number
           AND window_start >= {first} AND window_start < {end} OFFSET 0) AS e
"""


def relation_of(level: Level) -> str:
    """Return the name of a level's relation."""
    return "energy" if level is Level.QUARTER else f"energy_{level.value}"


async def refresh(connection: Connection, changed: Words, zone: ZoneInfo) -> None:
    """Sum up anew every hour, day and month that holds a quarter hour of `changed`."""
    final_us = await _final_before_us(connection)
    changed = changed.take(changed.start_us >= final_us)
    for level in (Level.HOUR, Level.DAY, Level.MONTH) if len(changed) else ():
        windows = _windows_of(level, changed, zone)
        finer = finer_than(level, zone)
        if finer is Level.QUARTER:  # of a day that began before, quarter hours are gone
            windows = windows.take(windows.start_us >= final_us)
        if len(windows):
            await _sum_up(connection, level, finer, windows, zone)


async def sums_between(
    connection: Connection, level: Level, points: list[int], first_us: int, end_us: int
) -> Sums:
    """Return the windows of a level that begin in [first, end)."""
    query = sql.SQL(_READ).format(
        packed=sql.SQL(ENERGY_SUM.packed_from("e")),
        relation=sql.Identifier(relation_of(level)),
        first=instant(first_us),
        end=instant(end_us),
    )
    return Sums(*ENERGY_SUM.unpacked(await packed(connection, query, (points,))))


async def _final_before_us(connection: Connection) -> int:
    cursor = await connection.execute(_FINAL_BEFORE)
    row = await cursor.fetchone()
    return int(np.iinfo(np.int64).min) if row is None or row[0] < 0 else int(row[0] * 1_000_000)


def _windows_of(level: Level, changed: Words, zone: ZoneInfo) -> Windows:
    """Return the windows of a level that hold the quarter hours."""
    start_us = changed.start_us
    borders = borders_of(level, zone, int(start_us.min()), int(start_us.max()))
    return windows_at(changed.point_id, starts_of(borders, start_us))


async def _sum_up(
    connection: Connection, level: Level, finer: Level, windows: Windows, zone: ZoneInfo
) -> None:
    first_us = windows.start_us
    borders = borders_of(level, zone, int(first_us.min()), int(first_us.max()))
    end_us = ends_of(borders, first_us)
    await stage(connection, "span", SPAN, [windows.point_id, first_us, end_us])
    query = sql.SQL(_SUM).format(
        relation=sql.Identifier(relation_of(level)),
        finer=sql.Identifier(relation_of(finer)),
        first=instant(int(first_us.min())),
        end=instant(int(end_us.max())),
        values=_listed(None),
        sums=sql.SQL(", ").join([*map(_summed, SUMMED), sql.SQL("bit_or(f.methods)")]),
        excluded=_listed("excluded"),
        kept=_listed("kept"),
    )
    await connection.execute(query)


def _summed(name: str) -> sql.Composed:
    return sql.SQL("sum({})::int8").format(sql.Identifier("f", name))


def _listed(alias: str | None) -> sql.Composed:
    names = ((alias, name) if alias else (name,) for name in _VALUES)
    return sql.SQL(", ").join(sql.Identifier(*name) for name in names)
