"""Readings under keys that may have rows: look first, decide in `domain.standing`, write.

One writer at a time, or two might each decide on half of a key's readings.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from numpy.typing import NDArray
from psycopg import sql

from services.history.bulk import copy_into, instant, packed, stage
from services.history.domain.layout import KEY, READING
from services.history.domain.standing import (
    Rows,
    concatenate,
    differing,
    stand_and_fall,
    with_keys_of,
)
from services.runtime.database import Connection

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('history.late'))"
_KNOWN = sql.SQL(
    """
    SELECT string_agg({packed}, NULL) FROM late_key i JOIN {relation} r
        ON r.point_id = i.point_id AND r.event_time = i.event_time
       AND r.event_time >= {first} AND r.event_time <= {last}
    """
)
_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, READING.names))
_RESTATE = sql.SQL(
    """
    INSERT INTO reading ({columns}) SELECT {columns} FROM restated ORDER BY point_id, event_time
    ON CONFLICT (point_id, event_time) DO UPDATE SET
      (value, verdict, doubt, source_id, arrival_time, frame_number)
      = (excluded.value, excluded.verdict, excluded.doubt, excluded.source_id,
         excluded.arrival_time, excluded.frame_number)
    """
).format(columns=_COLUMNS)
_REVIVED = """
    DELETE FROM reading_version v USING restated s
     WHERE v.point_id = s.point_id AND v.event_time = s.event_time
       AND v.arrival_time = s.arrival_time AND v.frame_number = s.frame_number
       AND v.value = s.value AND v.verdict = s.verdict AND v.doubt = s.doubt
"""
_KEEP = sql.SQL(
    "INSERT INTO reading_version ({columns}) SELECT {columns} FROM fallen ON CONFLICT DO NOTHING"
).format(columns=_COLUMNS)
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Settled:
    """What now stands that did not before: under new keys, and under known ones."""

    added: Rows
    restated: Rows


async def settle(connection: Connection, rows: Rows) -> Settled:
    """Write what is new of `rows` and return what changed of `reading`."""
    await connection.execute(_LOCK)
    for attempt in range(1, _TRIES + 1):
        known = await _known(connection, rows, "reading")
        absent, other = differing(rows, known)
        added, fallen = stand_and_fall(rows.take(absent))
        try:
            await add(connection, added)
            break
        except psycopg.errors.UniqueViolation:  # a writer of news was faster: look again
            if attempt == _TRIES:
                raise
    await keep_versions(connection, fallen)
    return Settled(added, await _restate(connection, rows.take(other), known))


async def add(connection: Connection, rows: Rows) -> None:
    """Write rows under new keys; UniqueViolation, and nothing written, when one is known."""
    if len(rows):
        async with connection.transaction():
            await copy_into(connection, "reading", READING, rows.columns())


async def keep_versions(connection: Connection, rows: Rows) -> None:
    """Write what does not stand; repeating it changes nothing."""
    if len(rows):
        await stage(connection, "fallen", READING, rows.columns())
        await connection.execute(_KEEP)


async def _restate(connection: Connection, rows: Rows, known: Rows) -> Rows:
    """Let each key of `rows`, all known, have what stands among everything received under it."""
    if not len(rows):
        return rows
    before = known.take(with_keys_of(known, rows))
    versions = await _known(connection, rows, "reading_version")
    now, fallen = stand_and_fall(concatenate([before, versions, rows]))
    changed = now.take(differing(now, before)[1])
    if len(changed):
        await stage(connection, "restated", READING, changed.columns())
        await connection.execute(_RESTATE)
        await connection.execute(_REVIVED)
    await keep_versions(connection, fallen)
    return changed


async def _known(connection: Connection, rows: Rows, relation: str) -> Rows:
    """Return the rows of `relation` under the keys of `rows`."""
    await stage(connection, "late_key", KEY, _distinct_keys(rows))
    query = _KNOWN.format(
        packed=sql.SQL(READING.packed_from("r")),
        relation=sql.Identifier(relation),
        first=instant(int(rows.event_time_us.min())),
        last=instant(int(rows.event_time_us.max())),
    )
    return Rows(*READING.unpacked(await packed(connection, query)))


def _distinct_keys(rows: Rows) -> list[NDArray[Any]]:
    ordered = rows.by_key()
    standing = stand_and_fall(ordered)[0]
    return [standing.point_id, standing.event_time_us]
