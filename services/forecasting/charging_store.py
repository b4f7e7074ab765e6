"""What ports said, and the fleets' demand made of it, in PostgreSQL.

Idempotency keys: (park, port, quarter) of words, (park, point, issue) of what was said of a fleet.
The demand is kept as samples and quarters of the fleet's point, as if it had been measured, and is
always made anew of all words from the earliest quarter that changed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from services.forecasting.domain.charging.connected import AHEAD, Said
from services.forecasting.domain.charging.demand import (
    front_min,
    heard_enough,
    power_w,
    quarter_min,
    quarter_reached,
)
from services.forecasting.domain.charging.fleets import Fleet
from services.forecasting.domain.charging.stays import LOOK_BACK_QUARTERS, Stays, stays_of
from services.forecasting.domain.charging.words import QUARTER_MIN, Words, joined, together
from services.forecasting.domain.samples import QUARTER_US
from services.forecasting.domain.series import Floats, Ints
from services.forecasting.store import QuarterStore
from services.runtime.database import Connection, Database

MINUTE_US = 60_000_000
COLUMNS = tuple(one.name for one in fields(Words))[2:]
_WORDS = f"""
    SELECT port, quarter, {", ".join(COLUMNS)} FROM port_word
     WHERE park_id = %s AND port = ANY(%s) AND quarter >= %s AND quarter < %s
"""  # noqa: S608 - only our own names go in
_KEEP = f"""
    INSERT INTO port_word (park_id, port, quarter, {", ".join(COLUMNS)})
    SELECT %s, * FROM unnest(%s::text[], %s::int[], {", ".join(["%s::float8[]"] * len(COLUMNS))})
    ON CONFLICT (park_id, port, quarter) DO UPDATE
       SET ({", ".join(COLUMNS)}) = ({", ".join(f"excluded.{name}" for name in COLUMNS)})
"""  # noqa: S608
_MINUTES = """
    INSERT INTO sample SELECT %s, t.at_us, t.value, 1, t.at_us, 0
      FROM unnest(%s::bigint[], %s::float8[]) AS t (at_us, value)
"""
_QUARTERS = """
    INSERT INTO quarter SELECT %s, t.* FROM unnest(%s::int[], %s::float8[], %s::int[]) AS t
"""
_SAID = """
    SELECT quarter, course_w, own_w, outlook_w FROM fleet_said
     WHERE park_id = %s AND point = %s AND quarter >= %s AND quarter < %s ORDER BY quarter
"""
FIRST, LAST = 0, 2**31 - 1


class ChargingStore:
    """Keeps the words of one park's ports; the fleets' demand stands in `quarters`."""

    def __init__(self, database: Database, park_id: str, quarters: QuarterStore) -> None:
        self._database = database
        self._park_id = park_id
        self._quarters = quarters

    async def take(self, fleet: Fleet, said: Words) -> None:
        """Keep words of a fleet's ports and make its demand anew, in one transaction."""
        changed = int(said.quarter.min())
        async with self._database.transaction() as connection:
            before = await self._words(connection, fleet, changed - LOOK_BACK_QUARTERS, LAST)
            begun = min(changed, quarter_reached(before, changed))
            if begun < changed:  # its last minutes were waited for
                before = await self._words(connection, fleet, begun - LOOK_BACK_QUARTERS, LAST)
            renewed = joined(before.at(before.quarter >= changed), said)
            await self._keep(connection, fleet, renewed)
            words = together(before.at(before.quarter < changed), renewed)
            await self._renew(connection, fleet, words, begun)
        self._quarters.put_back_changed(begun)

    async def stays_before(self, fleet: Fleet, quarter: int) -> Stays:
        """Return the courses told by words of earlier quarters only."""
        async with self._database.transaction() as connection:
            first = quarter - LOOK_BACK_QUARTERS
            words = await self._words(connection, fleet, first, quarter)
        return stays_of(words, list(fleet.rating_w.values()))

    async def said(self, point_id: str, first: int, end: int) -> Said:
        """Return what was said of a fleet at the issues of [first, end)."""
        rows = await self._database.rows(_SAID, (self._park_id, point_id, first, end))
        shapes = ((-1, AHEAD), (-1, AHEAD), (-1, 3, AHEAD))
        columns = (
            np.array([row[place] for row in rows], np.float64).reshape(shape)
            for place, shape in enumerate(shapes, 1)
        )
        return Said(np.array([row[0] for row in rows], np.int64), *columns)

    async def keep_said(self, point_id: str, said: Said, oldest: int) -> None:
        """Keep what was said; what stands of an issue stays; forget issues before `oldest`."""
        async with self._database.transaction() as connection:
            for row, quarter in enumerate(said.quarter):
                told = (said.course_w[row], said.own_w[row], said.outlook_w[row].ravel())
                columns = [one.astype(np.float32).tolist() for one in told]
                await connection.execute(
                    "INSERT INTO fleet_said VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    (self._park_id, point_id, int(quarter), *columns),
                )
            await connection.execute(
                "DELETE FROM fleet_said WHERE park_id = %s AND point = %s AND quarter < %s",
                (self._park_id, point_id, oldest),
            )

    async def forget_before(self, quarter: int) -> None:
        """Drop words that no reading can change any more."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM port_word WHERE park_id = %s AND quarter < %s",
                (self._park_id, quarter),
            )

    async def _words(self, connection: Connection, fleet: Fleet, first: int, end: int) -> Words:
        ports = list(fleet.rating_w)
        cursor = await connection.execute(_WORDS, (self._park_id, ports, max(first, FIRST), end))
        return await asyncio.to_thread(_words_of, await cursor.fetchall(), ports)

    async def _keep(self, connection: Connection, fleet: Fleet, words: Words) -> None:
        ports = list(fleet.rating_w)
        told = [_or_null(getattr(words, name)) for name in COLUMNS]
        names = [ports[place] for place in words.port]
        await connection.execute(_KEEP, (self._park_id, names, words.quarter.tolist(), *told))

    async def _renew(
        self, connection: Connection, fleet: Fleet, words: Words, changed: int
    ) -> None:
        """Make the fleet's minutes and quarters anew from the quarter `changed` on."""
        number = self._quarters.numbers[fleet.point_id]
        ratings = list(fleet.rating_w.values())
        minute, value = await asyncio.to_thread(_demand, words, ratings, changed)
        await connection.execute(
            "DELETE FROM sample WHERE point_id = %s AND event_time_us >= %s",
            (number, changed * QUARTER_US),
        )
        await connection.execute(
            "DELETE FROM quarter WHERE point_id = %s AND quarter >= %s", (number, changed)
        )
        at_us = (minute * MINUTE_US).tolist()
        await connection.execute(_MINUTES, (number, at_us, value.tolist()))
        quarter, place, count = np.unique(
            minute // QUARTER_MIN, return_inverse=True, return_counts=True
        )
        mean_w = np.bincount(place, value) / count if len(value) else value
        await connection.execute(
            _QUARTERS, (number, quarter.tolist(), mean_w.tolist(), count.tolist())
        )


def _words_of(rows: Sequence[tuple[Any, ...]], ports: Sequence[str]) -> Words:
    place = {port: i for i, port in enumerate(ports)}
    port = np.array([place[row[0]] for row in rows], np.int64)
    quarter = np.array([row[1] for row in rows], np.int64)
    told = np.array([row[2:] for row in rows], np.float64).reshape(-1, len(COLUMNS))
    return together(Words(port, quarter, *told.T))


def _demand(words: Words, rating_w: Sequence[float], changed: int) -> tuple[Ints, Floats]:
    """Return the known minutes from a quarter on and the fleet's power in them."""
    first_min = quarter_min(changed)
    minutes = int(front_min(words) - first_min) + 1
    quarters = -(-minutes // QUARTER_MIN)
    if minutes <= 0:
        return np.empty(0, np.int64), np.empty(0)
    value = power_w(stays_of(words, rating_w), first_min, 1.0, minutes)
    known = np.repeat(heard_enough(words, len(rating_w), changed, quarters), QUARTER_MIN)[:minutes]
    return (int(first_min) + np.arange(minutes))[known], value[known]


def _or_null(column: Floats) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in column.tolist()]
