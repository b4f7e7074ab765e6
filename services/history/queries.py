"""Questions to `reading` and `latest`. Every value is a parameter."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.energy.time_grid import Interval
from services.runtime.database import Database

_FIELDS = "p.name, r.event_time, r.value, r.verdict, r.doubt, s.name, r.arrival_time"
_NAMES = """
    JOIN history.point p ON p.point_id = r.point_id
    LEFT JOIN history.source s ON s.source_id = r.source_id
"""
_LATEST = f"""  
    SELECT {_FIELDS} FROM history.latest r {_NAMES}
     WHERE p.park_id = %(park)s AND (%(all)s OR p.name = ANY(%(points)s)) ORDER BY p.name
"""
_RANGE = f"""
    SELECT {_FIELDS}, r.point_id FROM (
        SELECT * FROM history.reading
         WHERE event_time >= %(start)s AND event_time < %(end)s
        UNION ALL SELECT * FROM history.misstamped WHERE %(rejected)s) AS r {_NAMES}
     WHERE r.point_id = ANY(%(numbers)s) AND r.event_time >= %(start)s AND r.event_time < %(end)s
       AND (%(rejected)s OR r.verdict <> 3)
       AND (r.point_id, r.event_time) > (%(after_point)s, %(after_time)s)
     ORDER BY r.point_id, r.event_time LIMIT %(limit)s
"""
_NUMBERS = "SELECT name, point_id FROM history.point WHERE park_id = %s AND name = ANY(%s)"
_AGGREGATE = """
    SELECT point_id, slot, {expression}, count(*) FROM (
        SELECT point_id, event_time, value,
               date_bin(%(step)s, event_time, 'epoch'::timestamptz) AS slot
          FROM history.reading
         WHERE point_id = ANY(%(numbers)s) AND verdict <> 3
           AND event_time >= %(start)s AND event_time < %(end)s) AS r
     GROUP BY point_id, slot
"""
EXPRESSIONS = {
    "mean": "avg(value)",
    "min": "min(value)",
    "max": "max(value)",
    "last": "(array_agg(value ORDER BY event_time DESC))[1]",
    "count": "count(*)::float8",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of a down-sampled point."""

    point_number: int
    start: datetime
    value: float
    readings: int


class Queries:
    """What can be asked of history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, park_id: str, points: list[str]) -> list[tuple[Any, ...]]:
        """Return the newest usable reading of each point; all points when none is named."""
        return await self._database.rows(
            _LATEST, {"park": park_id, "all": not points, "points": points}
        )

    async def numbers(self, park_id: str, points: list[str]) -> dict[str, int]:
        """Return the numbers of those points that have ever been seen."""
        return dict(await self._database.rows(_NUMBERS, (park_id, points)))

    async def range(
        self,
        numbers: list[int],
        interval: Interval,
        *,
        rejected: bool,
        after: tuple[int, datetime],
        limit: int,
    ) -> list[tuple[Any, ...]]:
        """Return readings in order of (point, event time), beginning after a row."""
        return await self._database.rows(
            _RANGE,
            {
                "numbers": numbers,
                "start": interval.start,
                "end": interval.end,
                "rejected": rejected,
                "after_point": after[0],
                "after_time": after[1],
                "limit": limit,
            },
        )

    async def slots(
        self, numbers: list[int], interval: Interval, step: timedelta, how: str
    ) -> list[Slot]:
        """Return the filled slots; `how` is a key of EXPRESSIONS."""
        rows = await self._database.rows(
            _AGGREGATE.format(expression=EXPRESSIONS[how]),
            {"numbers": numbers, "start": interval.start, "end": interval.end, "step": step},
        )
        return [Slot(*row) for row in rows]
