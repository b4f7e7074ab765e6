"""Who is silent by what all partitions have heard, and how it is measured.

Each partition is asked as of when it had listened: at its checkpoint that is its newest arrival,
and park time once nothing more comes, so that a source that falls silent alone is found too.
"""

import asyncio

import numpy as np

from services.energy.names import same_names
from services.energy.site import Park
from services.runtime import metrics
from services.runtime.database import Database
from services.runtime.patience import patiently
from services.runtime.telemetry import record
from services.validation.domain.gaps import Heard, silent
from services.validation.domain.quality import Sources
from services.validation.domain.rules import Rules
from services.validation.domain.silence import Silence, silence_of

_HEARD = """
    SELECT point_ids, newest_us, period_us, until_us FROM heard
     WHERE park_id = %s ORDER BY partition
"""


class Silences:
    """The silent points of one park."""

    def __init__(self, database: Database, park: Park, rules: Rules) -> None:
        self._database, self._park_id, self._rules = database, park.id, rules
        self._sources = Sources.of(park, rules.ids)

    async def by_source(self) -> dict[str, Silence]:
        """Return the silence of every source of the park file."""
        rows = await self._database.rows(_HEARD, (self._park_id,))
        partitions = [_heard(*row) for row in rows]
        return silence_of(silent(partitions, self._rules), self._rules.ids, self._sources)

    async def measure(self, every_s: float) -> None:
        """Tell the silent points of each source, for ever."""
        while True:
            for source_id, silence in (await patiently(self.by_source, "database")).items():
                record(metrics.SILENT_POINTS, silence.count, source=source_id)
            await asyncio.sleep(every_s)


def _heard(point_ids: str, newest_us: bytes, period_us: bytes, until_us: int) -> Heard:
    names = same_names(point_ids.split("\n")) if point_ids else ()
    return Heard(names, np.frombuffer(newest_us, "<i8"), np.frombuffer(period_us, "<f8"), until_us)
