"""PostgreSQL: a pool that waits, migrations per service, and what the server can do (§9)."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from services.runtime.patience import patiently
from services.runtime.telemetry import log_for

log = log_for(__name__)
Connection = psycopg.AsyncConnection[TupleRow]
CONNECT_S = 5
STATEMENT_MS = 30_000
UNACKNOWLEDGED_MS = 20_000
"""How long what was sent may stay unheard: keepalives do not count while anything is on its way."""
MIGRATION_LOCK = 7_310_001


class OldSchema(Exception):
    """The schema is not the one this code was written for."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the server can do."""

    version: int
    timescaledb: str | None


class Database:
    """The pool of one service; each connection looks into the service's own schema first."""

    def __init__(self, service: str, url: str, pool_size: int = 4, options: str = "") -> None:
        self._service = service
        self._url = url
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=pool_size,
            open=False,
            timeout=CONNECT_S,
            check=AsyncConnectionPool.check_connection,
            reconnect_timeout=30,
            kwargs={
                "connect_timeout": CONNECT_S,
                "application_name": f"parkflow-{service}",
                "options": f"-c search_path={service},public -c timezone=UTC "
                f"-c statement_timeout={STATEMENT_MS} {options}",
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 3,
                "tcp_user_timeout": UNACKNOWLEDGED_MS,
            },
        )
        self.abilities = Abilities(0, None)

    async def start(self) -> None:
        """Open the pool, waiting for the server, and check the schema's version.

        Nothing stays open where it raises OldSchema.
        """
        await self._pool.open(wait=False)
        try:
            self.abilities = await patiently(self._look, "database")
        except BaseException:
            await self._pool.close()
            raise
        log.info(
            "database_ready",
            server_version=self.abilities.version,
            timescaledb=self.abilities.timescaledb or "absent: native partitions",
        )

    async def _look(self) -> Abilities:
        async with self._pool.connection() as connection:
            await check_schema(connection, self._service)
            return await abilities_of(connection)

    async def stop(self) -> None:
        """Close the pool."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Run a block in one transaction: committed at its end, undone when it raises."""
        async with self._pool.connection() as connection, connection.transaction():
            yield connection

    async def rows(self, query: str, parameters: Any = ()) -> list[TupleRow]:
        """Return all rows of a query."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query, parameters)
            return await cursor.fetchall()


async def abilities_of(connection: Connection) -> Abilities:
    """Return what the server behind `connection` can do."""
    cursor = await connection.execute(
        "SELECT current_setting('server_version_num')::int,"
        " (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb')"
    )
    row = await cursor.fetchone()
    return Abilities(row[0], row[1]) if row else Abilities(0, None)


def migration_files(service: str) -> list[Path]:
    """Return the service's migrations in order."""
    folder = Path(__file__).parent.parent / service / "migrations"
    return sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))


def _number(file: Path) -> int:
    return int(re.match(r"\d+", file.name).group())  # type: ignore[union-attr]


async def migrate(service: str, url: str) -> list[str]:
    """Bring the service's schema up to date and return the names of what was applied.

    `NNNN_what.sql` runs everywhere; `NNNN_what.timescaledb.sql` / `.plain.sql` only with or
    without the extension. Idempotent; concurrent runs wait for each other; each file is one
    transaction.
    """
    connection = await patiently(lambda: psycopg.AsyncConnection.connect(url), "database")
    async with connection:
        await connection.set_autocommit(True)
        await connection.execute("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        await _enable_timescaledb(connection)
        abilities = await abilities_of(connection)
        await _prepare(connection, service)
        applied = []
        for file in await _missing(connection, service):
            if _fits(file, abilities):
                await _apply(connection, service, file)
                applied.append(file.name)
        return applied


async def _enable_timescaledb(connection: Connection) -> None:
    """Create the extension where it is preloaded; CREATE EXTENSION without preload is FATAL."""
    cursor = await connection.execute(
        "SELECT current_setting('timescaledb.disable_load', true) IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb')"
    )
    row = await cursor.fetchone()
    if row and row[0]:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")


async def _prepare(connection: Connection, service: str) -> None:
    schema = sql.Identifier(service)
    await connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
    await connection.execute(
        sql.SQL(
            "CREATE TABLE IF NOT EXISTS {}.migration ("
            " name text PRIMARY KEY, number int NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        ).format(schema)
    )


async def _missing(connection: Connection, service: str) -> list[Path]:
    query = sql.SQL("SELECT name FROM {}.migration").format(sql.Identifier(service))
    cursor = await connection.execute(query)
    done = {row[0] for row in await cursor.fetchall()}
    return [file for file in migration_files(service) if file.name not in done]


def _fits(file: Path, abilities: Abilities) -> bool:
    if file.name.endswith(".timescaledb.sql"):
        return abilities.timescaledb is not None
    if file.name.endswith(".plain.sql"):
        return abilities.timescaledb is None
    return True


async def _apply(connection: Connection, service: str, file: Path) -> None:
    async with connection.transaction():
        await connection.execute(
            sql.SQL("SET LOCAL search_path TO {}, public").format(sql.Identifier(service))
        )
        await connection.execute(_statements(file))
        await connection.execute(
            sql.SQL("INSERT INTO {}.migration (name, number) VALUES (%s, %s)").format(
                sql.Identifier(service)
            ),
            (file.name, _number(file)),
        )


def _statements(file: Path) -> bytes:
    return file.read_bytes()


async def check_schema(connection: Connection, service: str) -> None:
    """Raise OldSchema unless every migration number of this code has been applied."""
    wanted = max((_number(file) for file in migration_files(service)), default=0)
    if wanted == 0:
        return
    cursor = await connection.execute(
        "SELECT to_regclass(%s) IS NOT NULL", (f"{service}.migration",)
    )
    row = await cursor.fetchone()
    found = 0
    if row and row[0]:
        query = sql.SQL("SELECT coalesce(max(number), 0) FROM {}.migration")
        cursor = await connection.execute(query.format(sql.Identifier(service)))
        found = (await cursor.fetchone() or (0,))[0]
    if found < wanted:
        raise OldSchema(
            f"schema {service} is at migration {found}, this code needs {wanted}; "
            f"run `python -m services.{service} migrate`"
        )
