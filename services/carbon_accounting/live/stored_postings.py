"""Postings, their bases, chains and sums of days, in PostgreSQL."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.days import DayChange
from services.carbon_accounting.domain.live.lines import LINE_BITS, Entries, Line
from services.carbon_accounting.domain.live.postings import (
    Catalogue,
    Head,
    Newest,
    Posting,
    Standing,
    catalogue_of,
)
from services.carbon_accounting.domain.live.word_table import COLUMNS, Basis
from services.carbon_accounting.domain.words import QUARTER_US
from services.carbon_accounting.live import copying
from services.carbon_accounting.live import statements as sql
from services.carbon_accounting.live.arrays import array_cursor, some_at_a_time
from services.carbon_accounting.live.line_numbers import LineNumbers
from services.energy.time_grid import Interval, from_microseconds
from services.runtime.database import Connection


class StoredPostings:
    """The part of the books that holds postings."""

    _connection: Connection
    _park_id: str
    _numbers: LineNumbers

    async def catalogue(self, lines: Sequence[Line]) -> tuple[Catalogue, Mapping[Line, int]]:
        """Return all lines there are, these among them, by number and the other way."""
        return await self._numbers.catalogue(self._connection, self._park_id, lines)

    async def lines_with(self, numbers: Collection[int]) -> Catalogue:
        """Return all lines, those of these numbers among them."""
        return await self._numbers.with_numbers(self._connection, self._park_id, numbers)

    async def known_lines(self, lines: Sequence[Line]) -> tuple[Catalogue, Mapping[Line, int]]:
        """Return all lines, these with numbers of their own where they are not kept; adds none."""
        catalogue, numbers = await self.catalogue([])
        first = max(catalogue.lines, default=0) + 1
        new = {
            line: first + at for at, line in enumerate(one for one in lines if one not in numbers)
        }
        together = {**catalogue.lines, **{number: line for line, number in new.items()}}
        return catalogue_of(together), {**numbers, **new}

    async def days(self) -> dict[tuple[date, int], tuple[int, int, int, int]]:
        """Return the kept sums (amount, ng, entries, estimated) by day and line."""
        rows = await self._fetched(sql.DAYS, (self._park_id,))
        return {
            (day, line_id): (int(amount), int(ng), entries, estimated)
            for day, line_id, amount, ng, entries, estimated in rows
        }

    async def standing(self, span: Interval) -> Standing:
        """Return what the books say of a span."""
        cursor = array_cursor(self._connection)
        await cursor.execute(sql.STANDING, (self._park_id, span.start, span.end))
        return await asyncio.to_thread(standing_of, await some_at_a_time(cursor))

    async def basis_numbers(self, span: Interval) -> dict[int, dict[bytes, int]]:
        """Return the numbers of the bases there are, by start (us) and digest."""
        rows = await self._fetched(sql.BASIS_NUMBERS, (self._park_id, span.start, span.end))
        found: dict[int, dict[bytes, int]] = {}
        for start_us, digest, number in rows:
            found.setdefault(start_us, {})[bytes(digest)] = number
        return found

    async def bases(self, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], Basis]:
        """Return bases by start (us) and number."""
        starts, numbers = [from_microseconds(at) for at, _ in keys], [n for _, n in keys]
        cursor = array_cursor(self._connection)
        await cursor.execute(sql.BASES, (starts, numbers, self._park_id))
        return await asyncio.to_thread(_bases_of, await some_at_a_time(cursor))

    async def put_bases(self, bases: Sequence[tuple[int, int, bytes, Basis]]) -> None:
        """Add bases: start (us), number, digest, words."""
        if not bases:
            return
        park = copying.text(self._park_id)
        rows = ((park, *_basis_row(*one)) for one in bases)
        await copying.copy_rows(self._connection, sql.COPY_BASES, rows)

    async def heads(self, chains: Collection[tuple[Ledger, str]]) -> dict[tuple[Ledger, str], Head]:
        """Return the ends of chains by ledger and month; one that has not begun is left out."""
        asked = [int(ledger) for ledger, _ in chains], [month for _, month in chains]
        rows = await self._fetched(sql.HEADS, (*asked, self._park_id))
        return {
            (Ledger(ledger), month): Head(place, bytes(link)) for ledger, month, place, link in rows
        }

    async def append(self, postings: Sequence[Posting], known_at: datetime) -> None:
        """Append postings and put them into the outbox."""
        park = copying.text(self._park_id)
        rows = ((park, *_row(one, known_at)) for one in postings)
        await copying.copy_rows(self._connection, sql.COPY_POSTINGS, rows)
        waiting = ((park, *_key(one)) for one in postings)
        await copying.copy_rows(self._connection, sql.COPY_OUTBOX, waiting)

    async def change_days(self, changes: Sequence[DayChange]) -> None:
        """Add to the sums of days."""
        if not changes:
            return
        columns = await asyncio.to_thread(_day_columns, changes)
        await self._connection.execute(sql.CHANGE_DAYS, (self._park_id, *columns))
        days = sorted({change.day for change in changes})
        await self._connection.execute(sql.DROP_EMPTY_DAYS, (self._park_id, days))

    async def _fetched(self, query: str, parameters: Any) -> list[Any]:
        cursor = await self._connection.execute(query, parameters)
        return await cursor.fetchall()


def standing_of(rows: Iterable[Sequence[Any]]) -> Standing:
    """Return what rows of `statements.STANDING`, in its order, say together."""
    some = list(rows)
    newest = {(row[0], Ledger(row[1])): Newest(row[2], row[3]) for row in some}
    return Standing(entries_standing(some), newest)


def entries_standing(some: Sequence[Sequence[Any]]) -> Entries:
    """Return the entries that no later one of these rows reversed, by quarter hour and line."""
    if not some:
        return Entries.nothing()
    sizes, gone = [len(row[4]) for row in some], [len(row[8]) for row in some]
    starts, numbers = (np.array([row[at] for row in some], np.int64) for at in (0, 2))
    added = Entries(
        np.repeat(starts, sizes),
        *(np.concatenate([row[at] for row in some]) for at in (4, 5, 6, 7)),
    )
    reversed_ = np.concatenate([row[8] for row in some])
    gone_keys = np.repeat(starts, gone) // QUARTER_US << LINE_BITS | reversed_
    held = _held(added.keys, np.repeat(numbers, sizes), gone_keys, np.repeat(numbers, gone))
    standing = added.at(held)
    return standing.at(np.argsort(standing.keys, kind="stable"))


def _bases_of(rows: Iterable[Sequence[Any]]) -> dict[tuple[int, int], Basis]:
    return {
        (start_us, number): Basis(tuple(points), dict(zip(COLUMNS, _lists(said), strict=True)))
        for start_us, number, points, *said in rows
    }


def _held(keys: Whole, numbers: Whole, gone_keys: Whole, gone_numbers: Whole) -> Whole:
    """Return which entries no later posting reversed, by place."""
    if not len(gone_keys):
        return np.arange(len(keys))
    order = np.lexsort((gone_numbers, gone_keys))
    gone_keys, gone_numbers = gone_keys[order], gone_numbers[order]
    last = np.searchsorted(gone_keys, keys, side="right") - 1
    was = (last >= 0) & (gone_keys[last] == keys)
    return np.flatnonzero(~(was & (gone_numbers[last] > numbers)))


def _day_columns(changes: Sequence[DayChange]) -> list[str]:
    names = ("day", "line_id", "amount", "emissions_ng", "entries", "estimated")
    return [copying.array(getattr(change, name) for change in changes) for name in names]


def _row(posting: Posting, known_at: datetime) -> tuple[str, ...]:
    booked, array = posting.booked, copying.array
    return (
        *_key(posting),
        copying.instant(known_at),
        copying.text(posting.because),
        str(posting.basis),
        array(booked.line_ids.tolist()),
        array(booked.amounts.tolist()),
        array(booked.emissions_ng.tolist()),
        copying.truths(booked.measured.tolist()),
        array(posting.reversed.tolist()),
        posting.month,
        str(posting.place),
        copying.binary(posting.link),
    )


def _key(posting: Posting) -> tuple[str, str, str]:
    return str(int(posting.ledger)), copying.instant(posting.start), str(posting.number)


def _basis_row(start_us: int, number: int, digest: bytes, basis: Basis) -> tuple[str, ...]:
    said = (copying.array(basis.columns.get(name, ())) for name in COLUMNS)
    start, points = (
        copying.instant(from_microseconds(start_us)),
        copying.text(copying.texts(basis.points)),
    )
    return start, str(number), copying.binary(digest), points, *said


def _lists(columns: Iterable[Whole]) -> list[list[int]]:
    return [column.tolist() for column in columns]
