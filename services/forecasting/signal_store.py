"""Published prices and intensities in PostgreSQL.

Idempotency key: (park, signal, quarter, known-at, source).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import numpy as np

from services.forecasting.domain.series import QUARTERS_A_DAY, Floats
from services.forecasting.domain.signals import Signal
from services.forecasting.domain.words import Word, distinct
from services.runtime.database import Database

_KEEP = """
    INSERT INTO market_word (park_id, signal, quarter, known_at, source_id, value)
    SELECT %s, * FROM unnest(%s::text[], %s::int[], %s::timestamptz[], %s::text[], %s::float8[])
    ON CONFLICT (park_id, signal, quarter, known_at, source_id)
    DO UPDATE SET value = excluded.value WHERE excluded.value > market_word.value
"""
_STANDING = """
    SELECT signal, array_agg(quarter ORDER BY quarter), array_agg(value ORDER BY quarter)
      FROM (SELECT DISTINCT ON (signal, quarter) signal, quarter, value
              FROM market_word
             WHERE park_id = %s AND signal = ANY(%s) AND quarter >= %s AND quarter < %s
               AND known_at <= %s
             ORDER BY signal, quarter, known_at DESC, source_id COLLATE "C" DESC) AS standing
     GROUP BY signal
"""
_COUNT = """
    SELECT signal, count(DISTINCT quarter) FROM market_word
     WHERE park_id = %s AND signal = ANY(%s) AND quarter >= %s AND quarter < %s AND known_at <= %s
     GROUP BY signal
"""
_SPAN = "SELECT min(quarter), max(quarter) FROM market_word WHERE park_id = %s"
_FORGET = """
    DELETE FROM market_word WHERE ctid = ANY(ARRAY(SELECT at FROM (
        SELECT ctid AS at, row_number() OVER (PARTITION BY signal, quarter
                 ORDER BY known_at DESC, source_id COLLATE "C" DESC) AS place
          FROM market_word
         WHERE park_id = %s AND signal = ANY(%s) AND quarter >= %s AND quarter < %s
           AND known_at <= %s) AS ranked WHERE place > 1))
"""


class SignalStore:
    """Keeps what was published for one park, and since when it was known."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def keep(self, words: Iterable[Word]) -> None:
        """Keep words in one transaction; keeping them again changes nothing."""
        once = distinct(words)
        columns = (
            [word.signal.value for word in once],
            [word.quarter for word in once],
            [word.known_at for word in once],
            [word.source_id for word in once],
            [word.value for word in once],
        )
        async with self._database.transaction() as connection:
            await connection.execute(_KEEP, (self._park_id, *columns))

    async def published(
        self, signals: Sequence[Signal], first_quarter: int, end_quarter: int, by: datetime
    ) -> dict[Signal, Floats]:
        """Return each signal over [first, end) as it was known at `by`, NaN where it was not."""
        names = [signal.value for signal in signals]
        asked = (self._park_id, names, first_quarter, end_quarter, by)
        rows = await self._database.rows(_STANDING, asked)
        found = {signal: np.full(end_quarter - first_quarter, np.nan) for signal in signals}
        for name, quarters, values in rows:
            found[Signal(name)][np.array(quarters, np.int64) - first_quarter] = values
        return found

    async def count(
        self, signals: Sequence[Signal], first_quarter: int, end_quarter: int, by: datetime
    ) -> dict[Signal, int]:
        """Return how many quarters of each signal in [first, end) were known at `by`."""
        names = [signal.value for signal in signals]
        asked = (self._park_id, names, first_quarter, end_quarter, by)
        rows = await self._database.rows(_COUNT, asked)
        return {Signal(name): count for name, count in rows}

    async def forget_replaced(self, by: datetime, moved: Callable[[], None]) -> None:
        """Drop words above which a later one stood at `by`: no later issue asks for them.

        A day at a time, however many there are; `moved` is told of each.
        """
        first, last = (await self._database.rows(_SPAN, (self._park_id,)))[0]
        if first is None:
            return
        names = [signal.value for signal in Signal]
        for begin in range(first, last + 1, QUARTERS_A_DAY):
            moved()
            asked = (self._park_id, names, begin, begin + QUARTERS_A_DAY, by)
            async with self._database.transaction() as connection:
                await connection.execute(_FORGET, asked)
