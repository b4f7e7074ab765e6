"""Samples and quarter means in PostgreSQL.

Idempotency keys: (point, event time), (point, quarter).
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from services.energy.time_grid import to_microseconds
from services.forecasting.domain.issuing import Reached
from services.forecasting.domain.samples import QUARTER_US, Samples, touched_quarters
from services.forecasting.domain.scoring import Truths
from services.forecasting.domain.series import Floats, Series
from services.forecasting.domain.targets import Shape, Target
from services.runtime.database import Connection, Database

_NUMBERS = """
    INSERT INTO point (park_id, name) SELECT %s, unnest(%s::text[])
    ON CONFLICT (park_id, name) DO NOTHING
"""
_SAMPLES = """
    INSERT INTO sample (point_id, event_time_us, value, verdict, arrival_time_us, frame_number)
    SELECT * FROM unnest(%s::int[], %s::bigint[], %s::float8[], %s::smallint[],
                         %s::bigint[], %s::bigint[])
    ON CONFLICT (point_id, event_time_us) DO UPDATE SET
      (value, verdict, arrival_time_us, frame_number)
      = (excluded.value, excluded.verdict, excluded.arrival_time_us, excluded.frame_number)
    WHERE (excluded.arrival_time_us, excluded.frame_number)
        > (sample.arrival_time_us, sample.frame_number)
"""
# Suspect readings count only where nothing better is known. The order makes the sum repeatable.
_QUARTERS = f"""
    INSERT INTO quarter (point_id, quarter, mean_w, readings)
    SELECT t.point_id, t.quarter,
           coalesce(avg(s.value ORDER BY s.event_time_us) FILTER (WHERE s.verdict = 1),
                    avg(s.value ORDER BY s.event_time_us)),
           count(*)
      FROM unnest(%s::int[], %s::int[]) AS t (point_id, quarter)
      JOIN sample s ON s.point_id = t.point_id
       AND s.event_time_us >= t.quarter * {QUARTER_US}::bigint
       AND s.event_time_us < (t.quarter + 1) * {QUARTER_US}::bigint
     GROUP BY t.point_id, t.quarter
    ON CONFLICT (point_id, quarter) DO UPDATE SET
      (mean_w, readings) = (excluded.mean_w, excluded.readings)
    WHERE (quarter.mean_w, quarter.readings) IS DISTINCT FROM (excluded.mean_w, excluded.readings)
"""  # noqa: S608 - only our own constant goes in
_SERIES = """
    SELECT p.name, string_agg(int4send(q.quarter), ''::bytea),
           string_agg(float8send(q.mean_w), ''::bytea)
      FROM quarter q JOIN point p USING (point_id)
     WHERE p.park_id = %s AND p.name = ANY(%s) AND q.quarter >= %s AND q.quarter < %s
     GROUP BY p.name
"""
_KNOWN = """
    SELECT p.name, (SELECT count(*) FROM (
             SELECT FROM quarter q WHERE q.point_id = p.point_id
                AND q.quarter >= %s AND q.quarter < %s LIMIT %s) AS counted)
      FROM point p WHERE p.park_id = %s AND p.name = ANY(%s)
"""
_REACHED = """
    SELECT p.name,
           (SELECT max(event_time_us) FROM sample s WHERE s.point_id = p.point_id),
           (SELECT max(event_time_us) FROM sample s
             WHERE s.point_id = p.point_id AND s.event_time_us < %s)
      FROM point p WHERE p.park_id = %s
"""
SERIES_AT_ONCE = 100
"""Of a thousand points a start reads 60 days: 70 MB as they come, were they read at once."""


class QuarterStore:
    """Keeps samples and the means of their quarters for the points of one park."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id
        self.numbers: dict[str, int] = {}
        self._changed_from: int | None = None

    async def learn(self, point_ids: list[str]) -> None:
        """Give every point its number; call before anything else."""
        async with self._database.transaction() as connection:
            await connection.execute(_NUMBERS, (self._park_id, point_ids))
            cursor = await connection.execute(
                "SELECT name, point_id FROM point WHERE park_id = %s AND name = ANY(%s)",
                (self._park_id, point_ids),
            )
            self.numbers = dict(await cursor.fetchall())

    async def write(self, samples: Samples) -> None:
        """Keep samples, one a key, and renew the means they touch, in one transaction."""
        columns = [getattr(samples, name).tolist() for name in Samples.__slots__]
        async with self._database.transaction() as connection:
            await connection.execute(_SAMPLES, columns)
            await _renew(connection, samples)
        self.put_back_changed(int(samples.event_time_us.min() // QUARTER_US))

    def take_changed(self) -> int | None:
        """Return the earliest quarter written since the last call, None without any."""
        changed, self._changed_from = self._changed_from, None
        return changed

    def put_back_changed(self, quarter: int | None) -> None:
        """Remember that quarters from `quarter` on may have changed."""
        known = [one for one in (quarter, self._changed_from) if one is not None]
        self._changed_from = min(known, default=None)

    async def series(
        self, targets: tuple[Target, ...], first_quarter: int, end_quarter: int
    ) -> dict[str, Series]:
        """Return each target's series over [first, end), in the published sign, NaN unknown."""
        power_w = await self.power_w(targets, first_quarter, end_quarter)
        return {point: Series(first_quarter, one) for point, one in power_w.items()}

    async def power_w(
        self, targets: Sequence[Target], first_quarter: int, end_quarter: int
    ) -> dict[str, Floats]:
        """Return each target's means over [first, end), in the published sign, NaN unknown."""
        quarters_asked = end_quarter - first_quarter
        series = {target.point_id: np.full(quarters_asked, np.nan) for target in targets}
        for first in range(0, len(targets), SERIES_AT_ONCE):
            part = targets[first : first + SERIES_AT_ONCE]
            names = [target.source_point_id for target in part]
            given = (self._park_id, names, first_quarter, end_quarter)
            rows = await self._database.rows(_SERIES, given)
            found = {name: (quarters, means) for name, quarters, means in rows}
            for target in part:
                quarters, means = found.get(target.source_point_id, (b"", b""))
                at = np.frombuffer(quarters, ">i4").astype(np.int64) - first_quarter
                series[target.point_id][at] = target.sign * np.frombuffer(means, ">f8")
        return series

    async def truths(self, targets: Sequence[Target], first_quarter: int, end: int) -> Truths:
        """Return what came of each target in the quarters of [first, end), in published sign."""
        power_w = await self.power_w(targets, first_quarter, end)
        rows = np.array(list(power_w.values())).reshape(len(targets), end - first_quarter)
        sun = np.array([target.shape is Shape.SUN for target in targets], bool)
        return Truths(first_quarter, {name: i for i, name in enumerate(power_w)}, rows, sun)

    async def known(
        self, targets: list[Target], first_quarter: int, end_quarter: int, most: int
    ) -> dict[str, int]:
        """Return how many quarters of each target are known in [first, end), counted to `most`."""
        names = [target.source_point_id for target in targets]
        rows = await self._database.rows(
            _KNOWN, (first_quarter, end_quarter, most, self._park_id, names)
        )
        found: dict[str, int] = dict(rows)
        return {target.point_id: found.get(target.source_point_id, 0) for target in targets}

    async def reached(self, border: datetime) -> dict[str, Reached]:
        """Return how far each source point that has a sample reaches."""
        rows = await self._database.rows(_REACHED, (to_microseconds(border), self._park_id))
        return {row[0]: Reached(row[1], row[2]) for row in rows if row[1] is not None}

    async def every_number(self) -> list[int]:
        """Return the numbers of all points that the park ever had."""
        query = "SELECT point_id FROM point WHERE park_id = %s ORDER BY point_id"
        return [row[0] for row in await self._database.rows(query, (self._park_id,))]

    async def forget_samples_before(self, number: int, quarter: int) -> None:
        """Drop a point's samples of quarters that ingest lets nobody change any more."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM sample WHERE point_id = %s AND event_time_us < %s",
                (number, quarter * QUARTER_US),
            )


async def _renew(connection: Connection, samples: Samples) -> None:
    touched = touched_quarters(samples)
    await connection.execute(_QUARTERS, (touched[:, 0].tolist(), touched[:, 1].tolist()))
