"""Checkpoints in PostgreSQL."""

from dataclasses import dataclass

from services.runtime.database import Database

_NEWEST = "SELECT next_offset, state FROM checkpoint WHERE park_id = %s AND partition = %s"
_KEEP = """
    INSERT INTO checkpoint (park_id, partition, next_offset, state) VALUES (%s, %s, %s, %s)
    ON CONFLICT (park_id, partition) DO UPDATE SET
      (next_offset, state, kept_at) = (excluded.next_offset, excluded.state, now())
    WHERE excluded.next_offset > checkpoint.next_offset
"""
_FORGET = "DELETE FROM checkpoint WHERE park_id = %s AND partition = %s AND next_offset > %s"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state that holds everything before `next_offset`."""

    next_offset: int
    state: bytes


class CheckpointStore:
    """Of two checkpoints of a partition the later one stays: both are true."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database, self._park_id = database, park_id

    async def newest(self, partition: int) -> Checkpoint | None:
        """Return the newest checkpoint of a partition."""
        rows = await self._database.rows(_NEWEST, (self._park_id, partition))
        return Checkpoint(rows[0][0], bytes(rows[0][1])) if rows else None

    async def keep(self, partition: int, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint unless a later one is there."""
        async with self._database.transaction() as connection:
            await connection.execute(
                _KEEP, (self._park_id, partition, checkpoint.next_offset, checkpoint.state)
            )

    async def forget_beyond(self, partition: int, end: int) -> None:
        """Remove a checkpoint of a log that is no longer there: this one ends at `end`."""
        async with self._database.transaction() as connection:
            await connection.execute(_FORGET, (self._park_id, partition, end))
