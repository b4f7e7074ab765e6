"""Native partitions of whole weeks: LIKE and ATTACH before the first row (never blocking)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from services.energy.time_grid import from_microseconds
from services.runtime.database import Connection

WEEK = timedelta(days=7)
MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
_MISSING = """
    SELECT name FROM unnest(%s::text[]) AS name WHERE NOT EXISTS (
        SELECT FROM pg_class WHERE relname = name AND relnamespace = 'history'::regnamespace)
"""
"""Not by `to_regclass`: a session remembers for a while what was not there."""
_CHILDREN = """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = to_regclass(%s) ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True)
class Partitioned:
    """One relation with a partition (TimescaleDB: a chunk) every `span`."""

    relation: str
    span: timedelta
    column: str = "event_time"


READING = Partitioned("reading", WEEK)
VERSION = Partitioned("reading_version", WEEK)
QUARTER = Partitioned("rollup_quarter", WEEK, "window_start")
HOUR = Partitioned("rollup_hour", 4 * WEEK, "window_start")
ENERGY = Partitioned("energy", WEEK, "window_start")
ENERGY_VERSION = Partitioned("energy_version", WEEK, "window_start")
ENERGY_HOUR = Partitioned("energy_hour", 4 * WEEK, "window_start")
OF_READINGS = (READING, VERSION)
IN_COLUMNS = (READING, QUARTER, HOUR, ENERGY, ENERGY_HOUR)
"""What TimescaleDB turns into columns. Versions are few and stay rows: releases before 2.19.1 end
an `INSERT … ON CONFLICT DO NOTHING` into packed chunks at its first conflict (their issue 7672)."""
OF_ENERGY = (ENERGY, ENERGY_VERSION, ENERGY_HOUR)


async def ensure(
    connection: Connection, relations: Sequence[Partitioned], time_us: NDArray[np.int64]
) -> None:
    """Make every partition that the instants need; safe against a second writer."""
    wanted = {
        _name(relation, start): (relation, start)
        for relation in relations
        for start in _starts(relation, time_us)
    }
    cursor = await connection.execute(_MISSING, (list(wanted),))
    if missing := [name for (name,) in await cursor.fetchall()]:
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('history.partitions'))")
        cursor = await connection.execute(_MISSING, (missing,))
        for (name,) in await cursor.fetchall():
            await _attach(connection, name, *wanted[name])


async def older_than(connection: Connection, relation: Partitioned, moment: datetime) -> list[str]:
    """Return the names of the partitions that end at or before `moment`."""
    cursor = await connection.execute(_CHILDREN, (f"history.{relation.relation}",))
    names = [name for (name,) in await cursor.fetchall()]
    return [name for name in names if _start(name) + relation.span <= moment]


def week_begun(moment: datetime) -> datetime:
    """Return the start of the week that holds `moment`: what ends before it may be dropped."""
    return moment - (moment - MONDAY) % WEEK


def _starts(relation: Partitioned, time_us: NDArray[np.int64]) -> list[datetime]:
    span_us = relation.span // timedelta(microseconds=1)
    origin_us = int(MONDAY.timestamp()) * 1_000_000
    numbers = np.unique((time_us - origin_us) // span_us)
    return [from_microseconds(origin_us + int(number) * span_us) for number in numbers]


def _name(relation: Partitioned, start: datetime) -> str:
    return f"{relation.relation}_{start:%Y%m%d}"


def _start(name: str) -> datetime:
    return datetime.strptime(name.rpartition("_")[2], "%Y%m%d").replace(tzinfo=UTC)


async def _attach(
    connection: Connection, name: str, relation: Partitioned, start: datetime
) -> None:
    parent, child = sql.Identifier(relation.relation), sql.Identifier(name)
    await connection.execute(
        sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(child, parent)
    )
    await connection.execute(
        sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            parent,
            child,
            sql.Literal(start.isoformat()),
            sql.Literal((start + relation.span).isoformat()),
        )
    )
