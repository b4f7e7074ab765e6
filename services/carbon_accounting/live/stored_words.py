"""Words and what is known of quarters, in PostgreSQL."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.carbon_accounting.domain.live.balances import FLOWS, QuarterFacts
from services.carbon_accounting.domain.live.due import Told
from services.carbon_accounting.domain.live.word_table import COLUMNS, WordTable
from services.carbon_accounting.domain.words import QUARTER_US, Word, WordKey
from services.carbon_accounting.live import copying
from services.carbon_accounting.live import statements as sql
from services.carbon_accounting.live.arrays import array_cursor, some_at_a_time
from services.energy.time_grid import Interval, floor, from_microseconds, to_microseconds
from services.runtime.database import Connection


class StoredWords:
    """The part of the books that holds words."""

    _connection: Connection
    _park_id: str

    async def words(
        self, points: Collection[str], starts: Collection[datetime]
    ) -> dict[WordKey, Word]:
        """Return the words that stand on these registers in these quarters."""
        rows = await self._rows(sql.WORDS, (self._park_id, list(points), list(starts)))
        return {(row[0], row[1]): Word(*row) for row in rows}

    async def put_words(self, words: Sequence[Word]) -> None:
        """Keep words, each in the place of the one that stood."""
        if words:
            columns = await asyncio.to_thread(_columns, words)
            await self._connection.execute(sql.PUT_WORDS, (self._park_id, *columns))

    async def resources_changed(self, months: Collection[str]) -> None:
        """Note that words of other resources are new in these local months."""
        await self._connection.execute(sql.RESOURCES_CHANGED, (self._park_id, sorted(months)))

    async def told(
        self, points: Collection[str], ledger_from: datetime, late_after: timedelta
    ) -> Told | None:
        """Return how far the words on these registers reach, from `ledger_from` on."""
        asked = (self._park_id, ledger_from, list(points))
        first, last = (
            await self._rows(sql.FIRST_TOLD, asked),
            await self._rows(sql.LAST_TOLD, asked),
        )
        if not first:
            return None
        ((until,),) = last
        since = max(ledger_from, floor(until - late_after))
        complete = await self._rows(
            sql.LAST_COMPLETE, (self._park_id, since, list(points), len(points))
        )
        return Told(first[0][0], until, complete[0][0] if complete else None)

    async def table(self, points: Collection[str], span: Interval) -> WordTable:
        """Return the words that stand in a span."""
        start_us, end_us = to_microseconds(span.start), to_microseconds(span.end)
        table = WordTable.blank(sorted(points), start_us, end_us)
        rows = {point: row for row, point in enumerate(table.points)}
        cursor = array_cursor(self._connection)
        await cursor.execute(sql.TABLE, (self._park_id, list(points), span.start, span.end))
        for point, starts_us, *said in await some_at_a_time(cursor):
            row, at = rows[point], (starts_us - start_us) // QUARTER_US
            table.there[row, at] = True
            for name, values in zip(COLUMNS, said, strict=True):
                table.columns[name][row, at] = values
        return table

    async def reach(self) -> Interval | None:
        """Return the span of quarters that are in the books or wait to be."""
        ((start, end),) = await self._rows(sql.REACH, {"park": self._park_id})
        return None if start is None else Interval(start, end)

    async def await_booking(self, starts: Collection[datetime]) -> None:
        """Remember that quarters are to be booked, or booked again."""
        if starts:
            await self._connection.execute(sql.AWAIT_BOOKING, (self._park_id, list(starts)))

    async def waiting(self) -> list[datetime]:
        """Return the quarters that wait to be booked, in order."""
        return await self._starts(sql.WAITING, (self._park_id,))

    async def settle(self, starts: Collection[datetime]) -> None:
        """Forget that quarters wait: they are booked."""
        if starts:
            await self._connection.execute(sql.SETTLE, (self._park_id, list(starts)))

    async def put_facts(self, facts: Sequence[QuarterFacts], rules: str) -> None:
        """Remember what is known of quarters, under the fingerprint of the rules."""
        await self._put(sql.PUT_FACTS, facts, rules)

    async def examined(self, facts: Sequence[QuarterFacts], rules: str) -> None:
        """The same for quarters of a closed month: where facts stand, they stay."""
        await self._put(sql.EXAMINED, facts, rules)

    async def facts(self, span: Interval) -> dict[int, tuple[QuarterFacts, str]]:
        """Return what is remembered of a span's quarters and by which rules, by start (us)."""
        rows = await self._rows(sql.FACTS_OF, (self._park_id, span.start, span.end))
        return {row[1]: (_facts(row[1:]), row[0]) for row in rows}

    async def drop_quarters(self, span: Interval) -> None:
        """Forget the facts of quarters, and the states of stores at their ends."""
        await self._connection.execute(sql.DROP_QUARTERS, (self._park_id, span.start, span.end))
        await self._connection.execute(sql.DROP_STATES, (self._park_id, span.start, span.end))

    async def outdated(self, rules: str) -> list[datetime]:
        """Return the quarters that were booked under other rules."""
        return await self._starts(sql.OUTDATED, (self._park_id, rules))

    async def _put(self, statement: str, facts: Sequence[QuarterFacts], rules: str) -> None:
        if facts:
            columns = [list(column) for column in zip(*map(_row, facts), strict=True)]
            await self._connection.execute(statement, (self._park_id, rules, rules, *columns))

    async def _starts(self, query: str, parameters: Any) -> list[datetime]:
        cursor = await self._connection.execute(query, parameters)
        return [row[0] for row in await some_at_a_time(cursor)]

    async def _rows(self, query: str, parameters: Any) -> list[Any]:
        cursor = await self._connection.execute(query, parameters)
        return await cursor.fetchall()


def _columns(words: Sequence[Word]) -> list[str]:
    """Return the columns of `statements.WORD` as arrays."""
    values = {name: [getattr(word, name) for word in words] for name in sql.WORD}
    written = {name: copying.array(column) for name, column in values.items()}
    written |= {name: copying.instants(values[name]) for name in ("start", "known_at")}
    written["point_id"] = copying.texts(values["point_id"])
    return [written[name] for name in sql.WORD]


def _row(one: QuarterFacts) -> tuple[Any, ...]:
    flows = one.flows or (None,) * len(FLOWS)
    said = (one.waits_for, one.set_aside, one.claimed_beyond, one.is_measured)
    return (
        from_microseconds(one.start_us),
        *said,
        *flows,
        one.gas_wh,
        one.gap_wh,
        one.gap_is_large,
    )


def _facts(row: Any) -> QuarterFacts:
    start_us, waits_for, set_aside, beyond, measured, *rest = row
    *flows, gas_wh, gap_wh, gap_is_large = rest
    known = None if flows[0] is None else tuple(flows)
    said = (start_us, waits_for, set_aside, measured, known)
    return QuarterFacts(*said, gas_wh, gap_wh, gap_is_large, beyond)
