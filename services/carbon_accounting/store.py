"""The books in PostgreSQL. One writer at a time per park: the transaction holds a park's lock."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.carbon_accounting import statements as sql
from services.carbon_accounting.books import Between, Neighbours, PointBorder
from services.carbon_accounting.domain.booking import Booked, Outcome
from services.carbon_accounting.domain.entries import (
    EntryKey,
    Posting,
    Quality,
    Recorded,
    Withdrawal,
)
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.registers import Changed, EdgeKey, Edges, Standing
from services.runtime.database import Connection, Database


class PostgresBooks:
    """The books of one park inside one open transaction."""

    def __init__(self, connection: Connection, park_id: str) -> None:
        self._connection = connection
        self._park_id = park_id

    async def edges(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Edges]:
        """Return the edges that are kept under these keys."""
        points, quarters = _columns(keys)
        rows = await self._rows(sql.EDGES, (points, quarters, self._park_id))
        return {(row[0], row[1]): Edges(Standing(*row[2:6]), Standing(*row[6:10])) for row in rows}

    async def put_edges(self, changes: Sequence[Changed]) -> None:
        """Keep changed edges."""
        if not changes:
            return
        rows = [(*c.key, *_standing(c.edges.first), *_standing(c.edges.last)) for c in changes]
        columns = [list(column) for column in zip(*rows, strict=True)]
        await self._connection.execute(sql.PUT_EDGES, (self._park_id, *columns))

    async def between(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Between]:
        """Return the neighbouring quarters with readings of each key."""
        points, quarters = _columns(keys)
        rows = await self._rows(
            sql.BETWEEN, {"points": points, "quarters": quarters, "park": self._park_id}
        )
        return {(row[0], row[1]): Between(row[2], row[3]) for row in rows}

    async def exact(
        self, points: Sequence[str], moments: Collection[datetime]
    ) -> dict[PointBorder, int]:
        """Return the registers (Wh) that stand exactly at these moments."""
        rows = await self._rows(sql.EXACT, (self._park_id, list(points), list(moments)))
        return {(point, moment): wh for point, moment, wh in rows}

    async def neighbours(self, wanted: Collection[PointBorder]) -> dict[PointBorder, Neighbours]:
        """Return the last reading before and the first after each wanted border."""
        points, moments = _columns(wanted)
        rows = await self._rows(
            sql.NEIGHBOURS, {"points": points, "moments": moments, "park": self._park_id}
        )
        return {(row[0], row[1]): (_maybe(row[2:6]), _maybe(row[6:10])) for row in rows}

    async def watermark(self) -> datetime | None:
        """Return the newest event time seen."""
        rows = await self._rows(
            "SELECT event_time FROM watermark WHERE park_id = %s", (self._park_id,)
        )
        return rows[0][0] if rows else None

    async def put_watermark(self, event_time: datetime) -> None:
        """Remember the newest event time seen."""
        await self._connection.execute(
            "INSERT INTO watermark VALUES (%s, %s) ON CONFLICT (park_id) DO UPDATE SET"
            " event_time = greatest(watermark.event_time, excluded.event_time)",
            (self._park_id, event_time),
        )

    async def current(self, starts: Collection[datetime]) -> dict[EntryKey, Recorded]:
        """Return the current entries of these quarters."""
        rows = await self._rows(sql.CURRENT, (self._park_id, list(starts)))
        return {EntryKey(row[0], Ledger(row[1]), row[2]): _recorded(row[3:]) for row in rows}

    async def append(self, postings: Sequence[Posting], known_at: datetime) -> None:
        """Append versions, mark those they replace, put them into the outbox."""
        if not postings:
            return
        await self._supersede([p.entry.key for p in postings if p.version > 1])
        async with self._connection.cursor().copy(sql.COPY_ENTRIES) as copy:
            for posting in postings:
                await copy.write_row(_entry_row(self._park_id, posting, known_at))
        await self._send([posting.id_in(self._park_id) for posting in postings])

    async def withdraw(self, withdrawals: Sequence[Withdrawal], known_at: datetime) -> None:
        """Append versions that say nothing is booked, like `append`."""
        if not withdrawals:
            return
        await self._supersede([withdrawal.key for withdrawal in withdrawals])
        rows = [
            (
                w.key.interval_start,
                int(w.key.ledger),
                w.key.activity,
                w.version,
                w.id_in(self._park_id),
                w.restated_because,
            )
            for w in withdrawals
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        await self._connection.execute(sql.WITHDRAW, (known_at, *columns, self._park_id))
        await self._send([withdrawal.id_in(self._park_id) for withdrawal in withdrawals])

    async def _supersede(self, keys: Sequence[EntryKey]) -> None:
        if keys:
            starts = [key.interval_start for key in keys]
            ledgers = [int(key.ledger) for key in keys]
            activities = [key.activity for key in keys]
            await self._connection.execute(
                sql.SUPERSEDE, (starts, ledgers, activities, self._park_id)
            )

    async def _send(self, entry_ids: Sequence[str]) -> None:
        await self._connection.execute(
            "INSERT INTO outbox (entry_id) SELECT * FROM unnest(%s::text[])", (list(entry_ids),)
        )

    async def put_outcomes(self, outcomes: Sequence[Outcome], rules: str) -> None:
        """Remember what became of each quarter, under the fingerprint of the rules."""
        if not outcomes:
            return
        columns = [list(column) for column in zip(*map(_outcome_row, outcomes), strict=True)]
        await self._connection.execute(sql.PUT_OUTCOMES, (self._park_id, rules, *columns))

    async def outdated(self, rules: str) -> list[datetime]:
        """Return the quarters whose outcome was found under other rules."""
        rows = await self._rows(
            "SELECT start FROM quarter WHERE park_id = %s AND rules <> %s ORDER BY start",
            (self._park_id, rules),
        )
        return [row[0] for row in rows]

    async def _rows(self, query: str, parameters: Any) -> list[Any]:
        cursor = await self._connection.execute(query, parameters)
        return await cursor.fetchall()


@asynccontextmanager
async def open_books(database: Database, park_id: str) -> AsyncIterator[PostgresBooks]:
    """Open the park's books in one transaction; another writer waits until it ends."""
    async with database.transaction() as connection:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            (f"carbon_accounting/{park_id}",),
        )
        yield PostgresBooks(connection, park_id)


def _columns(pairs: Collection[tuple[str, datetime]]) -> tuple[list[str], list[datetime]]:
    return [point for point, _ in pairs], [moment for _, moment in pairs]


def _standing(reading: Standing) -> tuple[datetime, int, datetime, str]:
    return (reading.event_time, reading.wh, reading.arrival_time, reading.frame_id)


def _maybe(row: Any) -> Standing | None:
    return None if row[0] is None else Standing(*row)


def _recorded(row: Any) -> Recorded:
    version, energy_wh, emissions_mg, factor_id, factor_version, trust, unverified = row[:7]
    return Recorded(
        version=version,
        energy_wh=energy_wh,
        emissions_mg=emissions_mg,
        factor_id=factor_id,
        factor_version=factor_version,
        factor_trust=trust,
        unverified=unverified,
        quality=Quality(row[7]),
        sources=tuple(row[8]),
        withdrawn=row[9],
    )


def _entry_row(park_id: str, posting: Posting, known_at: datetime) -> tuple[Any, ...]:
    entry, factor = posting.entry, posting.entry.factor
    return (
        park_id,
        int(entry.key.ledger),
        entry.key.activity,
        entry.key.interval_start,
        posting.version,
        posting.id_in(park_id),
        entry.scope,
        entry.energy_wh,
        entry.emissions_mg,
        entry.key.ledger.gas,
        factor.id,
        factor.version,
        Decimal(factor.mg_per_wh.numerator) / Decimal(factor.mg_per_wh.denominator),
        factor.trust,
        entry.unverified,
        int(entry.quality),
        list(entry.sources),
        known_at,
        posting.restated_because,
    )


def _outcome_row(outcome: Outcome) -> tuple[Any, ...]:
    if not isinstance(outcome, Booked):
        return (outcome.start, outcome.waits_for, None, *(None for _ in sql.BALANCE), None)
    flows = outcome.flows
    return (
        outcome.start,
        "",
        int(outcome.quality),
        *(getattr(flows, name) for name in sql.FLOWS),
        sum(flows.gas_wh),
        flows.gap_wh,
        flows.gap_is_large,
    )
