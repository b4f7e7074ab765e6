"""The suspense account and the edits, as rows: what the log says, kept to be asked.

Idempotency keys: a posting by (park, entry, frame), an edit by its id.
"""

from typing import Any

from parkflow.telemetry.v1.edit_pb2 import AppliedEdit
from services.runtime.database import Connection, Database
from services.runtime.interval_frames import IntervalFrame, interval_frame_from
from services.runtime.received import Received
from services.runtime.topics import EDITS, INTERVALS

_POST = """
    INSERT INTO posting (park_id, entry_id, frame_id, source_id, point_id, account, starts_at,
                         ends_at, reason, movement, change_wh, known_at, edit_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (park_id, entry_id, frame_id) DO NOTHING
"""
_EDIT = """
    INSERT INTO edit (park_id, edit_id, point_id, source_id, decided_at, body)
    VALUES (%s, %s, %s, %s, to_timestamp(%s / 1e6), %s)
    ON CONFLICT (park_id, edit_id) DO NOTHING
"""


class Accounts:
    """Writes what `telemetry.intervals.v1` and `validation.edits.v1` bring of one park."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database, self._park_id = database, park_id

    async def write(self, batch: list[Received[Any]]) -> None:
        """Write one batch in one transaction; repeating it changes nothing."""
        own = [one for one in batch if one.message.park_id == self._park_id]
        frames = [interval_frame_from(o.message) for o in own if o.topic == INTERVALS.name]
        edits = [one.message for one in own if one.topic == EDITS.name]
        rows = [row for frame in frames for row in _postings(frame)]
        if rows or edits:
            async with self._database.transaction() as connection:
                await _write(connection, rows, [_edit(edit) for edit in edits])


async def _write(
    connection: Connection, postings: list[tuple[Any, ...]], edits: list[tuple[Any, ...]]
) -> None:
    async with connection.cursor() as cursor:
        if postings:
            await cursor.executemany(_POST, postings)
        if edits:
            await cursor.executemany(_EDIT, edits)


def _postings(frame: IntervalFrame) -> list[tuple[Any, ...]]:
    return [
        (
            frame.park_id,
            posting.entry_id,
            frame.frame_id,
            frame.source_id,
            posting.point_id,
            posting.account,
            posting.start,
            posting.end,
            posting.reason,
            posting.movement,
            posting.change_wh,
            frame.known_at,
            posting.edit_id,
        )
        for posting in frame.postings
    ]


def _edit(applied: AppliedEdit) -> tuple[Any, ...]:
    edit = applied.edit
    at_us = edit.decided_at.ToMicroseconds()
    body = applied.SerializeToString()
    return (applied.park_id, edit.edit_id, edit.point_id, applied.source_id, at_us, body)
