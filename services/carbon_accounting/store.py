"""The books in PostgreSQL. One writer at a time per park: the transaction holds a park's lock."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.carbon_accounting import statements as sql
from services.carbon_accounting.domain.booking import Booked, Outcome
from services.carbon_accounting.domain.entries import (
    EntryKey,
    Posting,
    Quality,
    Recorded,
    Withdrawal,
)
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.words import Word, WordKey
from services.runtime.database import Connection, Database


class PostgresBooks:
    """The books of one park inside one open transaction."""

    def __init__(self, connection: Connection, park_id: str) -> None:
        self._connection = connection
        self._park_id = park_id

    async def words(
        self, points: Collection[str], starts: Collection[datetime]
    ) -> dict[WordKey, Word]:
        """Return the words that stand on these registers in these quarters."""
        rows = await self._rows(sql.WORDS, (self._park_id, list(points), list(starts)))
        return {(row[0], row[1]): Word(*row) for row in rows}

    async def put_words(self, words: Sequence[Word]) -> None:
        """Keep words, each in the place of the one that stood."""
        if words:
            columns = [[getattr(word, name) for word in words] for name in sql.WORD]
            await self._connection.execute(sql.PUT_WORDS, (self._park_id, *columns))

    async def watermark(self) -> datetime | None:
        """Return the end of the newest quarter of which there is a word."""
        ((newest,),) = await self._rows(sql.WATERMARK, (self._park_id,))
        return newest  # type: ignore[no-any-return]

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
        list(entry.words),
        known_at,
        posting.restated_because,
    )


def _outcome_row(outcome: Outcome) -> tuple[Any, ...]:
    if not isinstance(outcome, Booked):
        unknown = [None] * (len(sql.BALANCE) + 2)
        return (outcome.start, outcome.waits_for, outcome.set_aside, *unknown)
    flows = outcome.flows
    return (
        outcome.start,
        "",
        outcome.set_aside,
        int(outcome.quality),
        *(getattr(flows, name) for name in sql.FLOWS),
        sum(flows.gas_wh),
        flows.gap_wh,
        flows.gap_is_large,
    )
