"""What is known of registers in a span, out of the words that are kept."""

from collections.abc import Sequence

from services.carbon_accounting.domain.words import QUARTER_US
from services.carbon_accounting.live.activity import RegisterQuarters
from services.carbon_accounting.live.arrays import array_cursor
from services.energy.time_grid import Interval
from services.runtime.database import Connection

KNOWN, MEASURED = 1, 2
"""How well a quarter is known; 0 is not for all of it."""
_QUARTERS = f"""
SELECT point_id,
       array_agg((extract(epoch FROM start) * 1000000)::bigint),
       array_agg(believed_wh + estimated_wh),
       array_agg(CASE WHEN known_us < {QUARTER_US} THEN 0
                      WHEN believed_us = {QUARTER_US} AND estimated_wh = 0 AND suspense_wh = 0
                      THEN {MEASURED} ELSE {KNOWN} END::int)
FROM register_quarter
WHERE park_id = %s AND point_id = ANY (%s) AND start >= %s AND start < %s
GROUP BY point_id
"""  # noqa: S608
"""In whatever order: the arrays of a register have the same one, and to sort takes longest."""


async def registers_in(
    connection: Connection, park_id: str, points: Sequence[str], span: Interval
) -> list[RegisterQuarters]:
    """Return what is known of these registers in a span; one nobody spoke of is left out."""
    cursor = array_cursor(connection)
    await cursor.execute(_QUARTERS, (park_id, list(points), span.start, span.end))
    return [
        RegisterQuarters(point, starts_us, energy_wh, how_well >= KNOWN, how_well >= MEASURED)
        for point, starts_us, energy_wh, how_well in await cursor.fetchall()
    ]
