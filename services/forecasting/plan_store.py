"""Plans of devices in PostgreSQL, bitemporal.

Idempotency key: (park, device, kind, quarter, issue); the same value again is no new word.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np

from services.energy.time_grid import to_microseconds
from services.forecasting.domain.plans import PLANNED_LEAD, PlanKind, Planned, PlanValue, Told
from services.forecasting.domain.samples import QUARTER_US
from services.forecasting.domain.series import QUARTERS_A_DAY
from services.runtime.database import Database

_KEEP = """
    INSERT INTO plan (park_id, device, kind, quarter, issue_time, known_at, value, said_by)
    SELECT %(park)s, n.* FROM unnest(%(devices)s::text[], %(kinds)s::int[], %(quarters)s::int[],
             %(issues)s::timestamptz[], %(known)s::timestamptz[], %(values)s::float8[],
             %(users)s::text[]) AS n (device, kind, quarter, issue_time, known_at, value, said_by)
     WHERE n.value IS DISTINCT FROM (
        SELECT p.value FROM plan p
         WHERE p.park_id = %(park)s AND p.kind = n.kind AND p.device = n.device
           AND p.quarter = n.quarter AND p.issue_time = n.issue_time
         ORDER BY p.known_at DESC LIMIT 1)
    ON CONFLICT (park_id, kind, device, quarter, issue_time, known_at)
    DO UPDATE SET (value, said_by) = (excluded.value, excluded.said_by)
"""
# Of what can run any word known at the moment counts: it says what had happened. Of what is to be
# made only one that was known early enough for its quarter, as those ahead will be.
_KNOWN = f"""
    SELECT device, kind, array_agg(quarter ORDER BY quarter), array_agg(value ORDER BY quarter)
      FROM (
        (SELECT DISTINCT ON (device, quarter) device, kind, quarter, value FROM plan
          WHERE park_id = %(park)s AND kind = {PlanKind.AVAILABILITY} AND device = ANY(%(devices)s)
            AND quarter >= %(begin)s AND quarter < %(end)s AND known_at <= %(at)s
          ORDER BY device, quarter, issue_time DESC, known_at DESC)
        UNION ALL
        (SELECT DISTINCT ON (device, quarter) device, kind, quarter, value FROM plan
          WHERE park_id = %(park)s AND kind = {PlanKind.PRODUCTION} AND device = ANY(%(devices)s)
            AND quarter >= %(since)s AND quarter < %(end)s AND known_at <= %(at)s
            AND (quarter >= %(now)s OR known_at <= to_timestamp(quarter * 900.0) - %(lead)s)
          ORDER BY device, quarter, issue_time DESC, known_at DESC)) AS standing
     WHERE kind <> {PlanKind.AVAILABILITY} OR value < 1
     GROUP BY device, kind
"""  # noqa: S608 - only our own constants go in
_COVERED = f"""
    SELECT device, count(DISTINCT quarter)
      FROM unnest(%(devices)s::text[], %(begins)s::int[]) AS asked (device, first)
      JOIN plan USING (device)
     WHERE park_id = %(park)s AND kind = {PlanKind.PRODUCTION}
       AND quarter >= first AND quarter < %(end)s
       AND known_at <= to_timestamp(quarter * 900.0) - %(lead)s
     GROUP BY device
"""  # noqa: S608 - only our own constants go in

_FIRST = "SELECT min(quarter) FROM plan WHERE park_id = %s"
# Of a quarter that is over, the word that `_KNOWN` reads stays.
_FORGET = f"""
    DELETE FROM plan WHERE ctid = ANY(ARRAY(SELECT at FROM (
        SELECT ctid AS at, row_number() OVER (PARTITION BY kind, device, quarter ORDER BY
                 (kind = {PlanKind.AVAILABILITY}
                  OR known_at <= to_timestamp(quarter * 900.0) - %(lead)s) DESC,
                 issue_time DESC, known_at DESC) AS place
          FROM plan WHERE park_id = %(park)s AND quarter >= %(first)s AND quarter < %(end)s
       ) AS ranked WHERE place > 1))
"""  # noqa: S608 - only our own constant goes in


class PlanStore:
    """Keeps the plans of one park's devices."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def keep(self, values: Sequence[PlanValue]) -> int:
        """Keep values and return how many were news."""
        columns = {
            "devices": [one.device_id for one in values],
            "kinds": [int(one.kind) for one in values],
            "quarters": [one.quarter for one in values],
            "issues": [one.issue_time for one in values],
            "known": [one.known_at for one in values],
            "values": [one.value for one in values],
            "users": [one.user for one in values],
        }
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_KEEP, {"park": self._park_id, **columns})
            return cursor.rowcount

    async def known(
        self, devices: Sequence[str], begin: int, end: int, at: datetime, since: int | None = None
    ) -> Planned:
        """Return what stands at `at` for the quarters of [begin, end).

        A production before `at` is the newest known PLANNED_LEAD ahead; before `since` it is not
        read.
        """
        parameters = {
            "park": self._park_id,
            "devices": list(devices),
            "begin": begin,
            "since": begin if since is None else since,
            "end": end,
            "at": at,
            "now": to_microseconds(at) // QUARTER_US,
            "lead": PLANNED_LEAD,
        }
        rows = await self._database.rows(_KNOWN, parameters)
        return Planned(
            {
                (device, PlanKind(kind)): Told(np.array(quarters, np.int64), np.array(values))
                for device, kind, quarters, values in rows
            }
        )

    async def forget_replaced(self, now: datetime, moved: Callable[[], None]) -> None:
        """Drop words on quarters over for a day that later ones replaced: nobody reads them.

        A system that plans every hour would leave hundreds. A day of quarters at a time, however
        many there are; `moved` is told of each.
        """
        first = (await self._database.rows(_FIRST, (self._park_id,)))[0][0]
        over = to_microseconds(now) // QUARTER_US - QUARTERS_A_DAY
        given = {"park": self._park_id, "lead": PLANNED_LEAD}
        for begin in range(over if first is None else first, over, QUARTERS_A_DAY):
            moved()
            end = min(begin + QUARTERS_A_DAY, over)
            async with self._database.transaction() as connection:
                await connection.execute(_FORGET, given | {"first": begin, "end": end})

    async def productions(self, begins: Mapping[str, int], end: int) -> Mapping[str, int]:
        """Return of how many quarters of [its begin, end) each device's was known ahead."""
        parameters = {
            "park": self._park_id,
            "devices": list(begins),
            "begins": list(begins.values()),
            "end": end,
            "lead": PLANNED_LEAD,
        }
        return dict(await self._database.rows(_COVERED, parameters))
