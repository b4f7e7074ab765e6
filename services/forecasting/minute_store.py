"""Believed minute means, read from the samples that the quarters are made of."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from services.energy.time_grid import to_microseconds
from services.forecasting.domain.samples import MINUTE_US
from services.forecasting.domain.series import Floats, Ints
from services.runtime.database import Database

_MINUTES = f"""
    SELECT p.name, s.event_time_us / {MINUTE_US}, avg(s.value ORDER BY s.event_time_us)
      FROM sample s JOIN point p USING (point_id)
     WHERE p.park_id = %s AND p.name = ANY(%s) AND s.verdict = 1
       AND s.event_time_us >= %s AND s.event_time_us < %s
     GROUP BY 1, 2
"""  # noqa: S608 - only our own constant goes in


class MinuteStore:
    """Reads minute means of one park's source points, in the sign of the meter."""

    def __init__(self, database: Database, park_id: str) -> None:
        self._database = database
        self._park_id = park_id

    async def means(
        self, source_point_ids: Sequence[str], begin: datetime, end: datetime
    ) -> tuple[Ints, Ints, Floats]:
        """Return (place in the sequence, minute since the epoch, mean) of known minutes."""
        place = {name: i for i, name in enumerate(source_point_ids)}
        span = (to_microseconds(begin), to_microseconds(end))
        rows = await self._database.rows(_MINUTES, (self._park_id, list(place), *span))
        return (
            np.array([place[row[0]] for row in rows], np.int64),
            np.array([row[1] for row in rows], np.int64),
            np.array([row[2] for row in rows], np.float64),
        )
