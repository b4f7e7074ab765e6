"""What is kept how long: partitions and chunks dropped, old chunks packed, the journal cut short.

Rollups outlive the readings they were made of. Before readings go, everything that waits to be
rolled up there is, and from then on those windows are final (`horizon`).
"""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import sql

from services.energy.time_grid import to_microseconds
from services.history import journal, partitions, queue
from services.history.partitions import Partitioned
from services.history.refreshing import Refresher
from services.history.settings import Keeping
from services.runtime import metrics
from services.runtime.clock import ParkClock
from services.runtime.database import Connection, Database
from services.runtime.patience import patiently, waits
from services.runtime.progress import Stage
from services.runtime.telemetry import log_for, record

EVERY_S = 300.0
LOOK_S = 15.0
_PATIENCE = "SET LOCAL lock_timeout = '2s'"
_ONE_AT_A_TIME = "SELECT pg_try_advisory_xact_lock(hashtext('history.retention'))"
_SHARDS = "SELECT shard FROM rollup_shard ORDER BY shard FOR UPDATE"
_RAW_FROM = "UPDATE horizon SET raw_from = greatest(raw_from, %s)"
_QUARTERS_FROM = "UPDATE horizon SET quarters_from = greatest(quarters_from, %s)"
_DROP_CHUNKS = "SELECT count(*) FROM drop_chunks(%s::regclass, older_than => %s::timestamptz)"
_ENABLED = """
    SELECT compression_enabled FROM timescaledb_information.hypertables
     WHERE hypertable_schema = 'history' AND hypertable_name = %s
"""
_ENABLE = """
    ALTER TABLE {} SET (timescaledb.compress, timescaledb.compress_segmentby = 'point_id',
                        timescaledb.compress_orderby = {})
"""
_PACKABLE = """
    SELECT format('%%I.%%I', i.chunk_schema, i.chunk_name)
      FROM timescaledb_information.chunks i
      JOIN _timescaledb_catalog.chunk c
        ON c.schema_name = i.chunk_schema AND c.table_name = i.chunk_name
     WHERE i.hypertable_schema = 'history' AND i.hypertable_name = %s AND i.range_end <= %s
       AND (c.status & 1 = 0 OR c.status & 10 <> 0) ORDER BY i.range_start
"""
"""Chunks not yet in columns (bit 1), and those that got late rows since (bits 2 and 8)."""
log = log_for(__name__)


class _StillWaiting(Exception):
    """Something must happen before readings may go."""


class Retention:
    """Keeps what the settings say."""

    def __init__(
        self, database: Database, refresher: Refresher, keeping: Keeping, clock: ParkClock
    ) -> None:
        self._database = database
        self._refresher = refresher
        self._keeping = keeping
        self._clock = clock

    async def keep_up(self, stage: Stage) -> None:
        """Drop and pack what is due, every few minutes, for ever."""
        waits.set(stage.move)
        while True:
            await patiently(self.apply, "database")
            for _ in range(int(EVERY_S / LOOK_S)):
                stage.move()
                await asyncio.sleep(LOOK_S)

    async def apply(self) -> None:
        """Drop and pack what is due now."""
        now = self._clock.now()
        for relation, days in self._keeping.days().items():
            if days:
                await self._drop(relation, now - timedelta(days=days))
        if self._keeping.columnstore_days and self._database.abilities.timescaledb:
            await self._pack(now - timedelta(days=self._keeping.columnstore_days))
        async with self._database.transaction() as connection:
            cut = datetime.now(UTC) - timedelta(minutes=self._keeping.journal_minutes)
            await journal.forget_before(connection, cut)

    async def _drop(self, relation: Partitioned, before: datetime) -> None:
        if relation in partitions.OF_READINGS:
            await self._refresher.refresh_all()
        try:
            async with self._database.transaction() as connection:
                if await self._may_begin(connection):
                    count = await self._drop_now(connection, relation, before)
                    record(metrics.PARTITIONS_DROPPED, count, relation=relation.relation)
        except (psycopg.errors.LockNotAvailable, _StillWaiting) as reason:
            log.info("retention_postponed", relation=relation.relation, reason=str(reason))

    async def _may_begin(self, connection: Connection) -> bool:
        """Whether this process is the one that does it, with refreshing held back meanwhile."""
        await connection.execute(_PATIENCE)
        cursor = await connection.execute(_ONE_AT_A_TIME)
        row = await cursor.fetchone()
        if row and row[0]:
            await connection.execute(_SHARDS)
        return bool(row and row[0])

    async def _drop_now(
        self, connection: Connection, relation: Partitioned, before: datetime
    ) -> int:
        count = await self._drop_partitions(connection, relation, before)
        if relation == partitions.READING:  # locked now: nobody can touch what is going
            border = partitions.week_begun(before)
            if await queue.waits_before(connection, to_microseconds(border)):
                raise _StillWaiting("windows of these readings wait to be rolled up")
            await connection.execute(_RAW_FROM, (border,))
        if relation == partitions.ENERGY:
            await connection.execute(_QUARTERS_FROM, (partitions.week_begun(before),))
        return count

    async def _drop_partitions(
        self, connection: Connection, relation: Partitioned, before: datetime
    ) -> int:
        if self._database.abilities.timescaledb:
            cursor = await connection.execute(
                _DROP_CHUNKS, (f"history.{relation.relation}", partitions.week_begun(before))
            )
            return int((await cursor.fetchone() or (0,))[0])
        gone = await partitions.older_than(connection, relation, before)
        for name in gone:
            await connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
        return len(gone)

    async def _pack(self, before: datetime) -> None:
        """Turn old chunks into columns, one at a time; those that got late rows again too."""
        for relation in partitions.IN_COLUMNS:
            if not await self._columns_allowed(relation):
                return
            for (chunk,) in await self._database.rows(_PACKABLE, (relation.relation, before)):
                async with self._database.transaction() as connection:
                    await connection.execute("SET LOCAL statement_timeout = 0")
                    await connection.execute("SELECT compress_chunk(%s::regclass)", (chunk,))

    async def _columns_allowed(self, relation: Partitioned) -> bool:
        """Whether a relation can have columns: not under TimescaleDB's Apache licence."""
        ((enabled,),) = await self._database.rows(_ENABLED, (relation.relation,))
        if enabled:
            return True
        statement = sql.SQL(_ENABLE).format(
            sql.Identifier(relation.relation), sql.Literal(relation.column)
        )
        try:
            async with self._database.transaction() as connection:
                await connection.execute(statement)
        except psycopg.errors.FeatureNotSupported as refusal:
            log.info("no_columnstore", reason=str(refusal).splitlines()[0])
            return False
        return True
