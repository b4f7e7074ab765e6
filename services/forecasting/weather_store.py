"""Weather forecasts in PostgreSQL, bitemporal.

Idempotency key: (park, place, quantity, target, issue); the same value again is no new word. Kept
for ever: what was known at any moment can be told, and models learn from a year of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from services.energy.time_grid import to_microseconds
from services.forecasting.domain.samples import MINUTE_US
from services.forecasting.domain.weather import Run, Weather, WeatherValue
from services.runtime.database import Database

_KEEP = """
    INSERT INTO weather
    SELECT %(park)s, n.* FROM unnest(%(places)s::text[], %(quantities)s::int[],
             %(targets)s::timestamptz[], %(issues)s::timestamptz[], %(known)s::timestamptz[],
             %(values)s::float8[]) AS n (place, quantity, target_time, issue_time, known_at, value)
     WHERE n.value IS DISTINCT FROM (
        SELECT w.value FROM weather w
         WHERE w.park_id = %(park)s AND w.place = n.place AND w.quantity = n.quantity
           AND w.target_time = n.target_time AND w.issue_time = n.issue_time
         ORDER BY w.known_at DESC LIMIT 1)
    ON CONFLICT (park_id, place, quantity, target_time, issue_time, known_at)
    DO UPDATE SET value = excluded.value
"""
# A value of the past is one that was known early enough for its target, as those ahead will be.
_KNOWN = """
    SELECT DISTINCT ON (quantity, target_time)
           quantity, target_time, issue_time, value
      FROM weather
     WHERE park_id = %(park)s AND place = %(place)s AND quantity = ANY(%(quantities)s)
       AND target_time >= %(begin)s AND target_time <= %(end)s
       AND issue_time <= %(at)s AND known_at <= %(at)s
       AND (target_time >= %(at)s
            OR (issue_time <= target_time - %(lead)s AND known_at <= target_time - %(lead)s))
     ORDER BY quantity, target_time, issue_time DESC, known_at DESC
"""


class WeatherStore:
    """Keeps the weather forecasts of one park."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def keep(self, values: Sequence[WeatherValue]) -> int:
        """Keep values and return how many were news; of those with one key the last stands."""
        values = list({_key(one): one for one in values}.values())
        columns = {
            "places": [one.place_id for one in values],
            "quantities": [int(one.quantity) for one in values],
            "targets": [one.target_time for one in values],
            "issues": [one.issue_time for one in values],
            "known": [one.known_at for one in values],
            "values": [one.value for one in values],
        }
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_KEEP, {"park": self._park_id, **columns})
            return cursor.rowcount

    async def known(
        self,
        place_id: str,
        quantities: Sequence[Weather],
        begin: datetime,
        end: datetime,
        at: datetime,
        lead: timedelta,
    ) -> dict[Weather, Run]:
        """Return the newest values for [begin, end] that were issued and known at `at`.

        Of targets before `at`, the newest known at least `lead` ahead of them.
        """
        parameters = {
            "park": self._park_id,
            "place": place_id,
            "quantities": [int(one) for one in quantities],
            "begin": begin,
            "end": end,
            "at": at,
            "lead": lead,
        }
        rows = await self._database.rows(_KNOWN, parameters)
        runs = {}
        for quantity in quantities:
            own = [row for row in rows if row[0] == quantity]
            runs[quantity] = Run(
                np.array([to_microseconds(row[1]) // MINUTE_US for row in own], np.int64),
                np.array([to_microseconds(row[2]) // MINUTE_US for row in own], np.int64),
                np.array([row[3] for row in own], np.float64),
            )
        return runs


def _key(value: WeatherValue) -> tuple[str, Weather, datetime, datetime, datetime]:
    times = (value.target_time, value.issue_time, value.known_at)
    return (value.place_id, value.quantity, *times)
