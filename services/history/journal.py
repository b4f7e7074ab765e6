"""Committed rows in commit order, for watching without a gap.

A transaction takes its position as its last act and holds `journal_head` until it is committed:
whoever reads up to a position has seen everything before it.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from services.history.domain.layout import READING
from services.history.domain.standing import Rows
from services.runtime.database import Connection, Database

ROWS_A_POSITION = 20_000
_APPEND = """
    WITH head AS (UPDATE journal_head SET position = position + 1 RETURNING position)
    INSERT INTO journal (position, committed_at, rows)
    SELECT position, clock_timestamp(), %b FROM head
"""
_BOUNDS = "SELECT oldest, position FROM journal_head"
_AFTER = "SELECT position, rows FROM journal WHERE position >= %s ORDER BY position LIMIT %s"
_FORGET = """
    WITH gone AS (DELETE FROM journal WHERE committed_at < %s RETURNING position)
    UPDATE journal_head SET oldest = greatest(oldest, (SELECT max(position) + 1 FROM gone))
     WHERE EXISTS (SELECT FROM gone)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one position holds."""

    position: int
    rows: Rows


async def append(connection: Connection, rows: Rows) -> None:
    """Note the rows a transaction has written; nothing may be written after this."""
    for begin in range(0, len(rows), ROWS_A_POSITION):
        part = rows.take(np.arange(begin, min(begin + ROWS_A_POSITION, len(rows))))
        await connection.execute(_APPEND, (READING.packed(part.columns()),))


async def bounds(database: Database) -> tuple[int, int]:
    """Return the oldest position that is still there and the newest."""
    ((oldest, newest),) = await database.rows(_BOUNDS)
    return oldest, newest


async def entries_from(database: Database, position: int, limit: int) -> list[Entry]:
    """Return up to `limit` entries beginning with `position`."""
    found = await database.rows(_AFTER, (position, limit))
    return [Entry(number, Rows(*READING.unpacked(content))) for number, content in found]


async def forget_before(connection: Connection, moment: datetime) -> None:
    """Drop what was committed before a wall-clock moment."""
    await connection.execute(_FORGET, (moment,))
