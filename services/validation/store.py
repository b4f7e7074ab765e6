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
_FORGET = "DELETE FROM checkpoint WHERE park_id = %s AND partition = %s AND next_offset > %s"
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
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (park_id, partition) DO UPDATE SET
      (until_us, point_ids, newest_us, period_us)
      = (excluded.until_us, excluded.point_ids, excluded.newest_us, excluded.period_us)
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
                if checkpoint.heard is not None:
                    await self._keep_heard(connection, partition, checkpoint.heard)

    async def still(self, partition: int, next_offset: int, until_us: int) -> None:
        """Note that nothing had come by `until_us` (park time) after this partition's checkpoint.

        Nothing happens when another checkpoint is there.
        """
        async with self._database.transaction() as connection:
            await connection.execute(_STILL, (until_us, self._park_id, partition, next_offset))

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

    async def _keep_heard(self, connection: Connection, partition: int, heard: Heard) -> None:
        row = (
            self._park_id,
            partition,
            heard.until_us,
            "\n".join(heard.point_ids),
            heard.newest_us.astype("<i8").tobytes(),
            heard.period_us.astype("<f8").tobytes(),
        )
        await connection.execute(_HEARD, row)

    async def forget_beyond(self, partition: int, end: int) -> None:
        """Remove a checkpoint of a log that is no longer there: this one ends at `end`."""
        async with self._database.transaction() as connection:
            await connection.execute(_FORGET, (self._park_id, partition, end))
