"""Checkpoints in PostgreSQL, and with each what its readings were like and who was heard when."""

from dataclasses import dataclass, field

from psycopg.types.json import Jsonb

from services.energy.time_grid import from_microseconds
from services.runtime.database import Connection, Database
from services.validation.domain.energy_quality import EnergyQuality
from services.validation.domain.gaps import Heard
from services.validation.domain.quality import SourceQuality

_NEWEST = "SELECT next_offset, state FROM checkpoint WHERE park_id = %s AND partition = %s"
_KEEP = """
    INSERT INTO checkpoint (park_id, partition, next_offset, state) VALUES (%s, %s, %s, %s)
    ON CONFLICT (park_id, partition) DO UPDATE SET
      (next_offset, state, kept_at) = (excluded.next_offset, excluded.state, now())
    WHERE excluded.next_offset > checkpoint.next_offset
"""
_FORGET = """
    WITH gone AS (
      DELETE FROM checkpoint WHERE park_id = %s AND partition = %s AND next_offset > %s
      RETURNING park_id, partition
    )
    DELETE FROM heard USING gone
     WHERE (heard.park_id, heard.partition) = (gone.park_id, gone.partition)
"""
_CLEAR_QUALITY = "DELETE FROM quality WHERE park_id = %s AND partition = %s"
_QUALITY = """
    INSERT INTO quality (park_id, partition, source_id, newest_event, newest_arrival, as_of,
                         first_quarter, filled, expected, unheard, doubts)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_CLEAR_ENERGY = "DELETE FROM energy_quality WHERE park_id = %s AND partition = %s"
_ENERGY = """
    INSERT INTO energy_quality (park_id, partition, source_id, told, believed, estimated)
    VALUES (%s, %s, %s, %s, %s, %s)
"""
_HEARD = """
    INSERT INTO heard (park_id, partition, until_us, point_ids, newest_us, period_us)
    SELECT park_id, partition, %s::bigint, %s::text, %s::bytea, %s::bytea FROM checkpoint
     WHERE park_id = %s AND partition = %s AND next_offset = %s
    ON CONFLICT (park_id, partition) DO UPDATE SET
      (until_us, point_ids, newest_us, period_us)
      = (greatest(heard.until_us, excluded.until_us),
         excluded.point_ids, excluded.newest_us, excluded.period_us)
"""
_STILL = """
    UPDATE heard SET until_us = greatest(until_us, %s) FROM checkpoint
     WHERE (heard.park_id, heard.partition) = (checkpoint.park_id, checkpoint.partition)
       AND heard.park_id = %s AND heard.partition = %s AND next_offset = %s
"""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state that holds everything before `next_offset`."""

    next_offset: int
    state: bytes
    quality: list[SourceQuality] = field(default_factory=list)
    energy: list[EnergyQuality] = field(default_factory=list)
    heard: Heard | None = None


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
            cursor = await connection.execute(
                _KEEP, (self._park_id, partition, checkpoint.next_offset, checkpoint.state)
            )
            if cursor.rowcount:
                await self._keep_quality(connection, partition, checkpoint.quality)
                await self._keep_energy(connection, partition, checkpoint.energy)
                if (heard := checkpoint.heard) is not None:
                    row = self._heard_row(partition, checkpoint.next_offset, heard)
                    await connection.execute(_HEARD, row)

    async def still(self, partition: int, next_offset: int, until_us: int) -> bool:
        """Note that nothing had come by `until_us` (park time) after this partition's checkpoint.

        Returns whether it is noted: not when another checkpoint is there, nor when with this one
        it was not kept who was heard when.
        """
        async with self._database.transaction() as connection:
            row = (until_us, self._park_id, partition, next_offset)
            return (await connection.execute(_STILL, row)).rowcount > 0

    async def keep_heard(self, partition: int, next_offset: int, heard: Heard) -> None:
        """Keep who was heard when with the checkpoint of this offset; no other one's."""
        async with self._database.transaction() as connection:
            await connection.execute(_HEARD, self._heard_row(partition, next_offset, heard))

    async def _keep_quality(
        self, connection: Connection, partition: int, quality: list[SourceQuality]
    ) -> None:
        await connection.execute(_CLEAR_QUALITY, (self._park_id, partition))
        rows = [
            (
                self._park_id,
                partition,
                one.source_id,
                from_microseconds(one.newest_event_us),
                from_microseconds(one.newest_arrival_us),
                from_microseconds(one.as_of_us),
                from_microseconds(one.first_us),
                list(one.filled),
                list(one.expected),
                one.unheard,
                Jsonb({str(int(doubt)): count for doubt, count in one.doubts.items()}),
            )
            for one in quality
        ]
        async with connection.cursor() as cursor:
            await cursor.executemany(_QUALITY, rows)

    async def _keep_energy(
        self, connection: Connection, partition: int, energy: list[EnergyQuality]
    ) -> None:
        await connection.execute(_CLEAR_ENERGY, (self._park_id, partition))
        rows = [
            (self._park_id, partition, one.source_id, one.told, one.believed, one.estimated)
            for one in energy
        ]
        async with connection.cursor() as cursor:
            await cursor.executemany(_ENERGY, rows)

    def _heard_row(self, partition: int, next_offset: int, heard: Heard) -> tuple[object, ...]:
        return (
            heard.until_us,
            "\n".join(heard.point_ids),
            heard.newest_us.astype("<i8").tobytes(),
            heard.period_us.astype("<f8").tobytes(),
            self._park_id,
            partition,
            next_offset,
        )

    async def forget_beyond(self, partition: int, end: int) -> None:
        """Remove a checkpoint, and who was heard, of a log that is no longer there.

        This one ends at `end`.
        """
        async with self._database.transaction() as connection:
            await connection.execute(_FORGET, (self._park_id, partition, end))
